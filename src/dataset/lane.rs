//! One column of one row group as a stream of elements, whether it is read from pages or from an array,
//! or is constant.
//!
//! Which of these is decided once when a lane opens, and checked once in each call, never per value.

use std::sync::Arc;

use crate::account::Account;
use crate::arrow::ArrayLane;
use crate::arrow::codes::ArrayCodes;
use crate::arrow::lists::ArrayVectorLane;
use crate::dataset::cells::Cells;
use crate::dataset::constant::value::Value;
use crate::error::Fault;
use crate::io::Source;
use crate::kernel::scalar::clock::count_units;
use crate::kernel::{Cleaner, Element, Rule, Tally, clean};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{self, ColumnChunk, Kind, Stored, VectorLane};

/// A column that is read. Its buffers are reused for the next one.
#[derive(Debug)]
pub struct Lane<T: Element> {
    account: Arc<Account>,
    open: Open,
    pages: Option<parquet::Lane<T>>,
    vectors: Option<Box<VectorLane<T>>>,
    array: Option<ArrayLane<T>>,
    codes: Option<ArrayCodes<T>>,
    lists: Option<Box<ArrayVectorLane<T>>>,
    constant: Option<Constant<T>>,
}

/// Where the rows of an open lane come from.
#[derive(Debug, Clone, Copy)]
enum Open {
    Pages,
    Vectors,
    Array,
    Codes,
    Lists,
    Constant,
}

