//! One pass over an output that counts every value against the bracket of its column, in the order of
//! memory: along the rows, all columns at a time, or column by column.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::fit::strips::Strip;
use crate::kernel::Real;
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::rows::{self, BLOCK, COLUMNS_AT_ONCE, InBrackets, Sieve};
use crate::sys::pages::PageRelease;
use crate::workers::{Team, Workers};

/// Strips that are sifted together: half a page of a row.
const TOGETHER: usize = 32;
/// Blocks of rows that a thread takes at a time.
const BLOCKS: usize = 16;

/// One pass over the values of an output.
#[derive(Debug)]
pub struct Sift<'a, T> {
    /// The strips, whose brackets are set.
    pub strips: &'a [Strip<T>],
    /// Values that are kept of a column.
    pub room: usize,
    /// Takes back pages of a file after they were read.
    pub release: &'a PageRelease,
}

impl<T: Real> Sift<'_, T> {
    /// Counts every value of `out`.
    pub fn run(&self, out: &ArrayView2<'_, T>, team: &mut Team<'_>) -> Result<()> {
        let next = AtomicUsize::new(0);
        let workers = team.workers;
        team.run(|| match out.to_slice() {
            Some(rows) => self.along_rows(rows, out.ncols(), &next, workers),
            None => self.along_columns(out, &next, workers),
        })?;
        Ok(())
    }

    fn along_rows(
        &self,
        rows: &[T],
        columns: usize,
        next: &AtomicUsize,
        workers: &Workers,
    ) -> Result<()> {
        let sieves: Vec<Sieve<T>> = self.strips.iter().map(|strip| strip.sieve).collect();
        let wanted: usize = self.strips.iter().map(|strip| strip.wanted().count()).sum();
        let mut caught: Vec<InBrackets<T>> = Vec::new();
        caught.resize_with(sieves.len().min(TOGETHER), InBrackets::default);
        loop {
            let start = next.fetch_add(BLOCKS * BLOCK * columns, Ordering::Relaxed);
            if start >= rows.len() {
                return Ok(());
            }
            let end = rows.len().min(start + BLOCKS * BLOCK * columns);
            for rows in rows[start..end].chunks(BLOCK * columns) {
                for (strips, sieves) in self.strips.chunks(TOGETHER).zip(sieves.chunks(TOGETHER)) {
                    rows::count(rows, columns, sieves, &mut caught);
                    for (strip, caught) in strips.iter().zip(&mut caught) {
                        strip.take(caught, self.room);
                    }
                }
            }
            let bytes = start * size_of::<T>()..end * size_of::<T>();
            self.release.give_back(bytes);
            workers.done((end - start) / columns * wanted)?;
        }
    }

    fn along_columns(
        &self,
        out: &ArrayView2<'_, T>,
        next: &AtomicUsize,
        workers: &Workers,
    ) -> Result<()> {
        let mut caught = InBracket::default();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(strip) = self.strips.get(at / COLUMNS_AT_ONCE) else {
                return Ok(());
            };
            let place = at % COLUMNS_AT_ONCE;
            if strip.wanted[place].is_none() {
                continue;
            }
            let column = out.column(strip.sieve.at + place);
            let strange = || Error::Internal("an output is neither C nor F".to_owned());
            let column = column.to_slice().ok_or_else(strange)?;
            let bracket = strip.sieve.brackets.of(place);
            for values in column.chunks(STRETCH) {
                caught.count(values, bracket);
                strip.take_column(place, &caught, self.room);
                workers.done(values.len())?;
            }
        }
    }
}
