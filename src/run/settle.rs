//! Fills that have to be fitted: the median or the mean of a column as it stands in the output,
//! found there and written into its gaps.

use std::sync::Mutex;

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::kernel::patch::patch;
use crate::kernel::sieve::LANES;
use crate::kernel::sum::ExactSum;
use crate::run::crew::lock;
use crate::run::medians::{Passes, medians};
use crate::run::passing::Passing;

/// Bytes of rows that are gone over between two looks at whether to go on.
const BLOCK: usize = 1 << 19;

/// How a column is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// With its median.
    Median,
    /// With its mean.
    Mean,
}

/// A column to fit.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// Which column.
    pub column: usize,
    /// Its values that are not missing: at least one.
    pub count: u64,
    /// Whether it has gaps to write to.
    pub missing: bool,
    /// What it is filled with.
    pub fit: Fit,
}

/// Fits and fills `gaps`, which are in the order of the columns, and returns what each was filled
/// with. Medians that were found in passing are not looked for again.
pub fn settle<T: Real>(
    out: ArrayViewMut2<'_, T>,
    gaps: &[Gap],
    mut passing: Option<Passing<T>>,
    mut passes: Passes<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    let of = |fit: Fit| gaps.iter().filter(move |gap| gap.fit == fit).copied();
    let (mut fills, mut unknown) = (Vec::with_capacity(gaps.len()), Vec::new());
    let mut filled = Vec::new();
    let mut missing: Vec<usize> = gaps
        .iter()
        .filter(|g| g.missing)
        .map(|g| g.column)
        .collect();
    for gap in of(Fit::Median) {
        let known = passing
            .as_mut()
            .and_then(|p| p.passed(gap.column, gap.count));
        match known {
            Some(known) => {
                fills.push((gap.column, known.median));
                filled.extend(known.is_filled.then_some(gap.column));
            }
            None => unknown.push(gap),
        }
    }
    missing.retain(|column| filled.binary_search(column).is_err());
    drop(passing);
    fills.extend(medians(&out.view(), &unknown, &mut passes)?);
    fills.extend(means(
        &out.view(),
        &of(Fit::Mean).collect::<Vec<_>>(),
        &mut passes,
    )?);
    fills.sort_unstable_by_key(|(column, _)| *column);
    fill(out, &fills, &missing, &mut passes)?;
    Ok(fills)
}

fn means<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[Gap],
    passes: &mut Passes<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let queue = Mutex::new(gaps.iter());
    let crew = passes.crew;
    let found = crew.run(passes.threads, &mut *passes.watch, || {
        let mut found = Vec::new();
        loop {
            let Some(gap) = lock(&queue).next() else {
                return Ok(found);
            };
            let mut sum = ExactSum::default();
            for values in out.column(gap.column).axis_chunks_iter(Axis(0), BLOCK / 16) {
                let values = values.into_iter().filter(|value| !value.is_nan());
                values.for_each(|value| sum.add(value.to_f64()));
                crew.done(0)?;
            }
            crew.done(out.nrows())?;
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
    passes: &mut Passes<'_, '_>,
) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let (rows, columns) = out.dim();
    let mut row = vec![T::MISSING; columns];
    for (column, fill) in fills {
        row[*column] = if missing.binary_search(column).is_ok() {
            *fill
        } else {
            T::MISSING
        };
    }
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
    let (crew, returns) = (passes.crew, passes.returns);
    crew.run(passes.threads, &mut *passes.watch, || {
        loop {
            let Some((at, piece)) = lock(&pieces).next() else {
                return Ok(());
            };
            let strange = || Error::Internal("an output is neither C nor F".to_owned());
            let bytes = piece.len() * size_of::<T>();
            let start = at * length * size_of::<T>() * if by_rows { columns } else { rows };
            if by_rows {
                patch(piece.into_slice().ok_or_else(strange)?, &row);
            } else if !row[at].is_nan() {
                let column = piece.index_axis_move(Axis(1), 0);
                for values in column.into_slice().ok_or_else(strange)?.chunks_mut(BLOCK) {
                    patch(values, &[row[at]; LANES]);
                    crew.done(0)?;
                }
            }
            returns.give_back(start..start + bytes);
            crew.done(0)?;
        }
    })?;
    Ok(())
}
