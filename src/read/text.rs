//! One column of byte strings of one row group, streaming: text, and numbers too wide for a word.
//!
//! Values are shown one by one where they lie in the page or in the dictionary; none is kept.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::unpack as kernel;
use crate::read::chunk::Chunk;
use crate::read::decoder::{Decoder, Width};
use crate::read::hybrid::{Hybrid, Piece};
use crate::read::lane::levels;
use crate::read::levels::{BLOCK, Levels, Mask};
use crate::read::page::{Encoding, PageKind, Version};
use crate::read::pages::{Page, Pages};
use crate::read::reader::Reader;
use crate::read::source::Source;

/// Is shown each value, `None` for a null.
pub type Show<'a> = &'a mut dyn FnMut(Option<&[u8]>) -> Result<(), Fault>;

/// The values of an open page.
#[derive(Debug)]
enum Values {
    Indices(Hybrid),
    Direct(Decoder),
}

#[derive(Debug)]
struct Open {
    page: Page,
    levels: Levels,
    values: Values,
    left: u64,
    nulls: u64,
}

/// A column of byte strings on its way.
#[derive(Debug)]
pub struct TextLane {
    pages: Pages,
    width: Width,
    nullable: bool,
    /// The dictionary page, and where each entry lies in it.
    dictionary: Scratch<u8>,
    entries: Scratch<(u32, u32)>,
    entry_count: Option<usize>,
    open: Option<Open>,
    left: u64,
}

