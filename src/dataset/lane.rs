//! One column of one row group as a stream of elements, whether it is read from pages or constant.
//!
//! Which of the two is decided once when a lane opens, and checked once in each call, never per value.

use std::sync::Arc;

use crate::account::Account;
use crate::dataset::cells::{Cells, Value};
use crate::error::Fault;
use crate::io::Source;
use crate::kernel::{Cleaner, Element, Rule, Tally, clean};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{self, ColumnChunk};

/// A column that is read. Its buffers are reused for the next one.
#[derive(Debug)]
pub struct Lane<T: Element> {
    account: Arc<Account>,
    pages: Option<parquet::Lane<T>>,
    constant: Option<Constant<T>>,
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
            pages: None,
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
        self.constant = None;
        match cells {
            Cells::Chunk {
                chunk,
                stored,
                nullable,
            } => {
                let chunk = ColumnChunk {
                    source,
                    chunk,
                    nullable: *nullable,
                };
                match &mut self.pages {
                    Some(pages) => pages.reopen(&chunk, stored, rule)?,
                    none => *none = Some(parquet::Lane::new(&chunk, stored, rule, &self.account)?),
                }
            }
            Cells::Constant(value) => self.constant = Some(Constant::new(*value, rule)),
        }
        Ok(())
    }

    /// Fills `out` with the next rows.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match (&mut self.constant, &mut self.pages) {
            (Some(constant), _) => {
                out.fill(constant.value);
                constant.rows += out.len() as u64;
                Ok(())
            }
            (None, Some(pages)) => pages.fill(out, buffers),
            (None, None) => Err(closed()),
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
        match (&mut self.constant, &mut self.pages) {
            (Some(constant), _) => {
                let count: u32 = wanted.iter().map(|word| word.count_ones()).sum();
                let count = count as usize;
                out[..count].fill(constant.value);
                constant.rows += count as u64;
                Ok(count)
            }
            (None, Some(pages)) => pages.fill_wanted(rows, wanted, out, buffers),
            (None, None) => Err(closed()),
        }
    }

    /// Skips the next rows, whose values are not counted.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match (&self.constant, &mut self.pages) {
            (Some(_), _) => Ok(()),
            (None, Some(pages)) => pages.skip(rows, buffers),
            (None, None) => Err(closed()),
        }
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        match (&self.constant, &self.pages) {
            (Some(constant), _) => constant.tally(),
            (None, pages) => pages
                .as_ref()
                .map_or_else(Tally::default, |pages| *pages.tally()),
        }
    }

    /// Checks that no rows are left, and returns the tally.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        match (&self.constant, &mut self.pages) {
            (Some(constant), _) => Ok(constant.tally()),
            (None, Some(pages)) => pages.finish(buffers),
            (None, None) => Err(closed()),
        }
    }

    /// Gives all buffers back to the account.
    pub fn release_buffers(&mut self) {
        self.pages = None;
    }
}

impl<T: Element> Constant<T> {
    fn new(value: Value, rule: &Rule<T>) -> Self {
        let mut each = Tally::default();
        let mut element = [rule.null];
        match value {
            Value::Null => each.nulls = 1,
            Value::Integer(integer) => {
                let tally = &mut each;
                clean(&[integer], &mut element, &mut Cleaner { rule, tally });
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

fn closed() -> Fault {
    Fault::corrupt("a lane was read before it was opened")
}
