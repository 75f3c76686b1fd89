//! Medians of columns that lie in contiguous pieces, as in sheets before they are turned: where the
//! bracket of the first rows missed, one from rows all over the column is counted along its pieces.
//!
//! ```text
//! for each column: a bracket from a sample of all rows
//!                  for each zone: count it, unless its ends show where all of it is
//! ```
//!
//! A column whose bracket missed wanders or is sorted, so most of its zones lie beside the new bracket.
//! The rest is read at the speed of memory, and the turn can fill the gaps. Where this
//! bracket misses as well, or memory for what it keeps is refused, the median is left to be found in the
//! output.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayView2;

use crate::account::{Account, Scratch};
use crate::error::{Fault, Result};
use crate::fit::gaps::{ColumnFill, GapColumn};
use crate::kernel::Real;
use crate::kernel::median::bracket::{self, Bracket, SURE};
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::counts::Counts;
use crate::kernel::median::zone::Zone;
use crate::workers::Team;

/// Values of the sample. See `benchmarks/NOTES.md`.
const SAMPLE: usize = 4096;

/// The most zones of a column.
const ZONES: usize = 512;

/// What lies where in a column: its rows in zones of equal height.
#[derive(Debug)]
pub struct ColumnZones<T> {
    zones: Scratch<Zone<T>>,
    height: usize,
}

/// A column whose bracket missed, with what lies where in it, if that is known.
#[derive(Debug)]
pub struct SoughtColumn<T> {
    /// The column.
    pub gap: GapColumn,
    /// What lies where.
    pub zones: Option<ColumnZones<T>>,
}

/// An output whose columns lie in pieces, one for each sheet.
#[derive(Debug, Clone, Copy)]
pub struct ColumnPieces<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    /// Rows of a piece; the last one may have fewer.
    height: usize,
    /// The first rows, which fills are fitted on.
    fitted: usize,
}

/// The medians that were found, and the columns whose median was not.
#[derive(Debug)]
pub struct SoughtMedians<T> {
    /// Those that were found.
    pub found: Vec<ColumnFill<T>>,
    /// The columns whose bracket missed.
    pub missed: Vec<GapColumn>,
}

/// The buffers of a thread.
struct Finder<T> {
    caught: InBracket<T>,
    sample: Vec<T>,
    /// Counts of a column.
    counts: Counts,
    /// Its values inside the bracket, `length` of them.
    kept: Scratch<T>,
    length: usize,
}

impl<'a, T: Real> ColumnPieces<'a, T> {
    /// The pieces of an output of which `fitted` rows count, in sheets of `sheet_rows` rows or in column
    /// order; `None` where it is in rows.
    pub fn of(
        out: &'a ArrayView2<'_, T>,
        sheet_rows: Option<usize>,
        fitted: usize,
    ) -> Option<Self> {
        let (rows, columns) = out.dim();
        let values = match sheet_rows {
            Some(_) => out.to_slice(),
            None => out.t().to_slice(),
        };
        Some(Self {
            values: values?,
            rows,
            columns,
            height: sheet_rows.unwrap_or(rows).max(1),
            fitted,
        })
    }

    /// The medians of columns, as far as a bracket from a sample finds them.
    pub fn medians(
        self,
        columns: &[SoughtColumn<T>],
        team: &mut Team<'_>,
    ) -> Result<SoughtMedians<T>> {
        if columns.is_empty() {
            return Ok(SoughtMedians {
                found: Vec::new(),
                missed: Vec::new(),
            });
        }
        let account = team.account;
        let workers = team.workers;
        let begin = || {
            Ok(Finder {
                caught: InBracket::default(),
                sample: Vec::with_capacity(SAMPLE),
                counts: Counts::default(),
                kept: Scratch::new(account),
                length: 0,
            })
        };
        let sought = team.for_each(columns, begin, |finder, column| {
            workers.check()?;
            Ok((column.gap, finder.median(self, column)))
        })?;
        let mut medians = SoughtMedians {
            found: Vec::with_capacity(columns.len()),
            missed: Vec::new(),
        };
        for (gap, median) in sought {
            let column = gap.column;
            match median {
                Some(value) => medians.found.push(ColumnFill { column, value }),
                None => medians.missed.push(gap),
            }
        }
        Ok(medians)
    }

    /// How many rows count.
    pub(super) const fn fitted(self) -> usize {
        self.fitted
    }

