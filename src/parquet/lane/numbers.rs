//! One column of one row group, streaming: decoded, cast, cleaned, and handed out in as many rows
//! as are asked for.
//!
//! The type is looked at once, when a lane opens; from then on a function pointer stands for it.

use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::io::Source;
use crate::kernel::{Element, Rule, Tally, expand};
use crate::parquet::Chunk;
use crate::parquet::Kind;
use crate::parquet::encoding::decoder::{Decoder, Width};
use crate::parquet::encoding::dictionary::{Dictionary, IndexBuffer, STAGE};
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::lane::convert::{Convert, dense, is_integer, width};
use crate::parquet::lane::unread::UnreadValues;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::cursor::{PageCursor, PageValues};
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::reader::Page;

/// Widest values that are read as they are wanted, rather than page by page.
const MOST_STREAMED: usize = 32;

/// What a lane is to read.
#[derive(Debug, Clone, Copy)]
pub struct ColumnChunk<'a, T> {
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
enum OpenValues {
    /// Into the dictionary.
    Indices(RleBitPacked),
    /// In the page.
    Direct(Decoder),
    /// Plain, in the file.
    Stream(UnreadValues),
}

/// A column of a row group on its way.
#[derive(Debug)]
pub struct Lane<T: Element> {
    pages: PageCursor<OpenValues>,
    numbers: NumberReader<T>,
}

/// How the values of a column become elements.
#[derive(Debug)]
struct NumberReader<T: Element> {
    dictionary: Dictionary<T>,
    stage: Box<IndexBuffer>,
    kind: Kind,
    rule: Rule<T>,
    dense: Convert<T>,
    tally: Tally,
}

impl<T: Element> Lane<T> {
    /// Opens a lane.
    pub fn new(stretch: &ColumnChunk<'_, T>, account: &Arc<Account>) -> Result<Self, Fault> {
        let chunk = (stretch.chunk, stretch.nullable);
        Ok(Self {
            pages: PageCursor::new(stretch.source, chunk, account)?,
            numbers: NumberReader {
                dictionary: Dictionary::new(account),
                stage: Box::new([0; STAGE]),
                kind: stretch.kind,
                rule: *stretch.rule,
                dense: dense(stretch.kind),
                tally: Tally::default(),
            },
        })
    }

    /// Turns to another chunk, with the same buffers.
    pub fn reopen(&mut self, stretch: &ColumnChunk<'_, T>) -> Result<(), Fault> {
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
    pub fn fill(&mut self, out: &mut [T], reader: &mut ReadBuffers) -> Result<(), Fault> {
        let mut done = 0;
        while done < out.len() {
            let most = out.len() - done;
            let rows = self.pages.rows(most, &mut self.numbers, reader)?;
            let filled = self.block(&mut out[done..done + rows], reader);
            filled.map_err(|fault| self.pages.about(fault))?;
            done += rows;
        }
        Ok(())
    }

    /// Checks that nothing is left, and tells what was met.
    pub fn finish(&mut self, reader: &mut ReadBuffers) -> Result<Tally, Fault> {
        self.pages.finish(&self.numbers, reader)?;
        Ok(self.numbers.tally)
    }

    fn block(&mut self, out: &mut [T], reader: &mut ReadBuffers) -> Result<(), Fault> {
        let numbers = &mut self.numbers;
        let mut mask: Mask = [0; BLOCK / 64];
        let block = self.pages.block(out.len(), &mut mask)?;
        let (body, dense) = (block.body, &mut out[..block.valid]);
        let rule = (&numbers.rule, &mut numbers.tally);
        match block.values {
            OpenValues::Indices(indices) => {
                let indices = (indices, body);
                numbers
                    .dictionary
                    .gather(indices, &mut numbers.stage, dense, rule)?;
            }
            OpenValues::Direct(decoder) => {
                (numbers.dense)(decoder, (body, None), numbers.kind, dense, rule)?;
            }
            OpenValues::Stream(rest) => {
                let from = (block.source, block.end);
                let body = rest.next(dense.len(), from, reader)?;
                (numbers.dense)(&mut Decoder::Plain(0), body, numbers.kind, dense, rule)?;
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
    type Open = OpenValues;

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
            |decoder, out, rule| convert(decoder, (body, None), kind, out, rule),
            |decoder, out| {
                let rule = (&Rule::keep(), &mut Tally::default());
                exactly(decoder, (body, None), kind, out, rule)
            },
            &self.rule,
        )
    }

    fn indices(&self, indices: RleBitPacked) -> OpenValues {
        OpenValues::Indices(indices)
    }

    fn direct(&self, page: &Page, body: &[u8], at: usize) -> Result<OpenValues, Fault> {
        let width = width(self.kind);
        if self.are_none() {
            // However no values are encoded, one that is there all the same is found missing.
            return Ok(OpenValues::Direct(Decoder::Plain(body.len())));
        }
        if let (Some(rest), Width::Fixed(bytes)) = (&page.rest, width) {
            let rest = UnreadValues::new(rest.clone(), bytes, page.sum.clone());
            return Ok(OpenValues::Stream(rest));
        }
        if at == body.len() {
            // All rows are null; not every encoding can say so in no bytes.
            return Ok(OpenValues::Direct(Decoder::Plain(at)));
        }
        let (encoding, is_integer) = (page.header.encoding, is_integer(self.kind));
        let decoder = Decoder::new(encoding, width, body, at, is_integer)?;
        Ok(OpenValues::Direct(decoder))
    }

    fn has_more(
        &self,
        open: &OpenValues,
        body: &[u8],
        (source, reader): (&Arc<Source>, &mut ReadBuffers),
    ) -> Result<bool, Fault> {
        match open {
            OpenValues::Direct(decoder) => Ok(decoder.has_more(body, width(self.kind))),
            OpenValues::Stream(rest) => rest.clone().has_more(source, reader),
            OpenValues::Indices(_) => Ok(false),
        }
    }
}
