//! Rows that are in memory already, treated as a load treats those of files: each value goes through
//! the same cast and the same rule, and what a load refuses is refused. Nothing is fitted, read or
//! kept.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};

use crate::error::{Error, Overflow, Result};
use crate::kernel::{Cleaner, Number, Real, Rule, Tally, clean};
use crate::plan::OverflowPolicy;

/// Rows of a column that are cast together.
const STAGE: usize = 256;

/// A matrix that is filled from values in memory.
#[derive(Debug)]
pub struct Serving<'a, T> {
    out: ArrayViewMut2<'a, T>,
    rules: &'a [Rule<T>],
    tallies: Vec<Tally>,
}

impl<'a, T: Real> Serving<'a, T> {
    /// Fills `out`, whose columns have these rules.
    pub fn new(out: ArrayViewMut2<'a, T>, rules: &'a [Rule<T>]) -> Result<Self> {
        if out.ncols() != rules.len() {
            return Err(Error::Internal(
                "a matrix has other columns than its rules".to_owned(),
            ));
        }
        Ok(Self {
            tallies: vec![Tally::default(); rules.len()],
            out,
            rules,
        })
    }

    /// Sets one value.
    #[inline]
    pub fn value<S: Number>(&mut self, row: usize, column: usize, value: S) {
        let mut cast = [T::MISSING];
        let mut cleaner = Cleaner {
            rule: &self.rules[column],
            tally: &mut self.tallies[column],
        };
        clean(&[value], &mut cast, &mut cleaner);
        self.out[(row, column)] = cast[0];
    }

    /// Sets one value that is null.
    #[inline]
    pub fn null(&mut self, row: usize, column: usize) {
        self.tallies[column].nulls += 1;
        self.out[(row, column)] = self.rules[column].null;
    }

    /// Sets all values of a column that is null in every row.
    pub fn nulls(&mut self, column: usize) {
        self.tallies[column].nulls += self.out.nrows() as u64;
        self.out.column_mut(column).fill(self.rules[column].null);
    }

    /// Sets a column; `nulls` says where it has no value.
    pub fn column<S: Number>(
        &mut self,
        column: usize,
        values: &ArrayView1<'_, S>,
        nulls: Option<&ArrayView1<'_, bool>>,
    ) -> Result<()> {
        let rows = self.out.nrows();
        if values.len() != rows || nulls.is_some_and(|nulls| nulls.len() != rows) {
            return Err(Error::Argument(format!(
                "data: expected columns of {rows} rows each, found one of {}",
                values.len()
            )));
        }
        let mut stage = Stage::new();
        for start in (0..rows).step_by(STAGE) {
            let end = rows.min(start + STAGE);
            let nulls = nulls.map(|nulls| nulls.slice(s![start..end]));
            let values = values.slice(s![start..end]);
            self.block(start, column, &values, nulls.as_ref(), &mut stage);
        }
        Ok(())
    }

    /// Sets all columns from those of an array, in their order.
    pub fn array<S: Number>(&mut self, values: &ArrayView2<'_, S>) -> Result<()> {
        if values.dim() != self.out.dim() {
            return Err(Error::Argument(format!(
                "data: expected an array of shape {:?}, found {:?}",
                self.out.dim(),
                values.dim()
            )));
        }
        let (rows, columns) = self.out.dim();
        if rows == 1 {
            for (column, value) in values.row(0).iter().enumerate() {
                self.value(0, column, *value);
            }
            return Ok(());
        }
        let mut stage = Stage::new();
        for start in (0..rows).step_by(STAGE) {
            let end = rows.min(start + STAGE);
            let values = values.slice_axis(Axis(0), (start..end).into());
            for column in 0..columns {
                self.block(start, column, &values.column(column), None, &mut stage);
            }
        }
        Ok(())
    }

    /// Sets at most `STAGE` rows of a column, from row `start`.
    fn block<S: Number>(
        &mut self,
        start: usize,
        column: usize,
        values: &ArrayView1<'_, S>,
        nulls: Option<&ArrayView1<'_, bool>>,
        stage: &mut Stage<S, T>,
    ) {
        let count = values.len();
        let Stage { stored, cast } = stage;
        let (stored, cast) = (&mut stored[..count], &mut cast[..count]);
        for (stored, value) in stored.iter_mut().zip(values) {
            *stored = *value;
        }
        let rule = &self.rules[column];
        let tally = &mut self.tallies[column];
        if let Some(nulls) = nulls {
            // What stands where there is no value is not to be counted.
            for (stored, is_null) in stored.iter_mut().zip(nulls) {
                *stored = if *is_null { S::default() } else { *stored };
            }
        }
        clean(stored, cast, &mut Cleaner { rule, tally });
        if let Some(nulls) = nulls {
            for (cast, _) in cast.iter_mut().zip(nulls).filter(|(_, null)| **null) {
                *cast = rule.null;
                tally.nulls += 1;
            }
        }
        let mut out = self.out.slice_mut(s![start..start + count, column]);
        for (out, value) in out.iter_mut().zip(cast) {
            *out = *value;
        }
    }

    /// Refuses finite values that do not fit, if the policy says so. `names` are those of the columns.
    pub fn finish(self, names: &[String], policy: OverflowPolicy) -> Result<()> {
        let columns = names.iter().zip(&self.tallies);
        let overflowed = columns.filter(|(_, tally)| tally.overflowed > 0);
        let columns: Vec<Overflow> = overflowed
            .map(|(name, tally)| Overflow {
                column: name.clone(),
                count: tally.overflowed,
                largest: tally.largest,
            })
            .collect();
        if policy != OverflowPolicy::Raise || columns.is_empty() {
            return Ok(());
        }
        Err(Error::CastOverflow {
            columns,
            dtype: T::NAME,
        })
    }
}

/// Values on their way through the cast.
struct Stage<S, T> {
    stored: [S; STAGE],
    cast: [T; STAGE],
}

impl<S: Number, T: Real> Stage<S, T> {
    fn new() -> Self {
        Self {
            stored: [S::default(); STAGE],
            cast: [T::MISSING; STAGE],
        }
    }
}
