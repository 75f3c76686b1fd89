//! Sheets turned into rows: each sheet is copied out column by column, its gaps filled on the way, and
//! written back row by row while it is in the second-level cache. Meanwhile the next one is fetched.

use std::ops::Range;

use ndarray::{ArrayViewMut2, s};

use crate::account::Scratch;
use crate::error::{Error, Fault, Result};
use crate::kernel::Element;
use crate::kernel::moves::transpose;
use crate::sys::pages::PageRelease;
use crate::workers::Team;

/// Columns a multiple of so many bytes apart would evict each other from the first-level cache.
const APART: usize = 512;
/// Values of padding between such columns.
const PAD: usize = 16;

/// The most sheets that a thread takes at a time, so that it knows which one is next.
const RUN: usize = 16;

/// How an output consists of sheets.
#[derive(Debug, Clone, Copy)]
pub struct SheetLayout<'a> {
    /// Rows of a sheet.
    pub rows: usize,
    /// The columns that are turned; the others have no values yet.
    pub columns: &'a [Range<usize>],
}

/// Turns the sheets of `out`. `copy` takes the values of a column out of a sheet.
pub fn turn<T: Element>(
    out: ArrayViewMut2<'_, T>,
    layout: SheetLayout<'_>,
    copy: &(impl Fn(usize, &[T], &mut [T]) + Sync),
    release: &PageRelease,
    team: &mut Team<'_>,
) -> Result<()> {
    let width = out.ncols();
    let turned: usize = layout.columns.iter().map(ExactSizeIterator::len).sum();
    if turned == 0 || out.is_empty() {
        return Ok(());
    }
    let strange = || Error::Internal("an output is not in row order".to_owned());
    let length = layout.rows * width;
    let values = out.into_slice().ok_or_else(strange)?;
    // At least two runs for each thread, if there are enough sheets.
    let together = values.len().div_ceil(2 * team.threads * length);
    let together = together.clamp(1, RUN);
    let runs = values.chunks_mut(length * together).enumerate();
    let workers = team.workers;
    let account = team.account;
    let begin = || {
        let mut scratch = Scratch::new(account);
        let needed = stride::<T>(layout.rows) * turned;
        scratch.fit(needed).map_err(scarce)?;
        Ok(scratch)
    };
    team.for_each(
        runs,
        begin,
        |scratch: &mut Scratch<T>, (run, mut sheets)| {
            let mut start = run * together * length * size_of::<T>();
            while !sheets.is_empty() {
                let (sheet, next) = sheets.split_at_mut(length.min(sheets.len()));
                let bytes = start..start + size_of_val(sheet);
                start = bytes.end;
                // Pages that were given back: faulting in one at a time takes longer than the turn.
                if let Some(pages) = release.handle() {
                    pages.prefault(&bytes);
                }
                let mut turn = Turn {
                    width,
                    columns: layout.columns,
                    scratch: scratch.all_mut(),
                    copy,
                };
                turn.sheet(sheet, next).ok_or_else(strange)?;
                release.give_back(bytes);
                workers.check()?;
                sheets = next;
            }
            Ok(())
        },
    )?;
    Ok(())
}

/// Copies a column out of a sheet, and fills no gaps.
pub fn copy_column<T: Copy>(_: usize, from: &[T], to: &mut [T]) {
    to.copy_from_slice(from);
}

/// Values from one column to the next while a sheet is turned.
const fn stride<T>(rows: usize) -> usize {
    let is_bad = (rows * size_of::<T>()).is_multiple_of(APART);
    if is_bad { rows + PAD } else { rows }
}

/// One thread's view of the sheets that it turns.
struct Turn<'a, T, C> {
    width: usize,
    columns: &'a [Range<usize>],
    scratch: &'a mut [T],
    copy: &'a C,
}

impl<T: Element, C: Fn(usize, &[T], &mut [T])> Turn<'_, T, C> {
    /// Turns one sheet, and prefetches the same columns of the `next` one meanwhile; `None` if the
    /// sheet is not made of whole rows.
    fn sheet(&mut self, sheet: &mut [T], next: &[T]) -> Option<()> {
        let rows = sheet.len() / self.width;
        let stride = stride::<T>(rows);
        let turned = self.columns.iter().cloned().flatten();
        for (column, to) in turned.zip(self.scratch.chunks_mut(stride)) {
            (self.copy)(column, &sheet[column * rows..][..rows], &mut to[..rows]);
        }
        let mut sheet = ArrayViewMut2::from_shape((rows, self.width), sheet).ok()?;
        let mut first = 0;
        for range in self.columns {
            let to = sheet.slice_mut(s![.., range.clone()]);
            let next = next.get(range.start * rows..range.end * rows);
            let from = &self.scratch[first * stride..];
            transpose::store(from, stride, to, next.unwrap_or_default());
            first += range.len();
        }
        Some(())
    }
}

/// The error for too little memory to turn sheets, which is not the fault of a file.
fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "to put rows in order {needed} bytes are needed at once, and less is free; raise \
             memory_limit by {needed} bytes, or ask for order=\"F\""
        )
    })
}
