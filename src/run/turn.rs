//! Sheets turned round: each is taken out column by column, its gaps filled on the way, and put back
//! row by row, while it is in the second cache.

use std::ops::Range;
use std::sync::Mutex;

use ndarray::{ArrayViewMut2, s};

use crate::account::Scratch;
use crate::error::{Error, Result};
use crate::kernel::{Element, transpose};
use crate::run::crew::lock;
use crate::run::medians::{Passes, scarce};

/// Values between two columns beyond the rows themselves, so that a stride is never a multiple of
/// 4 KiB: columns that far apart would evict each other from the cache.
const PAD: usize = 16;

/// Turns those columns of the sheets of `out` that `ranges` names; the others hold nothing yet.
/// Sheets have `sheet_rows` rows each. `copy` takes the values of a column out of a sheet.
pub fn turn<T: Element>(
    out: ArrayViewMut2<'_, T>,
    (sheet_rows, ranges): (usize, &[Range<usize>]),
    copy: &(impl Fn(usize, &[T], &mut [T]) + Sync),
    passes: &mut Passes<'_, '_>,
) -> Result<()> {
    let columns = out.ncols();
    let turned: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    if columns < 2 || turned == 0 || out.is_empty() {
        return Ok(());
    }
    let strange = || Error::Internal("an output is not in row order".to_owned());
    let length = sheet_rows * columns;
    let values = out.into_slice().ok_or_else(strange)?;
    let sheets = Mutex::new(values.chunks_mut(length).enumerate());
    let (crew, returns, account) = (passes.crew, passes.returns, passes.account);
    crew.run(passes.threads, &mut *passes.watch, || {
        let mut scratch = Scratch::new(account);
        let scratch = scratch.fit((sheet_rows + PAD) * turned).map_err(scarce)?;
        loop {
            let Some((at, sheet)) = lock(&sheets).next() else {
                return Ok(());
            };
            let start = at * length * size_of::<T>();
            let bytes = start..start + size_of_val(sheet);
            one(sheet, (columns, ranges), scratch, copy).ok_or_else(strange)?;
            returns.give_back(bytes);
            crew.done(0)?;
        }
    })?;
    Ok(())
}

/// Turns one sheet; `None` where its columns are not alike.
fn one<T: Element>(
    sheet: &mut [T],
    (columns, ranges): (usize, &[Range<usize>]),
    scratch: &mut [T],
    copy: &impl Fn(usize, &[T], &mut [T]),
) -> Option<()> {
    let rows = sheet.len() / columns;
    let stride = rows + PAD;
    let turned = ranges.iter().cloned().flatten();
    for (column, to) in turned.zip(scratch.chunks_mut(stride)) {
        copy(column, &sheet[column * rows..][..rows], &mut to[..rows]);
    }
    let mut sheet = ArrayViewMut2::from_shape((rows, columns), sheet).ok()?;
    let mut first = 0;
    for range in ranges {
        let to = sheet.slice_mut(s![.., range.clone()]);
        transpose::store(&scratch[first * stride..], stride, to);
        first += range.len();
    }
    Some(())
}
