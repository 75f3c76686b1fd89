//! From a column-major tile to one row-major stretch of the output.

/// Columns that are moved together: one cache line of `f32`.
pub const BAND: usize = 16;

/// Writes row `row` of the tile's columns, `stride` values apart, to `out`.
#[inline(always)]
pub fn row<T: Copy>(tile: &[T], stride: usize, row: usize, out: &mut [T]) {
    if let Ok(out) = <&mut [T; BAND]>::try_from(&mut *out) {
        // The width is a constant here, so the loop unrolls.
        for (column, out) in out.iter_mut().enumerate() {
            *out = tile[column * stride + row];
        }
        return;
    }
    for (column, out) in out.iter_mut().enumerate() {
        *out = tile[column * stride + row];
    }
}
