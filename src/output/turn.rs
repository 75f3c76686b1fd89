//! Sheets turned round: each is taken out column by column, its gaps filled on the way, and put back
//! row by row, while it is in the second cache. Meanwhile the next one is on its way there.

use std::ops::Range;
use std::sync::Mutex;

use ndarray::{ArrayViewMut2, s};

use crate::account::Scratch;
use crate::error::{Error, Fault, Place, Result, Shortage};
use crate::kernel::Element;
use crate::kernel::moves::transpose;
use crate::plan::budget::PAD;
use crate::workers::Team;
use crate::workers::lock;

/// Bytes that columns must not be a multiple of apart, or they would evict each other from the first
/// cache: where they are, some values are left between them.
const APART: usize = 512;

/// Sheets that a thread turns one behind the other at most, so that it knows which one is next.
const RUN: usize = 16;

/// Turns those columns of the sheets of `out`, of `sheet_rows` rows each, that `ranges` names; the
/// others hold nothing yet. `copy` takes the values of a column out of a sheet.
pub fn turn<T: Element>(
    out: ArrayViewMut2<'_, T>,
    (sheet_rows, ranges): (usize, &[Range<usize>]),
    copy: &(impl Fn(usize, &[T], &mut [T]) + Sync),
    passes: &mut Team<'_, '_>,
) -> Result<()> {
    let columns = out.ncols();
    let turned: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    if turned == 0 || out.is_empty() {
        return Ok(());
    }
    let strange = || Error::Internal("an output is not in row order".to_owned());
    let length = sheet_rows * columns;
    let values = out.into_slice().ok_or_else(strange)?;
    // Each thread has some of them.
    let together = values
        .len()
        .div_ceil(2 * passes.threads * length)
        .clamp(1, RUN);
    let runs = Mutex::new(values.chunks_mut(length * together).enumerate());
    let (workers, returns, account) = (passes.workers, passes.returns, passes.account);
    workers.run(passes.threads, &mut *passes.caller, || {
        let mut scratch = Scratch::new(account);
        let fitted = scratch.fit(stride::<T>(sheet_rows) * turned);
        let scratch = fitted.map_err(scarce)?;
        loop {
            let Some((run, mut sheets)) = lock(&runs).next() else {
                return Ok(());
            };
            let mut start = run * together * length * size_of::<T>();
            while !sheets.is_empty() {
                let (sheet, next) = sheets.split_at_mut(length.min(sheets.len()));
                let bytes = start..start + size_of_val(sheet);
                start = bytes.end;
                // All at once, where they were given back: one by one takes longer than to turn them.
                if let Some(finder) = returns.finder() {
                    finder.find(&bytes);
                }
                turn_sheet(sheet, (columns, ranges), (scratch, copy), next).ok_or_else(strange)?;
                returns.give_back(bytes);
                workers.done(0)?;
                sheets = next;
            }
        }
    })?;
    Ok(())
}

/// Takes a column out of a sheet as it is.
pub fn copy_column<T: Copy>(_: usize, from: &[T], to: &mut [T]) {
    to.copy_from_slice(from);
}

/// Values from one column to the next while a sheet is turned.
const fn stride<T>(rows: usize) -> usize {
    let is_bad = (rows * size_of::<T>()).is_multiple_of(APART);
    if is_bad { rows + PAD } else { rows }
}

/// Turns one sheet, and has the `next` one fetched meanwhile, whose columns lie as in this one;
/// `None` where these are not alike.
fn turn_sheet<T: Element>(
    sheet: &mut [T],
    (columns, ranges): (usize, &[Range<usize>]),
    (scratch, copy): (&mut [T], &impl Fn(usize, &[T], &mut [T])),
    next: &[T],
) -> Option<()> {
    let rows = sheet.len() / columns;
    let stride = stride::<T>(rows);
    let turned = ranges.iter().cloned().flatten();
    for (column, to) in turned.zip(scratch.chunks_mut(stride)) {
        copy(column, &sheet[column * rows..][..rows], &mut to[..rows]);
    }
    let mut sheet = ArrayViewMut2::from_shape((rows, columns), sheet).ok()?;
    let mut first = 0;
    for range in ranges {
        let to = sheet.slice_mut(s![.., range.clone()]);
        let next = next.get(range.start * rows..range.end * rows);
        transpose::store(
            &scratch[first * stride..],
            stride,
            to,
            next.unwrap_or_default(),
        );
        first += range.len();
    }
    Some(())
}

fn scarce(fault: Fault) -> Error {
    match fault {
        Fault::Scarce { needed } => Error::from(Shortage {
            needed: Some(needed),
            ..Shortage::new(format!(
                "to put rows in order {needed} bytes are needed at once, and less is free; raise \
                 memory_limit by {needed} bytes, or ask for order=\"F\""
            ))
        }),
        fault => fault.at(Place::default()),
    }
}
