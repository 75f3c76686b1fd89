//! One column of numbers of one row group, streaming: decoded, cast, cleaned, and handed out in as
//! many rows as are asked for.
//!
//! The type is matched once, when a lane opens, to choose a function.

use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::kernel::{Element, Rule, Tally, expand};
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::dictionary::{Dictionary, IndexBuffer, STAGE};
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::lane::convert::{Convert, PlainBytes, converter};
use crate::parquet::lane::unread::UnreadValues;
use crate::parquet::page::body::Page;
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::cursor::{PageCursor, PageValues};
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::{ColumnChunk, Kind, Width};

/// Widest values that are read as they are wanted, rather than page by page.
const MOST_STREAMED: usize = 32;

/// The values of an open page.
#[derive(Debug)]
enum PageNumbers {
    /// Into the dictionary.
    Indices(RleBitPacked),
    /// In the page.
    Direct(Decoder),
    /// Plain, in the file.
    Unread(UnreadValues),
}

/// A column of numbers of a row group, streaming.
#[derive(Debug)]
pub struct Lane<T: Element> {
    pages: PageCursor<PageNumbers>,
    numbers: NumberReader<T>,
}

/// How the values of a column become elements.
#[derive(Debug)]
struct NumberReader<T: Element> {
    dictionary: Dictionary<T>,
    stage: Box<IndexBuffer>,
    kind: Kind,
    rule: Rule<T>,
    convert: Convert<T>,
    tally: Tally,
}

impl<T: Element> Lane<T> {
    /// Opens a lane of numbers of a kind; `rule` says what to write for what is not plain.
    pub fn new(
        column: &ColumnChunk<'_>,
        kind: Kind,
        rule: &Rule<T>,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            pages: PageCursor::new(column, account)?,
            numbers: NumberReader {
                dictionary: Dictionary::new(account),
                stage: Box::new([0; STAGE]),
                kind,
                rule: *rule,
                convert: converter(kind),
                tally: Tally::default(),
            },
        })
    }

    /// Moves to another chunk, with the same buffers.
    pub fn reopen(
        &mut self,
        column: &ColumnChunk<'_>,
        kind: Kind,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        self.pages.reopen(column)?;
        let numbers = &mut self.numbers;
        numbers.dictionary.reset();
        numbers.kind = kind;
        numbers.rule = *rule;
        numbers.convert = converter(kind);
        numbers.tally = Tally::default();
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let most = out.len() - done;
            let rows = self.pages.rows(most, &mut self.numbers, buffers)?;
            let filled = self.block(&mut out[done..done + rows], buffers);
            filled.map_err(|fault| self.pages.about(fault))?;
            done += rows;
        }
        Ok(())
    }

    /// Skips the next `rows` rows, which are not counted. Pages that are skipped whole are not decoded:
    /// [`PageCursor`] checks their headers and checksums only.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.pages.skip(rows, &mut self.numbers, buffers)
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        self.pages.finish(&self.numbers, buffers)?;
        Ok(self.numbers.tally)
    }

    fn block(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let numbers = &mut self.numbers;
        let mut mask: Mask = [0; BLOCK / 64];
        let block = self.pages.block(out.len(), &mut mask)?;
        let body = block.body;
        let dense = &mut out[..block.valid];
        let rule = &numbers.rule;
        let tally = &mut numbers.tally;
        match block.values {
            PageNumbers::Indices(indices) => {
                let dictionary = &numbers.dictionary;
                dictionary.gather(indices, body, &mut numbers.stage, dense, rule, tally)?;
            }
            PageNumbers::Direct(decoder) => {
                let body = PlainBytes::unsummed(body);
                (numbers.convert)(decoder, body, numbers.kind, dense, rule, tally)?;
            }
            PageNumbers::Unread(unread) => {
                let from = ChunkBytes {
                    source: block.source,
                    end: block.end,
                    buffers,
                };
                let body = unread.next(dense.len(), from)?;
                let decoder = &mut Decoder::Plain(0);
                (numbers.convert)(decoder, body, numbers.kind, dense, rule, tally)?;
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

impl<T: Element> PageValues for NumberReader<T> {
    type Open = PageNumbers;

    fn are_none(&self) -> bool {
        self.kind == Kind::Null
    }

    fn streams(&self) -> bool {
        matches!(self.kind.width(), Width::Fixed(bytes) if bytes <= MOST_STREAMED)
    }

    fn least_bytes(&self) -> Result<usize, Fault> {
        match self.kind.width() {
            Width::Bit => Err(Fault::corrupt("bools have no dictionary")),
            Width::Fixed(bytes) => Ok(bytes),
            Width::Variable => Ok(4),
        }
    }

    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault> {
        let kind = self.kind;
        let convert = self.convert;
        let exactly = converter::<f64>(kind);
        self.dictionary.fill(
            length,
            |decoder, out, rule, tally| {
                convert(decoder, PlainBytes::unsummed(body), kind, out, rule, tally)
            },
            |decoder, out| {
                let (rule, mut tally) = (Rule::keep(), Tally::default());
                let body = PlainBytes::unsummed(body);
                exactly(decoder, body, kind, out, &rule, &mut tally)
            },
            &self.rule,
        )
    }

    fn indices(&self, indices: RleBitPacked) -> PageNumbers {
        PageNumbers::Indices(indices)
    }

    fn direct(&self, page: &Page, body: &[u8], at: usize) -> Result<PageNumbers, Fault> {
        let width = self.kind.width();
        if self.are_none() {
            // However no values are encoded, a row that has one all the same finds none.
            return Ok(PageNumbers::Direct(Decoder::Plain(body.len())));
        }
        if let (Some(unread), Width::Fixed(bytes)) = (&page.unread, width) {
            let unread = UnreadValues::new(unread.clone(), bytes, page.sum.clone());
            return Ok(PageNumbers::Unread(unread));
        }
        if at == body.len() {
            // All rows are null; not every encoding can say so in no bytes.
            return Ok(PageNumbers::Direct(Decoder::Plain(at)));
        }
        let is_integer = self.kind.is_stored_as_integer();
        let decoder = Decoder::new(page.header.encoding, width, body, at, is_integer)?;
        Ok(PageNumbers::Direct(decoder))
    }

    fn skip(
        &self,
        open: &mut PageNumbers,
        body: &[u8],
        count: usize,
        from: ChunkBytes<'_>,
    ) -> Result<(), Fault> {
        match open {
            PageNumbers::Indices(indices) => indices.skip(body, count),
            PageNumbers::Direct(decoder) => decoder.skip(body, self.kind.width(), count),
            PageNumbers::Unread(unread) => unread.skip(count, from),
        }
    }

    fn has_more(
        &self,
        open: &PageNumbers,
        body: &[u8],
        from: ChunkBytes<'_>,
    ) -> Result<bool, Fault> {
        match open {
            PageNumbers::Direct(decoder) => Ok(decoder.has_more(body, self.kind.width())),
            PageNumbers::Unread(unread) => unread.clone().has_more(from),
            PageNumbers::Indices(_) => Ok(false),
        }
    }
}
