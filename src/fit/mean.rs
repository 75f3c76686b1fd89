//! Means of the columns of an output, from exact sums, so that the order of values does not matter.

use ndarray::{ArrayView2, Axis};

use crate::error::Result;
use crate::fit::gaps::{ColumnFill, GapColumn};
use crate::kernel::Real;
use crate::kernel::scalar::sum::ExactSum;
use crate::workers::Team;

/// Values that are read between two polls for cancellation.
const BLOCK: usize = 32 << 10;

/// Returns the mean of each column of `gaps`, in no particular order.
pub fn means<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    team: &mut Team<'_>,
) -> Result<Vec<ColumnFill<T>>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let workers = team.workers;
    team.for_each(
        gaps,
        || Ok(()),
        |(), gap| {
            let mut sum = ExactSum::default();
            for values in out.column(gap.column).axis_chunks_iter(Axis(0), BLOCK) {
                let values = values.into_iter().filter(|value| !value.is_nan());
                values.for_each(|value| sum.add(value.to_f64()));
                workers.check()?;
            }
            workers.done(out.nrows())?;
            Ok(ColumnFill {
                column: gap.column,
                value: T::nearest(sum.mean()),
            })
        },
    )
}
