//! From a column-major tile to row-major rows of the output.
//!
//! The rows are a view of `ndarray`, not a slice and a stride: threads store neighbouring columns
//! of the same rows, and two slices from row to row would overlap.

use ndarray::{ArrayViewMut2, s};

use crate::kernel::arch;

/// Columns that are moved together: one cache line of `f32`.
pub const BAND: usize = 16;

/// Writes the columns of a tile, `stride` values apart, to the columns of `out`. Meanwhile `next`
/// may be prefetched: it is only a hint.
pub fn store<T: Copy>(tile: &[T], stride: usize, mut out: ArrayViewMut2<'_, T>, next: &[T]) {
    let done = arch::transpose(tile, stride, &mut out, next);
    plain(
        &tile[done.min(tile.len())..],
        stride,
        out.slice_mut(s![done.., ..]),
    );
}

fn plain<T: Copy>(tile: &[T], stride: usize, mut out: ArrayViewMut2<'_, T>) {
    for (at, mut row) in out.rows_mut().into_iter().enumerate() {
        if let Some(row) = row.as_slice_mut() {
            gather(tile, stride, at, row);
        } else {
            for (column, out) in row.iter_mut().enumerate() {
                *out = tile[column * stride + at];
            }
        }
    }
}

/// Writes one row. If it is as wide as a band, its width is a constant, and the loop unrolls.
#[inline(always)]
fn gather<T: Copy>(tile: &[T], stride: usize, row: usize, out: &mut [T]) {
    if let Ok(out) = <&mut [T; BAND]>::try_from(&mut *out) {
        for (column, out) in out.iter_mut().enumerate() {
            *out = tile[column * stride + row];
        }
        return;
    }
    for (column, out) in out.iter_mut().enumerate() {
        *out = tile[column * stride + row];
    }
}