/// The same, with what they are read with.
enum Reading<'a, T: Element> {
    Pages(&'a mut parquet::Lane<T>),
    Vectors(&'a mut VectorLane<T>),
    Array(&'a mut ArrayLane<T>),
    Codes(&'a mut ArrayCodes<T>),
    Lists(&'a mut ArrayVectorLane<T>),
    Constant(&'a mut Constant<T>),
}

/// The same element for each row.
#[derive(Debug)]
struct Constant<T> {
    value: T,
    /// The tally of one row.
    each: Tally,
    rows: u64,
}

impl<T: Element> Lane<T> {
    /// A closed lane, whose buffers will be leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            account: Arc::clone(account),
            open: Open::Pages,
            pages: None,
            vectors: None,
            array: None,
            codes: None,
            lists: None,
            constant: None,
        }
    }

    /// Opens the lane before the first row of `cells`.
    pub fn open(
        &mut self,
        source: &Arc<Source>,
        cells: &Cells,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        match cells {
            Cells::Chunk {
                chunk,
                stored,
                nesting,
                width,
            } => {
                let chunk = ColumnChunk {
                    source,
                    chunk,
                    nesting: *nesting,
                };
                self.open_pages(&chunk, stored, *width, rule)?;
            }
            Cells::Array {
                array,
                stored,
                width: Some(width),
            } => {
                source.note_read(array.bytes());
                let lane = ArrayVectorLane::new(array, stored.kind, *width, rule)?;
                self.lists = Some(Box::new(lane));
                self.open = Open::Lists;
            }
            Cells::Array { array, stored, .. } if matches!(stored.kind, Kind::Text { .. }) => {
                source.note_read(array.bytes());
                self.codes = ArrayCodes::new(array, stored, rule);
                self.open = Open::Codes;
            }
            Cells::Array { array, stored, .. } => {
                source.note_read(array.bytes());
                match &mut self.array {
                    Some(lane) => lane.reopen(array, stored.kind, rule)?,
                    none => *none = Some(ArrayLane::new(array, stored.kind, rule)?),
                }
                self.open = Open::Array;
            }
            Cells::Constant(value) => {
                self.constant = Some(Constant::new(value, rule));
                self.open = Open::Constant;
            }
        }
        Ok(())
    }

    fn open_pages(
        &mut self,
        chunk: &ColumnChunk<'_>,
        stored: &Stored,
        width: usize,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        let account = &self.account;
        if chunk.nesting.is_vector() {
            match &mut self.vectors {
                Some(vectors) => vectors.reopen(chunk, stored, width, rule)?,
                none => {
                    let lane = VectorLane::new(chunk, stored, width, rule, account)?;
                    *none = Some(Box::new(lane));
                }
            }
            self.open = Open::Vectors;
        } else {
            match &mut self.pages {
                Some(pages) => pages.reopen(chunk, stored, rule)?,
                none => *none = Some(parquet::Lane::new(chunk, stored, rule, account)?),
            }
            self.open = Open::Pages;
        }
        Ok(())
    }

    /// Fills `out` with the next rows; with the numbers of each, one row behind the other, if they are
    /// lists.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match self.reading()? {
            Reading::Pages(pages) => pages.fill(out, buffers),
            Reading::Vectors(vectors) => vectors.fill(out, buffers),
            Reading::Array(array) => array.fill(out),
            Reading::Codes(codes) => codes.fill(out),
            Reading::Lists(lists) => lists.fill(out),
            Reading::Constant(constant) => {
                out.fill(constant.value);
                constant.rows += out.len() as u64;
                Ok(())
            }
        }
    }

    /// Fills the front of `out` with those of the next `rows` rows whose bit is set in `wanted`, and
    /// returns how many they are. Only they are counted.
    pub fn fill_wanted(
        &mut self,
        rows: usize,
        wanted: &[u64],
        out: &mut [T],
        buffers: &mut ReadBuffers,
    ) -> Result<usize, Fault> {
        match self.reading()? {
            Reading::Pages(pages) => pages.fill_wanted(rows, wanted, out, buffers),
            Reading::Vectors(_) | Reading::Lists(_) => Err(Fault::corrupt(
                "a column of lists is read as one of numbers",
            )),
            Reading::Array(array) => array.fill_wanted(rows, wanted, out),
            Reading::Codes(codes) => codes.fill_wanted(rows, wanted, out),
            Reading::Constant(constant) => {
                let count: u32 = wanted.iter().map(|word| word.count_ones()).sum();
                let count = count as usize;
                out[..count].fill(constant.value);
                constant.rows += count as u64;
                Ok(count)
            }
        }
    }

    /// Skips the next rows, whose values are not counted.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match self.reading()? {
            Reading::Pages(pages) => pages.skip(rows, buffers),
            Reading::Vectors(vectors) => vectors.skip(rows, buffers),
            Reading::Array(array) => array.skip(rows),
            Reading::Codes(codes) => codes.skip(rows),
            Reading::Lists(lists) => lists.skip(rows),
            Reading::Constant(_) => Ok(()),
        }
    }

    /// What was counted so far: of lists, in numbers of all columns.
    pub fn tally(&self) -> Tally {
        let tally = match self.open {
            Open::Pages => self.pages.as_ref().map(|pages| *pages.tally()),
            Open::Vectors => self.vectors.as_ref().map(|vectors| *vectors.tally()),
            Open::Array => self.array.as_ref().map(|array| *array.tally()),
            Open::Codes => self.codes.as_ref().map(|codes| *codes.tally()),
            Open::Lists => self.lists.as_ref().map(|lists| lists.tally()),
            Open::Constant => self.constant.as_ref().map(Constant::tally),
        };
        tally.unwrap_or_default()
    }

    /// Checks that no rows are left, and returns the tally.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        match self.reading()? {
            Reading::Pages(pages) => pages.finish(buffers),
            Reading::Vectors(vectors) => vectors.finish(buffers),
            Reading::Array(array) => array.finish(),
            Reading::Codes(codes) => codes.finish(),
            Reading::Lists(lists) => lists.finish(),
            Reading::Constant(constant) => Ok(constant.tally()),
        }
    }

    /// Gives all buffers back to the account.
    pub fn release_buffers(&mut self) {
        self.pages = None;
        self.vectors = None;
        self.array = None;
        self.codes = None;
        self.lists = None;
    }

    fn reading(&mut self) -> Result<Reading<'_, T>, Fault> {
        let reading = match self.open {
            Open::Pages => self.pages.as_mut().map(Reading::Pages),
            Open::Vectors => self.vectors.as_deref_mut().map(Reading::Vectors),
            Open::Array => self.array.as_mut().map(Reading::Array),
            Open::Codes => self.codes.as_mut().map(Reading::Codes),
            Open::Lists => self.lists.as_deref_mut().map(Reading::Lists),
            Open::Constant => self.constant.as_mut().map(Reading::Constant),
        };
        reading.ok_or_else(|| Fault::corrupt("a lane was read before it was opened"))
    }
}

impl<T: Element> Constant<T> {
    fn new(value: &Value, rule: &Rule<T>) -> Self {
        let mut each = Tally::default();
        let mut element = [rule.null];
        let tally = &mut each;
        match value {
            // Bytes are no number: no plan reads them here.
            Value::Null | Value::Text(_) => tally.nulls = 1,
            Value::Integer(integer) => {
                clean(&[*integer], &mut element, &mut Cleaner { rule, tally });
            }
            Value::Time { ticks, clock } => {
                count_units(&[*ticks], clock, &mut element, &mut Cleaner { rule, tally });
            }
            Value::Float(float) => {
                clean(&[*float], &mut element, &mut Cleaner { rule, tally });
            }
        }
        Self {
            value: element[0],
            each,
            rows: 0,
        }
    }

    fn tally(&self) -> Tally {
        Tally {
            nulls: self.each.nulls * self.rows,
            nans: self.each.nans * self.rows,
            pos_infs: self.each.pos_infs * self.rows,
            neg_infs: self.each.neg_infs * self.rows,
            overflowed: self.each.overflowed * self.rows,
            largest: self.each.largest,
            farthest: self.each.farthest,
        }
    }
}
