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
use crate::parquet::{self, ColumnChunk, Kind};

/// A column that is read. Its buffers are reused for the next one.
#[derive(Debug)]
pub struct Lane<T: Element> {
    account: Arc<Account>,
    pages: Option<parquet::Lane<T>>,
    vectors: Option<parquet::VectorLane<T>>,
    /// Whether the open column is one of lists.
    is_vector: bool,
    constant: Option<Constant<T>>,
}

/// A column that is read from pages.
enum Paged<'a, T: Element> {
    Numbers(&'a mut parquet::Lane<T>),
    Vectors(&'a mut parquet::VectorLane<T>),
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
            vectors: None,
            is_vector: false,
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
                kind,
                nesting,
                width,
            } => {
                let chunk = ColumnChunk {
                    source,
                    chunk,
                    nesting: *nesting,
                };
                self.is_vector = nesting.is_vector();
                self.open_pages(&chunk, *kind, *width, rule)?;
            }
            Cells::Constant(value) => self.constant = Some(Constant::new(*value, rule)),
        }
        Ok(())
    }

    fn open_pages(
        &mut self,
        chunk: &ColumnChunk<'_>,
        kind: Kind,
        width: usize,
        rule: &Rule<T>,
    ) -> Result<(), Fault> {
        let account = &self.account;
        if self.is_vector {
            match &mut self.vectors {
                Some(vectors) => vectors.reopen(chunk, kind, width, rule)?,
                none => *none = Some(parquet::VectorLane::new(chunk, kind, width, rule, account)?),
            }
        } else {
            match &mut self.pages {
                Some(pages) => pages.reopen(chunk, kind, rule)?,
                none => *none = Some(parquet::Lane::new(chunk, kind, rule, account)?),
            }
        }
        Ok(())
    }

    /// The open column, where it is read from pages.
    fn paged(&mut self) -> Result<Paged<'_, T>, Fault> {
        match (self.is_vector, &mut self.pages, &mut self.vectors) {
            (false, Some(pages), _) => Ok(Paged::Numbers(pages)),
            (true, _, Some(vectors)) => Ok(Paged::Vectors(vectors)),
            _ => Err(Fault::corrupt("a lane was read before it was opened")),
        }
    }

    /// Fills `out` with the next rows; with the numbers of each, one row behind the other, if they are
    /// lists.
    pub fn fill(&mut self, out: &mut [T], buffers: &mut ReadBuffers) -> Result<(), Fault> {
        if let Some(constant) = &mut self.constant {
            out.fill(constant.value);
            constant.rows += out.len() as u64;
            return Ok(());
        }
        match self.paged()? {
            Paged::Numbers(pages) => pages.fill(out, buffers),
            Paged::Vectors(vectors) => vectors.fill(out, buffers),
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
        if let Some(constant) = &mut self.constant {
            let count: u32 = wanted.iter().map(|word| word.count_ones()).sum();
            let count = count as usize;
            out[..count].fill(constant.value);
            constant.rows += count as u64;
            return Ok(count);
        }
        match self.paged()? {
            Paged::Numbers(pages) => pages.fill_wanted(rows, wanted, out, buffers),
            Paged::Vectors(_) => Err(Fault::corrupt(
                "a column of lists is read as one of numbers",
            )),
        }
    }

    /// Skips the next rows, whose values are not counted.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        if self.constant.is_some() {
            return Ok(());
        }
        match self.paged()? {
            Paged::Numbers(pages) => pages.skip(rows, buffers),
            Paged::Vectors(vectors) => vectors.skip(rows, buffers),
        }
    }

    /// What was counted so far: of lists, in numbers of all columns.
    pub fn tally(&self) -> Tally {
        match (&self.constant, self.is_vector) {
            (Some(constant), _) => constant.tally(),
            (None, false) => self
                .pages
                .as_ref()
                .map_or_else(Tally::default, |pages| *pages.tally()),
            (None, true) => {
                let vectors = self.vectors.as_ref();
                vectors.map_or_else(Tally::default, |vectors| *vectors.tally())
            }
        }
    }

    /// Checks that no rows are left, and returns the tally.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<Tally, Fault> {
        if let Some(constant) = &self.constant {
            return Ok(constant.tally());
        }
        match self.paged()? {
            Paged::Numbers(pages) => pages.finish(buffers),
            Paged::Vectors(vectors) => vectors.finish(buffers),
        }
    }

    /// Gives all buffers back to the account.
    pub fn release_buffers(&mut self) {
        self.pages = None;
        self.vectors = None;
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
        }
    }
}
