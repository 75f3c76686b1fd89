//! A joined column that lies whole in one piece: what was met in it is counted where it landed,
//! and its fill is found while it is at hand.
//!
//! What a lane counts is what a table holds. A joined column holds some of that, some of it twice,
//! and gaps besides. So a table is decoded by a rule of sentinels, one for each thing that is not
//! plain, and the sentinels are counted and replaced when each stands in its row.

use crate::error::Fault;
use crate::fit::column::ColumnMedian;
use crate::kernel::median::rows::COLUMNS_AT_ONCE;
use crate::kernel::moves::fill::fill_rows;
use crate::kernel::scalar::sum::ExactSum;
use crate::kernel::{Real, Tally};
use crate::plan::rules::missing;
use crate::plan::{Fill, Options};

/// Fits the fill of a column whose missing values are NaN, writes it to its gaps, and tells it.
pub fn settle<T: Real>(
    column: &mut [T],
    tally: &Tally,
    (fill, options): (Fill, &Options),
    seeker: &mut ColumnMedian<T>,
) -> Result<Option<T>, Fault> {
    let missing = missing(tally, options);
    let count = column.len() - usize::try_from(missing).unwrap_or(0);
    let found = match fill {
        Fill::Value(_) | Fill::Nothing => return Ok(None),
        Fill::Mean if count == 0 => T::nearest(0.0),
        Fill::Median => match seeker.seek(column)? {
            Some(found) => found.median(),
            None => T::nearest(0.0),
        },
        Fill::Mean => {
            let mut sum = ExactSum::default();
            for value in column.iter().filter(|value| !value.is_nan()) {
                sum.add(value.to_f64());
            }
            T::nearest(sum.mean())
        }
    };
    if missing > 0 {
        fill_rows(column, &[found; COLUMNS_AT_ONCE]);
    }
    Ok(Some(found))
}