impl TextLane {
    /// Opens a lane.
    pub fn new(
        source: &Arc<Source>,
        chunk: &Chunk,
        (width, nullable): (Width, bool),
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            pages: Pages::new(source, chunk, account)?,
            width,
            nullable,
            dictionary: Scratch::new(account),
            entries: Scratch::new(account),
            entry_count: None,
            open: None,
            left: chunk.values,
        })
    }

    /// Shows the next `rows` values.
    pub fn show(&mut self, rows: usize, reader: &mut Reader, show: Show<'_>) -> Result<(), Fault> {
        let mut done = 0;
        while done < rows {
            let left = match &self.open {
                Some(open) if open.left > 0 => open.left,
                _ => self.turn(reader)?,
            };
            let most = BLOCK.min(rows - done);
            let count = usize::try_from(left).map_or(most, |left| left.min(most));
            let shown = self.block(count, show);
            shown.map_err(|fault| self.pages.about(fault))?;
            done += count;
        }
        Ok(())
    }

    /// Checks that nothing is left.
    pub fn finish(&mut self, reader: &mut Reader) -> Result<(), Fault> {
        if self.left > 0 {
            let what = format!("{} values were not read", self.left);
            return Err(Fault::corrupt(what));
        }
        self.close()?;
        self.pages.finish(reader)
    }

    fn block(&mut self, rows: usize, show: Show<'_>) -> Result<(), Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::corrupt("no page is open"));
        };
        let body = self.pages.body(&open.page);
        let mut mask: Mask = [0; BLOCK / 64];
        let valid = open.levels.read(body, rows, &mut mask)?;
        let mut indices = [0_u32; BLOCK];
        if let Values::Indices(hybrid) = &mut open.values {
            unpack(hybrid, body, &mut indices[..valid])?;
        }
        let dictionary = self.dictionary.all();
        let entries = &self.entries.all()[..self.entry_count.unwrap_or(0)];
        let (mut at, mut scratch) = (0, Vec::new());
        for row in 0..rows {
            let present = valid == rows || valid > 0 && mask[row / 64] >> (row % 64) & 1 == 1;
            if !present {
                show(None)?;
                continue;
            }
            match &mut open.values {
                Values::Direct(decoder) => {
                    show(Some(decoder.bytes(body, self.width, &mut scratch)?))?;
                }
                Values::Indices(_) => {
                    let entry = entries.get(indices[at] as usize);
                    let (start, end) = *entry.ok_or_else(|| {
                        let what = format!("index {} into {} entries", indices[at], entries.len());
                        Fault::corrupt(what)
                    })?;
                    show(dictionary.get(start as usize..end as usize))?;
                }
            }
            at += 1;
        }
        open.nulls += (rows - valid) as u64;
        open.left -= rows as u64;
        self.left -= rows as u64;
        Ok(())
    }

    /// Closes the open page and opens the next one that has rows.
    fn turn(&mut self, reader: &mut Reader) -> Result<u64, Fault> {
        loop {
            self.close()?;
            let Some(page) = self.pages.next(reader, false, self.nullable)? else {
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

    fn close(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let closed = self.check_end(&open);
        closed.map_err(|fault| self.pages.about(fault))
    }

    /// Checks that a page has been read to its end.
    fn check_end(&self, open: &Open) -> Result<(), Fault> {
        if let PageKind::Data(Version::Two { nulls, .. }) = open.page.header.kind
            && nulls != open.nulls
        {
            let what = format!("a page has {} nulls and claims {nulls}", open.nulls);
            return Err(Fault::corrupt(what));
        }
        match &open.values {
            Values::Direct(decoder)
                if decoder.has_more(self.pages.body(&open.page), self.width) =>
            {
                Err(Fault::corrupt("a page has more values than its levels say"))
            }
            _ => Ok(()),
        }
    }

    fn begin(&self, page: Page, version: Version) -> Result<Open, Fault> {
        if page.header.values > self.left {
            let (values, left) = (page.header.values, self.left);
            let what = format!("a page of {values} values where {left} are left");
            return Err(Fault::corrupt(what));
        }
        let body = self.pages.body(&page);
        let (levels, at) = levels(&page.header, version, body, self.nullable)?;
        let values = if page.header.encoding == Encoding::Dictionary {
            if self.entry_count.is_none() {
                let what = "a page needs a dictionary that is not there";
                return Err(Fault::corrupt(what));
            }
            let (bits, at) = match body.get(at) {
                Some(bits) => (u32::from(*bits), at + 1),
                // A page of nulls only may leave even the width out.
                None => (0, at),
            };
            Values::Indices(Hybrid::new(at, body.len(), bits)?)
        } else if at == body.len() {
            // All rows are null; not every encoding can say so in no bytes.
            Values::Direct(Decoder::Plain(at))
        } else {
            let encoding = page.header.encoding;
            Values::Direct(Decoder::new(encoding, self.width, body, at, false)?)
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
        if self.entry_count.is_some() {
            return Err(Fault::corrupt("a chunk has two dictionaries"));
        }
        if !matches!(page.header.encoding, Encoding::Plain | Encoding::Dictionary) {
            return Err(Fault::corrupt("a dictionary is not plain"));
        }
        let least = match self.width {
            Width::Fixed(bytes) => bytes,
            Width::Bit | Width::Variable => 4,
        };
        let length = usize::try_from(page.header.values).unwrap_or(usize::MAX);
        if length.saturating_mul(least) > body.len() {
            let what = format!("{length} entries in a dictionary of {} bytes", body.len());
            return Err(Fault::corrupt(what));
        }
        let beyond = |_| Fault::corrupt("a dictionary of more than 4 GiB");
        u32::try_from(body.len()).map_err(beyond)?;
        let (mut decoder, mut scratch, mut end) = (Decoder::Plain(0), Vec::new(), 0);
        for entry in self.entries.fit(length)? {
            let value = decoder.bytes(body, self.width, &mut scratch)?;
            let start = end + if self.width == Width::Variable { 4 } else { 0 };
            end = start + value.len();
            *entry = (
                u32::try_from(start).map_err(beyond)?,
                u32::try_from(end).map_err(beyond)?,
            );
        }
        // The page's buffer serves the next page, so its bytes are kept apart.
        self.dictionary.fit(body.len())?.copy_from_slice(body);
        self.entry_count = Some(length);
        Ok(())
    }
}

fn unpack(hybrid: &mut Hybrid, body: &[u8], out: &mut [u32]) -> Result<(), Fault> {
    let mut done = 0;
    while done < out.len() {
        match hybrid.piece(body, out.len() - done)? {
            Piece::Run { value, count } => {
                out[done..done + count].fill(value);
                done += count;
            }
            Piece::Packed { bit, count } => {
                kernel::unpack(body, bit, hybrid.width(), &mut out[done..done + count]);
                done += count;
            }
        }
    }
    Ok(())
}
