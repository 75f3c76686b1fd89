//! The fill of a joined column, fitted and written while the whole column is in the cache.
//!
//! A lane counts the values of a table, but a joined column has only some of them, some more than
//! once, and gaps. So a table is decoded by a rule of sentinels, one for each kind of value that is
//! not a plain number, and these are counted and replaced when all values are in their rows.

use crate::error::Fault;
use crate::fit::column::ColumnMedian;
use crate::kernel::median::rows::COLUMNS_AT_ONCE;
use crate::kernel::moves::fill::fill_rows;
use crate::kernel::scalar::sum::ExactSum;
use crate::kernel::{Real, Tally};
use crate::plan::rules::missing;
use crate::plan::{Fill, Options};

/// The gaps of a joined column.
#[derive(Debug, Clone, Copy)]
pub struct JoinedGaps<'a> {
    /// The first rows, which fills are fitted on.
    pub fitted: usize,
    /// Counts of values that are not plain numbers, for each part.
    pub tallies: &'a [Tally],
    /// What fills them.
    pub fill: Fill,
}

/// Fits the fill of a column whose missing values are NaN, writes it to its gaps, and returns it;
/// `None` where there is nothing to fit.
pub fn fill_gaps<T: Real>(
    column: &mut [T],
    gaps: &JoinedGaps<'_>,
    options: &Options,
    medians: &mut ColumnMedian<T>,
) -> Result<Option<T>, Fault> {
    let missing = |tally: &Tally| missing(tally, options);
    let fitted = &mut column[..gaps.fitted];
    let lacking = gaps.tallies.first().map_or(0, missing);
    let count = fitted.len() - usize::try_from(lacking).unwrap_or(0);
    let found = match gaps.fill {
        Fill::Value(_) | Fill::Nothing => return Ok(None),
        Fill::Mean if count == 0 => T::nearest(0.0),
        Fill::Median => match medians.seek(fitted)? {
            Some(found) => found.median(),
            None => T::nearest(0.0),
        },
        Fill::Mean => {
            let mut sum = ExactSum::default();
            for value in fitted.iter().filter(|value| !value.is_nan()) {
                sum.add(value.to_f64());
            }
            T::nearest(sum.mean())
        }
    };
    if gaps.tallies.iter().any(|tally| missing(tally) > 0) {
        fill_rows(column, &[found; COLUMNS_AT_ONCE]);
    }
    Ok(Some(found))
}
