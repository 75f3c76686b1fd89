//! One column of one row group, streaming: decoded, cast, cleaned, and handed out in as many rows
//! as are asked for.
//!
//! The type is looked at once, when a lane opens; from then on a function pointer stands for it.

use std::ops::Range;
use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::kernel::{Element, Rule, Tally, expand};
use crate::read::chunk::Chunk;
use crate::read::column::Kind;
use crate::read::decoder::{Decoder, Width};
use crate::read::dense::{Dense, dense, is_integer, width};
use crate::read::dictionary::Dictionary;
use crate::read::hybrid::Hybrid;
use crate::read::levels::{BLOCK, Levels, Mask};
use crate::read::page::{Encoding, PageHeader, PageKind, Version};
use crate::read::pages::{Page, Pages};
use crate::read::reader::{Reader, WINDOW};
use crate::read::source::Source;

/// Widest values that are read as they are wanted, rather than page by page.
const MOST_STREAMED: usize = 32;

/// What a lane is to read.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a, T> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// The chunk.
    pub chunk: &'a Chunk,
    /// How its numbers are stored.
    pub kind: Kind,
    /// Whether it has levels.
    pub nullable: bool,
    /// What to write for what is not plain.
    pub rule: &'a Rule<T>,
}

/// The values of an open page.
#[derive(Debug)]
enum Values {
    /// Into the dictionary.
    Indices(Hybrid),
    /// In the page.
    Direct(Decoder),
    /// Plain, in the file, so many bytes each.
    Stream(Range<u64>, usize),
}

/// An open page, and how far it has been read.
#[derive(Debug)]
struct Open {
    page: Page,
    levels: Levels,
    values: Values,
    left: u64,
    nulls: u64,
}

/// A column of a row group on its way.
#[derive(Debug)]
pub struct Lane<T: Element> {
    pages: Pages,
    dictionary: Dictionary<T>,
    has_dictionary: bool,
    kind: Kind,
    nullable: bool,
    rule: Rule<T>,
    dense: Dense<T>,
    open: Option<Open>,
    left: u64,
    tally: Tally,
}

impl<T: Element> Lane<T> {
    /// Opens a lane.
    pub fn new(stretch: &Stretch<'_, T>, account: &Arc<Account>) -> Result<Self, Fault> {
        Ok(Self {
            pages: Pages::new(stretch.source, stretch.chunk, account)?,
            dictionary: Dictionary::new(account),
            has_dictionary: false,
            kind: stretch.kind,
            nullable: stretch.nullable,
            rule: *stretch.rule,
            dense: dense(stretch.kind),
            open: None,
            left: stretch.chunk.values,
            tally: Tally::default(),
        })
    }

