//! Rows that are in memory already, treated as a load treats those of files: each value goes through
//! the same cast and the same rule, and what a load refuses is refused. Nothing is fitted, read or
//! kept.

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2, s};

use crate::error::{Error, Overflow, Result};
use crate::kernel::scalar::clock::{Clock, count_units, count_wide_units};
use crate::kernel::{Cleaner, Number, Real, Rule, Tally, clean};
use crate::plan::OverflowPolicy;
use crate::texts::Texts;

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

    /// Sets one value to the code of a text; one that has no code is as missing as NaN.
    #[inline]
    pub fn text(&mut self, row: usize, column: usize, text: &[u8], texts: &Texts) {
        self.value(row, column, texts.find(text).map_or(f64::NAN, f64::from));
    }

    /// Sets one value to the number of units of a time.
    pub fn time(&mut self, row: usize, column: usize, ticks: i128, clock: &Clock) {
        let mut cast = [T::MISSING];
        let mut cleaner = Cleaner {
            rule: &self.rules[column],
            tally: &mut self.tallies[column],
        };
        count_wide_units(&[ticks], clock, &mut cast, &mut cleaner);
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
        self.require_rows(values.len(), nulls)?;
        let mut stage = Stage::new(S::default());
        for start in (0..values.len()).step_by(STAGE) {
            let piece = Piece::of(values, nulls, start);
            self.block(column, &piece, &mut stage, clean);
        }
        Ok(())
    }

    /// Sets a column to numbers of units; `nulls` says where it has no time. The least number of 64
    /// bits is no time either.
    pub fn times(
        &mut self,
        column: usize,
        ticks: &ArrayView1<'_, i64>,
        nulls: Option<&ArrayView1<'_, bool>>,
        clock: &Clock,
    ) -> Result<()> {
        self.require_rows(ticks.len(), nulls)?;
        let mut stage = Stage::new(i64::MIN);
        for start in (0..ticks.len()).step_by(STAGE) {
            let piece = Piece::of(ticks, nulls, start);
            self.block(column, &piece, &mut stage, |ticks, out, cleaner| {
                count_units(ticks, clock, out, cleaner);
            });
        }
        Ok(())
    }

    /// Refuses a column of another length.
    fn require_rows(&self, found: usize, nulls: Option<&ArrayView1<'_, bool>>) -> Result<()> {
        let rows = self.out.nrows();
        if found != rows || nulls.is_some_and(|nulls| nulls.len() != rows) {
            return Err(Error::Argument(format!(
                "data: expected columns of {rows} rows each, found one of {found}"
            )));
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
        let mut stage = Stage::new(S::default());
        for start in (0..rows).step_by(STAGE) {
            for column in 0..columns {
                let piece = Piece::of(&values.column(column), None, start);
                self.block(column, &piece, &mut stage, clean);
            }
        }
        Ok(())
    }

    /// Sets the rows of a piece of a column.
    fn block<S: Number>(
        &mut self,
        column: usize,
        piece: &Piece<'_, S>,
        stage: &mut Stage<S, T>,
        convert: impl Fn(&[S], &mut [T], &mut Cleaner<'_, T>),
    ) {
        let Piece {
            start,
            values,
            nulls,
        } = piece;
        let count = values.len();
        let Stage {
            absent,
            stored,
            cast,
        } = stage;
        let (stored, cast) = (&mut stored[..count], &mut cast[..count]);
        for (stored, value) in stored.iter_mut().zip(values) {
            *stored = *value;
        }
        let rule = &self.rules[column];
        let tally = &mut self.tallies[column];
        if let Some(nulls) = nulls {
            // What stands where there is no value is not to be counted.
            for (stored, is_null) in stored.iter_mut().zip(nulls) {
                *stored = if *is_null { *absent } else { *stored };
            }
        }
        convert(stored, cast, &mut Cleaner { rule, tally });
        if let Some(nulls) = nulls {
            for (cast, _) in cast.iter_mut().zip(nulls).filter(|(_, null)| **null) {
                *cast = rule.null;
                tally.nulls += 1;
            }
        }
        let mut out = self.out.slice_mut(s![*start..start + count, column]);
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

/// Some rows of a column.
struct Piece<'a, S> {
    /// The number of the first.
    start: usize,
    values: ArrayView1<'a, S>,
    nulls: Option<ArrayView1<'a, bool>>,
}

impl<'a, S> Piece<'a, S> {
    /// At most `STAGE` rows, from row `start`.
    fn of(values: &ArrayView1<'a, S>, nulls: Option<&ArrayView1<'a, bool>>, start: usize) -> Self {
        let end = values.len().min(start + STAGE);
        Self {
            start,
            values: (*values).slice_move(s![start..end]),
            nulls: nulls.map(|nulls| (*nulls).slice_move(s![start..end])),
        }
    }
}

/// Values on their way through the cast.
struct Stage<S, T> {
    /// What stands where there is no value.
    absent: S,
    stored: [S; STAGE],
    cast: [T; STAGE],
}

impl<S: Number, T: Real> Stage<S, T> {
    fn new(absent: S) -> Self {
        Self {
            absent,
            stored: [absent; STAGE],
            cast: [T::MISSING; STAGE],
        }
    }
}
