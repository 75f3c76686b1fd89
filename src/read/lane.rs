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
use crate::read::levels::{BLOCK, Mask};
use crate::read::pages::{HEADER, Page};
use crate::read::reader::{Reader, WINDOW};
use crate::read::source::Source;
use crate::read::turner::{Turner, Values};

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
enum Open {
    /// Into the dictionary.
    Indices(Hybrid),
    /// In the page.
    Direct(Decoder),
    /// Plain, in the file, so many bytes each.
    Stream(Range<u64>, usize),
}

/// A column of a row group on its way.
#[derive(Debug)]
pub struct Lane<T: Element> {
    pages: Turner<Open>,
    numbers: Numbers<T>,
}

/// How the values of a column become elements.
#[derive(Debug)]
struct Numbers<T: Element> {
    dictionary: Dictionary<T>,
    kind: Kind,
    rule: Rule<T>,
    dense: Dense<T>,
    tally: Tally,
}

impl<T: Element> Lane<T> {
    /// Opens a lane.
    pub fn new(stretch: &Stretch<'_, T>, account: &Arc<Account>) -> Result<Self, Fault> {
        let chunk = (stretch.chunk, stretch.nullable);
        Ok(Self {
            pages: Turner::new(stretch.source, chunk, account)?,
            numbers: Numbers {
                dictionary: Dictionary::new(account),
                kind: stretch.kind,
                rule: *stretch.rule,
                dense: dense(stretch.kind),
                tally: Tally::default(),
            },
        })
    }

    /// Turns to another chunk, with the same buffers.
    pub fn reopen(&mut self, stretch: &Stretch<'_, T>) -> Result<(), Fault> {
        let chunk = (stretch.chunk, stretch.nullable);
        self.pages.reopen(stretch.source, chunk)?;
        let numbers = &mut self.numbers;
        numbers.dictionary.reset();
        numbers.kind = stretch.kind;
        numbers.rule = *stretch.rule;
        numbers.dense = dense(stretch.kind);
        numbers.tally = Tally::default();
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T], reader: &mut Reader) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let most = out.len() - done;
            let rows = self.pages.rows(most, &mut self.numbers, reader)?;
            let (block, later) = out[done..].split_at_mut(rows);
            let filled = self.block(block, later.len(), reader);
            filled.map_err(|fault| self.pages.about(fault))?;
            done += rows;
        }
        Ok(())
    }

    /// Checks that nothing is left, and tells what was met.
    pub fn finish(&mut self, reader: &mut Reader) -> Result<Tally, Fault> {
        self.pages.finish(&self.numbers, reader)?;
        Ok(self.numbers.tally)
    }

    /// Fills a block, behind which so many more rows are wanted at once.
    fn block(&mut self, out: &mut [T], later: usize, reader: &mut Reader) -> Result<(), Fault> {
        let numbers = &mut self.numbers;
        let mut mask: Mask = [0; BLOCK / 64];
        let block = self.pages.block(out.len(), &mut mask)?;
        let (body, dense) = (block.body, &mut out[..block.valid]);
        let rule = (&numbers.rule, &mut numbers.tally);
        match block.values {
            Open::Indices(indices) => numbers.dictionary.gather(indices, body, dense, rule)?,
            Open::Direct(decoder) => (numbers.dense)(decoder, body, numbers.kind, dense, rule)?,
            Open::Stream(rest, width) => {
                let length = dense.len() * *width;
                let behind = rest.start + length as u64;
                if behind > rest.end {
                    return Err(Fault::corrupt(
                        "the values of a page end before its rows do",
                    ));
                }
                let wanted = behind + (later * *width) as u64;
                // The rows behind a page are in the next one, after a header and levels.
                let front = if wanted > rest.end {
                    HEADER + later / 8
                } else {
                    0
                };
                let end = block.end.min(wanted + front as u64);
                let bytes = reader.ahead.bytes(block.source, rest.start, length, end)?;
                (numbers.dense)(&mut Decoder::Plain(0), bytes, numbers.kind, dense, rule)?;
                rest.start = behind;
            }
        }
        let valid = block.valid;
        if valid == 0 {
            out.fill(numbers.rule.null);
        } else if valid < out.len() {
            expand(out, valid, &mask, numbers.rule.null);
        }
        numbers.tally.nulls += (out.len() - valid) as u64;
        Ok(())
    }
}

impl<T: Element> Values for Numbers<T> {
    type Open = Open;

    fn are_none(&self) -> bool {
        self.kind == Kind::Null
    }

    fn streams(&self) -> bool {
        matches!(width(self.kind), Width::Fixed(bytes) if bytes <= MOST_STREAMED)
    }

    fn least_bytes(&self) -> Result<usize, Fault> {
        match width(self.kind) {
            Width::Bit => Err(Fault::corrupt("bools have no dictionary")),
            Width::Fixed(bytes) => Ok(bytes),
            Width::Variable => Ok(4),
        }
    }

    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault> {
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
        )
    }

    fn indices(&self, indices: Hybrid) -> Open {
        Open::Indices(indices)
    }

    fn direct(&self, page: &Page, body: &[u8], at: usize) -> Result<Open, Fault> {
        let width = width(self.kind);
        if self.are_none() {
            // However no values are encoded, one that is there all the same is found missing.
            return Ok(Open::Direct(Decoder::Plain(body.len())));
        }
        if let (Some(rest), Width::Fixed(bytes)) = (&page.rest, width) {
            return Ok(Open::Stream(rest.clone(), bytes));
        }
        if at == body.len() {
            // All rows are null; not every encoding can say so in no bytes.
            return Ok(Open::Direct(Decoder::Plain(at)));
        }
        let (encoding, is_integer) = (page.header.encoding, is_integer(self.kind));
        let decoder = Decoder::new(encoding, width, body, at, is_integer)?;
        Ok(Open::Direct(decoder))
    }

    fn has_more(
        &self,
        open: &Open,
        body: &[u8],
        (source, reader): (&Arc<Source>, &mut Reader),
    ) -> Result<bool, Fault> {
        match open {
            Open::Direct(decoder) => Ok(decoder.has_more(body, width(self.kind))),
            Open::Stream(rest, width) => stream_has_more(rest.clone(), *width, source, reader),
            Open::Indices(_) => Ok(false),
        }
    }
}

/// Whether more values follow than were read. Zeros may: some writers pad with them.
fn stream_has_more(
    mut rest: Range<u64>,
    width: usize,
    source: &Arc<Source>,
    reader: &mut Reader,
) -> Result<bool, Fault> {
    let whole = rest.end - rest.start >= width as u64;
    while whole && rest.start < rest.end {
        let left = usize::try_from(rest.end - rest.start).unwrap_or(usize::MAX);
        let length = left.min(WINDOW);
        let bytes = reader.ahead.bytes(source, rest.start, length, rest.end)?;
        if bytes.iter().any(|byte| *byte != 0) {
            return Ok(true);
        }
        rest.start += length as u64;
    }
    Ok(false)
}