    /// Turns to another chunk, with the same buffers.
    pub fn reopen(&mut self, stretch: &Stretch<'_, T>) -> Result<(), Fault> {
        self.pages.open(stretch.source, stretch.chunk)?;
        self.dictionary.reset();
        self.has_dictionary = false;
        self.kind = stretch.kind;
        self.nullable = stretch.nullable;
        self.rule = *stretch.rule;
        self.dense = dense(stretch.kind);
        self.open = None;
        self.left = stretch.chunk.values;
        self.tally = Tally::default();
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T], reader: &mut Reader) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let left = match &self.open {
                Some(open) if open.left > 0 => open.left,
                _ => self.turn(reader)?,
            };
            let most = BLOCK.min(out.len() - done);
            let rows = usize::try_from(left).map_or(most, |left| left.min(most));
            let (block, later) = out[done..].split_at_mut(rows);
            let filled = self.block(block, later.len(), reader);
            filled.map_err(|fault| self.pages.about(fault))?;
            done += rows;
        }
        Ok(())
    }

    /// Checks that nothing is left, and tells what was met.
    pub fn finish(&mut self, reader: &mut Reader) -> Result<Tally, Fault> {
        if self.left > 0 {
            return Err(Fault::corrupt(format!(
                "{} values were not read",
                self.left
            )));
        }
        self.close(reader)?;
        self.pages.finish(reader)?;
        Ok(self.tally)
    }

    /// Fills a block, behind which so many more rows are wanted at once.
    fn block(&mut self, out: &mut [T], later: usize, reader: &mut Reader) -> Result<(), Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::corrupt("no page is open"));
        };
        let body = self.pages.body(&open.page);
        let mut mask: Mask = [0; BLOCK / 64];
        let valid = open.levels.read(body, out.len(), &mut mask)?;
        let dense = &mut out[..valid];
        match &mut open.values {
            Values::Indices(indices) => {
                let rule = (&self.rule, &mut self.tally);
                self.dictionary.gather(indices, body, dense, rule)?;
            }
            Values::Direct(decoder) => {
                let rule = (&self.rule, &mut self.tally);
                (self.dense)(decoder, body, self.kind, dense, rule)?;
            }
            Values::Stream(rest, width) => {
                let length = dense.len() * *width;
                let behind = rest.start + length as u64;
                if behind > rest.end {
                    return Err(Fault::corrupt(
                        "the values of a page end before its rows do",
                    ));
                }
                let end = rest.end.min(behind + (later * *width) as u64);
                let source = self.pages.source();
                let bytes = reader.ahead.bytes(source, rest.start, length, end)?;
                let rule = (&self.rule, &mut self.tally);
                (self.dense)(&mut Decoder::Plain(0), bytes, self.kind, dense, rule)?;
                rest.start = behind;
            }
        }
        if valid == 0 {
            out.fill(self.rule.null);
        } else if valid < out.len() {
            expand(out, valid, &mask, self.rule.null);
        }
        let nulls = (out.len() - valid) as u64;
        self.tally.nulls += nulls;
        open.nulls += nulls;
        open.left -= out.len() as u64;
        self.left -= out.len() as u64;
        Ok(())
    }

    /// Closes the open page and opens the next one that has rows.
    fn turn(&mut self, reader: &mut Reader) -> Result<u64, Fault> {
        loop {
            self.close(reader)?;
            let Some(page) = self.next_page(reader)? else {
                let what = format!("the pages end {} values before the chunk does", self.left);
                return Err(Fault::corrupt(what));
            };
            match page.header.kind {
                PageKind::Dictionary => {
                    let taken = self.take_dictionary(&page, reader);
                    taken.map_err(|fault| self.pages.about(fault))?;
                }
                PageKind::Data(version) if page.header.values > 0 => {
                    let left = page.header.values;
                    let open = self.begin(page, version);
                    self.open = Some(open.map_err(|fault| self.pages.about(fault))?);
                    return Ok(left);
                }
                PageKind::Data(_) | PageKind::Other => {}
            }
        }
    }

    fn next_page(&mut self, reader: &mut Reader) -> Result<Option<Page>, Fault> {
        let streams = matches!(width(self.kind), Width::Fixed(bytes) if bytes <= MOST_STREAMED);
        self.pages.next(reader, streams, self.nullable)
    }

    fn close(&mut self, reader: &mut Reader) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let closed = self.check_end(&open, reader);
        closed.map_err(|fault| self.pages.about(fault))
    }

    /// Checks that a page has been read to its end.
    fn check_end(&self, open: &Open, reader: &mut Reader) -> Result<(), Fault> {
        if let PageKind::Data(Version::Two { nulls, .. }) = open.page.header.kind
            && nulls != open.nulls
        {
            let what = format!("a page has {} nulls and claims {nulls}", open.nulls);
            return Err(Fault::corrupt(what));
        }
        let has_more = match &open.values {
            Values::Direct(decoder) => {
                decoder.has_more(self.pages.body(&open.page), width(self.kind))
            }
            Values::Stream(rest, width) => self.has_more(rest.clone(), *width, reader)?,
            Values::Indices(_) => false,
        };
        if has_more {
            return Err(Fault::corrupt("a page has more values than its levels say"));
        }
        Ok(())
    }

    /// Whether more values follow than were read. Zeros may: some writers pad with them.
    fn has_more(
        &self,
        mut rest: Range<u64>,
        width: usize,
        reader: &mut Reader,
    ) -> Result<bool, Fault> {
        let whole = rest.end - rest.start >= width as u64;
        while whole && rest.start < rest.end {
            let left = usize::try_from(rest.end - rest.start).unwrap_or(usize::MAX);
            let length = left.min(WINDOW);
            let bytes = reader
                .ahead
                .bytes(self.pages.source(), rest.start, length, rest.end)?;
            if bytes.iter().any(|byte| *byte != 0) {
                return Ok(true);
            }
            rest.start += length as u64;
        }
        Ok(false)
    }

    fn begin(&self, page: Page, version: Version) -> Result<Open, Fault> {
        if page.header.values > self.left {
            let (values, left) = (page.header.values, self.left);
            let what = format!("a page of {values} values where {left} are left");
            return Err(Fault::corrupt(what));
        }
        let body = self.pages.body(&page);
        let (levels, at) = levels(&page.header, version, body, self.nullable)?;
        let values = if self.kind == Kind::Null {
            // However no values are encoded, one that is there all the same is found missing.
            Values::Direct(Decoder::Plain(body.len()))
        } else if page.header.encoding == Encoding::Dictionary {
            if !self.has_dictionary {
                return Err(Fault::corrupt(
                    "a page needs a dictionary that is not there",
                ));
            }
            let (bits, at) = match body.get(at) {
                Some(bits) => (u32::from(*bits), at + 1),
                // A page of nulls only may leave even the width out.
                None => (0, at),
            };
            Values::Indices(Hybrid::new(at, body.len(), bits)?)
        } else {
            let encoding = page.header.encoding;
            let width = width(self.kind);
            if let (Some(rest), Width::Fixed(bytes)) = (&page.rest, width) {
                Values::Stream(rest.clone(), bytes)
            } else if at == body.len() {
                // All rows are null; not every encoding can say so in no bytes.
                Values::Direct(Decoder::Plain(at))
            } else {
                Values::Direct(Decoder::new(
                    encoding,
                    width,
                    body,
                    at,
                    is_integer(self.kind),
                )?)
            }
        };
        Ok(Open {
            left: page.header.values,
            page,
            levels,
            values,
            nulls: 0,
        })
    }

    fn take_dictionary(&mut self, page: &Page, reader: &Reader) -> Result<(), Fault> {
        let body = Pages::dictionary(page, reader);
        if self.has_dictionary {
            return Err(Fault::corrupt("a chunk has two dictionaries"));
        }
        if !matches!(page.header.encoding, Encoding::Plain | Encoding::Dictionary) {
            return Err(Fault::corrupt("a dictionary is not plain"));
        }
        let least = match width(self.kind) {
            Width::Bit => return Err(Fault::corrupt("bools have no dictionary")),
            Width::Fixed(bytes) => bytes,
            Width::Variable => 4,
        };
        let length = usize::try_from(page.header.values).unwrap_or(usize::MAX);
        if length.saturating_mul(least) > body.len() {
            let what = format!("{length} entries in a dictionary of {} bytes", body.len());
            return Err(Fault::corrupt(what));
        }
        let (kind, convert) = (self.kind, self.dense);
        let exactly = dense::<f64>(kind);
        self.dictionary.fill(
            length,
            |decoder, out, rule| convert(decoder, body, kind, out, rule),
            |decoder, out| {
                let rule = (&Rule::keep(), &mut Tally::default());
                exactly(decoder, body, kind, out, rule)
            },
            &self.rule,
        )?;
        self.has_dictionary = true;
        Ok(())
    }
}

