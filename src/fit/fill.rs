//! Fills that have to be fitted: the median or the mean of a column as it stands in the output,
//! found there and written into its gaps.

use std::slice::from_ref;
use std::sync::Mutex;

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::error::{Error, Result};
use crate::fit::matrix::medians;
use crate::fit::streaming::StreamingMedians;
use crate::kernel::Real;
use crate::kernel::median::rows::COLUMNS_AT_ONCE;
use crate::kernel::moves::fill::{copy_filled, fill_rows};
use crate::kernel::scalar::sum::ExactSum;
use crate::output::turn::turn;
use crate::workers::Team;
use crate::workers::lock;

/// Bytes of rows that are gone over between two looks at whether to go on.
const BLOCK: usize = 1 << 19;

/// How a column is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillKind {
    /// With its median.
    Median,
    /// With its mean.
    Mean,
    /// With zeros, for it has no values.
    Zero,
}

/// A column to fit.
#[derive(Debug, Clone, Copy)]
pub struct GapColumn {
    /// Which column.
    pub column: usize,
    /// Its values that are not missing.
    pub count: u64,
    /// Whether it has gaps to write to.
    pub missing: bool,
    /// What it is filled with.
    pub fit: FillKind,
}

/// Fits and fills `gaps`, which are in the order of the columns, and returns what each was filled
/// with. Medians that were found in passing are not looked for again, and are written while the
/// `sheets`, where `out` consists of such, are turned.
pub fn settle<T: Real>(
    mut out: ArrayViewMut2<'_, T>,
    gaps: &[GapColumn],
    (passing, sheets): (Option<StreamingMedians<T>>, Option<usize>),
    mut passes: Team<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    let (mut fills, filled, unknown) = known(gaps, passing);
    let missing = gaps.iter().filter(|gap| gap.missing);
    let mut missing: Vec<usize> = missing.map(|gap| gap.column).collect();
    missing.retain(|column| filled.binary_search(column).is_err());
    if let Some(sheet_rows) = sheets {
        let row = row(out.ncols(), &fills, &missing);
        let copy = |column: usize, from: &[T], to: &mut [T]| copy_filled(from, to, row[column]);
        let all = 0..out.ncols();
        turn(
            out.view_mut(),
            (sheet_rows, from_ref(&all)),
            &copy,
            &mut passes,
        )?;
        missing.retain(|column| row[*column].is_nan());
    }
    fills.extend(medians(&out.view(), &unknown, &mut passes)?);
    let means_of = gaps.iter().filter(|gap| gap.fit == FillKind::Mean).copied();
    let means_of: Vec<GapColumn> = means_of.collect();
    fills.extend(means(&out.view(), &means_of, &mut passes)?);
    fills.sort_unstable_by_key(|(column, _)| *column);
    fill(out, &fills, &missing, &mut passes)?;
    Ok(fills)
}

/// Fills that are known already, columns that are already filled, and those whose median is unknown.
fn known<T: Real>(
    gaps: &[GapColumn],
    mut passing: Option<StreamingMedians<T>>,
) -> (Vec<(usize, T)>, Vec<usize>, Vec<GapColumn>) {
    let (mut fills, mut filled) = (Vec::with_capacity(gaps.len()), Vec::new());
    let mut unknown = Vec::new();
    for gap in gaps {
        let mut passed = || passing.as_mut()?.passed(gap.column, gap.count);
        match gap.fit {
            FillKind::Zero => fills.push((gap.column, T::nearest(0.0))),
            FillKind::Mean => {}
            FillKind::Median => match passed() {
                Some(known) => {
                    fills.push((gap.column, known.median));
                    filled.extend(known.is_filled.then_some(gap.column));
                }
                None => unknown.push(*gap),
            },
        }
    }
    (fills, filled, unknown)
}

/// What to write into the gaps of each column: NaN where nothing is known, or nothing missing.
fn row<T: Real>(columns: usize, fills: &[(usize, T)], missing: &[usize]) -> Vec<T> {
    let mut row = vec![T::MISSING; columns];
    for (column, fill) in fills {
        if missing.binary_search(column).is_ok() {
            row[*column] = *fill;
        }
    }
    row
}

fn means<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    passes: &mut Team<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let queue = Mutex::new(gaps.iter());
    let workers = passes.workers;
    let found = workers.run(passes.threads, &mut *passes.caller, || {
        let mut found = Vec::new();
        loop {
            let Some(gap) = lock(&queue).next() else {
                return Ok(found);
            };
            let mut sum = ExactSum::default();
            for values in out.column(gap.column).axis_chunks_iter(Axis(0), BLOCK / 16) {
                let values = values.into_iter().filter(|value| !value.is_nan());
                values.for_each(|value| sum.add(value.to_f64()));
                workers.done(0)?;
            }
            workers.done(out.nrows())?;
            found.push((gap.column, T::nearest(sum.mean())));
        }
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Writes the fills of the columns `missing` into their gaps.
fn fill<T: Real>(
    out: ArrayViewMut2<'_, T>,
    fills: &[(usize, T)],
    missing: &[usize],
    passes: &mut Team<'_, '_>,
) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let (rows, columns) = out.dim();
    let row = row(columns, fills, missing);
    // The pieces lie one behind the other in memory: rows in C order, columns in F order.
    let by_rows = out.is_standard_layout();
    let height = (BLOCK / (columns * size_of::<T>()).max(1)).max(1);
    let (axis, length) = if by_rows {
        (Axis(0), height)
    } else {
        (Axis(1), 1)
    };
    let mut out = out;
    let pieces = Mutex::new(out.axis_chunks_iter_mut(axis, length).enumerate());
    let (workers, returns) = (passes.workers, passes.returns);
    workers.run(passes.threads, &mut *passes.caller, || {
        loop {
            let Some((at, piece)) = lock(&pieces).next() else {
                return Ok(());
            };
            let strange = || Error::Internal("an output is neither C nor F".to_owned());
            let bytes = piece.len() * size_of::<T>();
            let start = at * length * size_of::<T>() * if by_rows { columns } else { rows };
            if by_rows {
                fill_rows(piece.into_slice().ok_or_else(strange)?, &row);
            } else if !row[at].is_nan() {
                let column = piece.index_axis_move(Axis(1), 0);
                for values in column.into_slice().ok_or_else(strange)?.chunks_mut(BLOCK) {
                    fill_rows(values, &[row[at]; COLUMNS_AT_ONCE]);
                    workers.done(0)?;
                }
            }
            returns.give_back(start..start + bytes);
            workers.done(0)?;
        }
    })?;
    Ok(())
}