    /// How many sheets have rows that count.
    pub(super) const fn sheets(self) -> usize {
        self.fitted.div_ceil(self.height)
    }

    /// The rows of a sheet that count; none behind the last.
    pub(super) fn sheet(self, at: usize) -> Range<usize> {
        let first = self.fitted.min(at.saturating_mul(self.height));
        first..self.fitted.min(first.saturating_add(self.height))
    }

    /// The values of some rows of a column, piece by piece.
    pub(super) fn values(self, column: usize, rows: Range<usize>) -> impl Iterator<Item = &'a [T]> {
        let Range { mut start, end } = rows;
        std::iter::from_fn(move || {
            let left = self.height - start % self.height;
            let until = end.min(start + left);
            let place = self.place(column, start);
            let values = &self.values[place..place + until - start];
            start = until;
            (!values.is_empty()).then_some(values)
        })
    }

    /// The value of a row.
    pub(super) fn value(self, column: usize, row: usize) -> T {
        self.values[self.place(column, row)]
    }

    /// Where the value of a row is.
    fn place(self, column: usize, row: usize) -> usize {
        let at = row % self.height;
        let first = row - at;
        let height = self.height.min(self.rows - first);
        first * self.columns + column * height + at
    }
}

impl<T: Real> ColumnZones<T> {
    /// Zones of a column of so many rows, of which nothing is known.
    pub fn new(rows: usize, account: &Arc<Account>) -> Result<Self, Fault> {
        let height = Self::height(rows);
        let mut zones = Scratch::new(account);
        zones.fit(rows.div_ceil(height))?;
        Ok(Self { zones, height })
    }

    /// How many rows a zone has, of so many.
    pub fn height(rows: usize) -> usize {
        rows.div_ceil(ZONES).next_multiple_of(STRETCH).max(STRETCH)
    }

    /// Adds values of one zone, of which the first is in the row `first`.
    pub fn add(&mut self, first: usize, values: Zone<T>) {
        if let Some(zone) = self.zones.all_mut().get_mut(first / self.height) {
            zone.add(values);
        }
    }

    /// How many values are not missing.
    pub fn present(&self) -> u64 {
        self.zones.all().iter().map(|zone| zone.present()).sum()
    }
}

impl<T: Real> Finder<T> {
    /// The median of a column; `None` where the bracket misses, or where memory is refused.
    fn median(&mut self, pieces: ColumnPieces<'_, T>, sought: &SoughtColumn<T>) -> Option<T> {
        let SoughtColumn { gap, zones } = sought;
        let rows = pieces.fitted;
        let sample = bracket::places(rows, SAMPLE);
        self.sample.clear();
        self.sample
            .extend(sample.map(|row| pieces.value(gap.column, row)));
        let picked = self.sample.len();
        let ends = bracket::bracket(&mut self.sample, SURE);
        self.kept.fit(bracket::expected(rows, picked, SURE)).ok()?;
        self.counts = Counts::default();
        self.length = 0;
        let Some(zones) = zones else {
            self.count(pieces.values(gap.column, 0..rows), ends)?;
            return self.found(*gap, ends);
        };
        for (at, zone) in zones.zones.all().iter().enumerate() {
            let first = at * zones.height;
            if let Some(counts) = zone.counts(ends) {
                self.counts.add(counts);
            } else {
                let rows = first..rows.min(first + zones.height);
                self.count(pieces.values(gap.column, rows), ends)?;
            }
        }
        self.found(*gap, ends)
    }

    /// Counts values, and keeps those inside the bracket; `None` where there is no room for them.
    fn count<'a>(&mut self, pieces: impl Iterator<Item = &'a [T]>, ends: Bracket<T>) -> Option<()>
    where
        T: 'a,
    {
        for values in pieces.flat_map(|piece| piece.chunks(STRETCH)) {
            self.caught.count(values, ends);
            let inside = self.caught.inside();
            let end = self.length + inside.len();
            let kept = self.kept.all_mut().get_mut(self.length..end)?;
            kept.copy_from_slice(inside);
            self.counts.add(self.caught.counts);
            self.length = end;
        }
        Some(())
    }

    fn found(&mut self, gap: GapColumn, ends: Bracket<T>) -> Option<T> {
        let kept = &mut self.kept.all_mut()[..self.length];
        let middle = bracket::middle(gap.count, ends, self.counts, kept);
        middle.map(|middle| middle.median(gap.count))
    }
}
