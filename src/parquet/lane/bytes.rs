//! One column of byte strings of one row group, streaming: text, and numbers too wide for a word.
//!
//! Values are shown one by one where they are in the page or in the dictionary; none is copied.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::bytes::unpack as kernel;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::cursor::{PageCursor, PageValues};
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::values::OpenValues;
use crate::parquet::{ColumnChunk, Width};

/// Called with each value, `None` for a null.
pub type Visit<'a> = &'a mut dyn FnMut(Option<&[u8]>) -> Result<(), Fault>;

/// A value, or where it is.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// No value.
    Null,
    /// A value in a page.
    Value(&'a [u8]),
    /// An entry of the dictionary.
    Entry(u32),
}

/// The entries of a dictionary.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a>(&'a ByteStrings);

/// A column of byte strings of a row group, streaming.
#[derive(Debug)]
pub struct BytesLane {
    pages: PageCursor<ByteStrings>,
}

/// How the values of a column are found.
#[derive(Debug)]
struct ByteStrings {
    width: Width,
    /// The dictionary page.
    dictionary: Scratch<u8>,
    /// Where each entry of the dictionary is in its page.
    entries: Scratch<(u32, u32)>,
    entry_count: usize,
}

impl BytesLane {
    /// Opens a lane of values of a width.
    pub fn new(
        column: &ColumnChunk<'_>,
        width: Width,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let strings = ByteStrings {
            width,
            dictionary: Scratch::new(account),
            entries: Scratch::new(account),
            entry_count: 0,
        };
        let pages = PageCursor::new(column, strings, account)?;
        Ok(Self { pages })
    }

    /// Shows the next `rows` values.
    pub fn show(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: Visit<'_>,
    ) -> Result<(), Fault> {
        self.read(rows, buffers, &mut |shown, strings| match shown {
            Shown::Null => show(None),
            Shown::Value(value) => show(Some(value)),
            Shown::Entry(index) => show(Some(strings.entry(index)?)),
        })
    }

    /// Shows the next `rows` values, those of the dictionary by their entries.
    pub fn show_entries(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: &mut dyn FnMut(Shown<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.read(rows, buffers, &mut |shown, strings| {
            if let Shown::Entry(index) = shown {
                strings.check(index)?;
            }
            show(shown)
        })
    }

    /// Shows the next `rows` values with the dictionary, whose entries are not compared with it.
    pub fn show_indices(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: &mut dyn FnMut(Shown<'_>, Entries<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.read(rows, buffers, &mut |shown, strings| {
            show(shown, Entries(strings))
        })
    }

    /// Passes over the next pages while they have only indices, and returns whether there were any.
    pub fn pass_indexed(&mut self, buffers: &mut ReadBuffers) -> Result<bool, Fault> {
        self.pages.pass_indexed(buffers)
    }

    /// Rows that can be shown at once; none at the end.
    pub fn next_rows(&mut self, buffers: &mut ReadBuffers) -> Result<Option<usize>, Fault> {
        if self.pages.left() == 0 {
            return Ok(None);
        }
        self.pages.rows(BLOCK, buffers).map(Some)
    }

    /// The entries of the dictionary, which has none before its page was met.
    pub const fn entries(&self) -> Entries<'_> {
        Entries(&self.pages.reader)
    }

    /// An entry of the dictionary that was shown.
    pub fn entry(&self, index: u32) -> &[u8] {
        self.pages.reader.entry(index).unwrap_or_default()
    }

    fn read(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: &mut impl FnMut(Shown<'_>, &ByteStrings) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut done = 0;
        while done < rows {
            let count = self.pages.rows(rows - done, buffers)?;
            let shown = self.block(count, buffers, show);
            shown.map_err(|fault| self.pages.about(fault))?;
            done += count;
        }
        Ok(())
    }

    /// Skips the next `rows` values. Pages that are skipped whole are not decoded: [`PageCursor`] checks
    /// their headers and checksums only.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.pages.skip(rows, buffers)
    }

    /// Checks that nothing is left.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.pages.finish(buffers)
    }

    fn block(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: &mut impl FnMut(Shown<'_>, &ByteStrings) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut mask: Mask = [0; BLOCK / 64];
        let block = self.pages.block(rows, &mut mask, buffers)?;
        let body = block.body;
        let valid = block.valid;
        let strings = block.reader;
        let mut indices = [0_u32; BLOCK];
        if let OpenValues::Indices(hybrid) = block.values {
            unpack(hybrid, body, &mut indices[..valid])?;
        }
        let mut at = 0;
        let mut scratch = Vec::new();
        for row in 0..rows {
            let present = valid == rows || valid > 0 && mask[row / 64] >> (row % 64) & 1 == 1;
            if !present {
                show(Shown::Null, strings)?;
                continue;
            }
            let shown = match block.values {
                OpenValues::Direct(decoder) => {
                    Shown::Value(decoder.bytes(body, strings.width, &mut scratch)?)
                }
                _ => Shown::Entry(indices[at]),
            };
            show(shown, strings)?;
            at += 1;
        }
        Ok(())
    }
}

impl<'a> Entries<'a> {
    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.entry_count
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The bytes of an entry, which must be there.
    pub fn get(self, index: u32) -> Result<&'a [u8], Fault> {
        self.0.entry(index)
    }
}

impl ByteStrings {
    /// Refuses an index that the dictionary does not have.
    fn check(&self, index: u32) -> Result<(), Fault> {
        let is_there = (index as usize) < self.entry_count;
        let absent = || format!("index {index} into {} entries", self.entry_count);
        is_there
            .then_some(())
            .ok_or_else(|| Fault::corrupt(absent()))
    }

    fn entry(&self, index: u32) -> Result<&[u8], Fault> {
        let entries = &self.entries.all()[..self.entry_count];
        let entry = entries.get(index as usize);
        let bytes = entry.and_then(|(start, end)| {
            let dictionary = self.dictionary.all();
            dictionary.get(*start as usize..*end as usize)
        });
        bytes.ok_or_else(|| Fault::corrupt(format!("index {index} into {} entries", entries.len())))
    }
}

impl PageValues for ByteStrings {
    fn width(&self) -> Width {
        self.width
    }

    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault> {
        let beyond = |_| Fault::corrupt("a dictionary of more than 4 GiB");
        u32::try_from(body.len()).map_err(beyond)?;
        let mut decoder = Decoder::Plain(0);
        let mut scratch = Vec::new();
        let mut end = 0;
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
        self.entry_count = length;
        Ok(())
    }
}

fn unpack(hybrid: &mut RleBitPacked, body: &[u8], out: &mut [u32]) -> Result<(), Fault> {
    let width = hybrid.width();
    hybrid.pieces(body, out, |bits, out| match bits {
        Bits::Run { value, .. } => out.fill(value),
        Bits::Packed { bit, .. } => kernel::unpack(body, bit, width, out),
    })
}