/// The levels of a page, and where its values begin.
pub(super) fn levels(
    header: &PageHeader,
    version: Version,
    body: &[u8],
    nullable: bool,
) -> Result<(Levels, usize), Fault> {
    let short = || Fault::corrupt("the levels of a page end too early");
    match version {
        Version::One { .. } if !nullable => Ok((Levels::Required, 0)),
        Version::One {
            levels: Encoding::BitPacked,
        } => {
            let bytes = usize::try_from(header.values.div_ceil(8)).unwrap_or(usize::MAX);
            if bytes > body.len() {
                return Err(short());
            }
            Ok((Levels::Packed(0), bytes))
        }
        Version::One { .. } => {
            let length = body.first_chunk().ok_or_else(short)?;
            let end = 4 + u32::from_le_bytes(*length) as usize;
            if end > body.len() {
                return Err(short());
            }
            Ok((Levels::Hybrid(Hybrid::new(4, end, 1)?), end))
        }
        Version::Two {
            rows,
            definition_bytes,
            repetition_bytes,
            ..
        } => {
            if rows != header.values {
                return Err(Fault::corrupt("a page of a flat column has repeated rows"));
            }
            // Nothing repeats, so repetition levels say nothing; some writers write them.
            let start = usize::try_from(repetition_bytes).map_err(|_| short())?;
            let end = usize::try_from(definition_bytes).ok();
            let end = end
                .and_then(|bytes| start.checked_add(bytes))
                .ok_or_else(short)?;
            if !nullable {
                return Ok((Levels::Required, end));
            }
            Ok((Levels::Hybrid(Hybrid::new(start, end, 1)?), end))
        }
    }
}
