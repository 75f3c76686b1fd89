//! One column of numbers of one row group, streaming: decoded, cast, cleaned, and handed out in as
//! many rows as are asked for.
//!
//! The type is matched once, when a lane opens, to choose a function.

use std::cell::RefCell;
use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::kernel::{Cleaner, Element, Rule, Tally, expand};
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::dictionary::{Dictionary, IndexBuffer, STAGE};
use crate::parquet::lane::convert::{Convert, converter};
use crate::parquet::lane::stored::{OpenStored, Stored};
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::cursor::{PageCursor, PageValues};
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::unread::PlainBytes;
use crate::parquet::page::values::OpenValues;
use crate::parquet::{ColumnChunk, Kind, Width};

/// Widest values that are read as they are wanted, rather than page by page.
const MOST_STREAMED: usize = 32;

/// A column of numbers of a row group, streaming.
#[derive(Debug)]
pub struct Lane<T: Element> {
    pub(super) pages: PageCursor<NumberReader<T>>,
}

/// How the values of a column become elements.
#[derive(Debug)]
pub(super) struct NumberReader<T: Element> {
    pub(super) dictionary: Dictionary<T>,
    pub(super) stage: Box<IndexBuffer>,
    pub(super) stored: OpenStored,
    pub(super) rule: Rule<T>,
    pub(super) convert: Convert<T>,
    pub(super) tally: Tally,
}

impl<T: Element> Lane<T> {
    /// Opens a lane of values that are stored in some way; `rule` says what to write for what is not plain.
    pub fn new(
        column: &ColumnChunk<'_>,
        stored: &Stored,
        rule: &Rule<T>,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let reader = NumberReader::new(stored, rule, account);
        let pages = PageCursor::new(column, reader, account)?;
        Ok(Self { pages })
    }

    /// Moves to another chunk, with the same buffers.
    pub fn reopen(
        &mut self,
        column: &ColumnChunk<'_>,
        stored: &Stored,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        self.pages.reopen(column)?;
        self.pages.reader.reset(stored, rule);
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let most = out.len() - done;
            let rows = self.pages.rows(most, buffers)?;
            let filled = self.block(&mut out[done..done + rows], buffers);
            filled.map_err(|fault| self.pages.about(fault))?;
            done += rows;
        }
        Ok(())
    }

    /// Skips the next `rows` rows, which are not counted. Pages that are skipped whole are not decoded:
    /// [`PageCursor`] checks their headers and checksums only.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.pages.skip(rows, buffers)
    }

    /// What was counted so far.
    pub const fn tally(&self) -> &Tally {
        &self.pages.reader.tally
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        self.pages.finish(buffers)?;
        Ok(self.pages.reader.tally)
    }

    fn block(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let mut mask: Mask = [0; BLOCK / 64];
        let block = self.pages.block(out.len(), &mut mask, buffers)?;
        let valid = block.valid;
        let numbers = block.reader;
        numbers.read(block.values, block.body, block.from, &mut out[..valid])?;
        if valid == 0 {
            out.fill(numbers.rule.null);
        } else if valid < out.len() {
            expand(out, valid, &mask, numbers.rule.null);
        }
        numbers.tally.nulls += (out.len() - valid) as u64;
        Ok(())
    }
}

impl<T: Element> NumberReader<T> {
    /// A reader of values that are stored in some way; `rule` says what to write for what is not plain.
    pub(super) fn new(stored: &Stored, rule: &Rule<T>, account: &Arc<Account>) -> Self {
        Self {
            dictionary: Dictionary::new(account),
            stage: Box::new([0; STAGE]),
            stored: stored.open(),
            rule: *rule,
            convert: converter(stored.kind),
            tally: Tally::default(),
        }
    }

    /// Begins anew with values that are stored in another way, with the same buffers.
    pub(super) fn reset(&mut self, stored: &Stored, rule: &Rule<T>) {
        self.dictionary.reset();
        self.stored = stored.open();
        self.rule = *rule;
        self.convert = converter(stored.kind);
        self.tally = Tally::default();
    }

    /// Fills `dense` with the next values of an open page.
    #[inline]
    pub(super) fn read(
        &mut self,
        values: &mut OpenValues,
        body: &[u8],
        from: ChunkBytes<'_>,
        dense: &mut [T],
    ) -> Result<(), Fault> {
        let cleaner = &mut Cleaner {
            rule: &self.rule,
            tally: &mut self.tally,
        };
        match values {
            OpenValues::Indices(indices) => {
                let dictionary = &self.dictionary;
                dictionary.gather(indices, body, &mut self.stage, dense, cleaner)
            }
            OpenValues::Direct(decoder) => {
                let body = PlainBytes::unsummed(body);
                (self.convert)(decoder, body, &mut self.stored, dense, cleaner)
            }
            OpenValues::Unread(unread) => {
                let body = unread.next(dense.len(), from)?;
                let decoder = &mut Decoder::Plain(0);
                (self.convert)(decoder, body, &mut self.stored, dense, cleaner)
            }
        }
    }
}

impl<T: Element> PageValues for NumberReader<T> {
    fn width(&self) -> Width {
        self.stored.kind.width()
    }

    fn are_integers(&self) -> bool {
        self.stored.kind.is_stored_as_integer()
    }

    fn are_none(&self) -> bool {
        self.stored.kind == Kind::Null
    }

    fn stream(&self) -> bool {
        matches!(self.stored.kind.width(), Width::Fixed(bytes) if bytes <= MOST_STREAMED)
    }

    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault> {
        let exactly = converter::<f64>(self.stored.kind);
        let stored = RefCell::new(&mut self.stored);
        let convert = self.convert;
        let farthest = self.dictionary.fill(
            length,
            |decoder, out, cleaner| {
                let body = PlainBytes::unsummed(body);
                convert(decoder, body, &mut stored.borrow_mut(), out, cleaner)
            },
            |decoder, out| {
                let cleaner = &mut Cleaner {
                    rule: &Rule::keep(),
                    tally: &mut Tally::default(),
                };
                let body = PlainBytes::unsummed(body);
                exactly(decoder, body, &mut stored.borrow_mut(), out, cleaner)
            },
            &self.rule,
        )?;
        self.tally.reach(farthest);
        Ok(())
    }
}
