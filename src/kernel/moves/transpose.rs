//! From a column-major tile to row-major rows of the output.

use ndarray::{ArrayViewMut2, s};

#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::avx512;

/// Columns that are moved together: one cache line of `f32`.
pub const BAND: usize = 16;

/// Writes the columns of a tile, `stride` values apart, to the columns of `out`. Meanwhile what is
/// `next` may be fetched: it is only a hint.
pub fn store<T: Copy>(tile: &[T], stride: usize, mut out: ArrayViewMut2<'_, T>, next: &[T]) {
    #[cfg(target_arch = "x86_64")]
    let done = avx512::transpose((tile, stride), &mut out, next);
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
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

/// One row. Where its width is the band's, it is a constant, and the loop unrolls.
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
