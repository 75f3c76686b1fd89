//! Registers of 64 bytes: a square block is loaded, turned within them and stored.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _MM_HINT_ET0, _MM_HINT_T1, _mm_prefetch, _mm_sfence, _mm256_loadu_si256,
    _mm256_mask_storeu_epi16, _mm256_storeu_si256, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
    _mm512_loadu_si512, _mm512_mask_storeu_epi32, _mm512_shuffle_i32x4, _mm512_shuffle_i64x2,
    _mm512_storeu_si512, _mm512_stream_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};

use ndarray::ArrayViewMut2;

use crate::kernel::x86_64::transpose::{AHEAD, RowStride};
use crate::kernel::x86_64::{Avx512, LINE, SIDE};

/// Writes the columns of a tile, `stride` apart, to the rows of `out`; returns how many rows it
/// wrote: whole blocks, and none where values are not 2, 4 or 8 bytes wide or the columns are not
/// side by side. With each block it prefetches as much of `next` into the second cache: in the
/// first one it would evict what is needed now.
pub fn transpose<T: Copy>(
    _: Avx512,
    tile: &[T],
    stride: usize,
    out: &mut ArrayViewMut2<'_, T>,
    mut next: &[T],
) -> usize {
    // As many values as fill a register are a side of a block; halves are widened.
    let side = (64 / size_of::<T>().max(1)).min(SIDE);
    let (rows, columns) = (out.nrows() / side * side, out.ncols());
    let fits = [2, 4, 8].contains(&size_of::<T>()) && columns > 0;
    if !fits || out.strides()[1] != 1 || (columns - 1) * stride + rows > tile.len() {
        return 0;
    }
    let (from, to) = (tile.as_ptr(), out.as_mut_ptr());
    let row_stride = RowStride::of(out, rows);
    // Lines that are written whole need not be fetched before; those of long rows the hardware
    // fetches, because they follow each other.
    let fetched = if row_stride.whole_lines || columns > side {
        0
    } else {
        side
    };
    for row in (0..rows).step_by(side) {
        for ahead in row + AHEAD * side..row + AHEAD * side + fetched {
            let next = to.wrapping_offset(row_stride.values * ahead.cast_signed());
            // SAFETY: only hints, whatever the addresses; a row of a block touches two lines.
            unsafe {
                _mm_prefetch::<_MM_HINT_ET0>(next.cast());
                _mm_prefetch::<_MM_HINT_ET0>(next.cast::<i8>().wrapping_add(63));
            }
        }
        for first in (0..columns).step_by(side) {
            let columns = side.min(columns - first);
            let (now, later) = next.split_at(next.len().min(columns * side));
            for line in now.chunks(LINE / size_of::<T>().max(1)) {
                // SAFETY: only a hint, whatever the address.
                unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
            }
            next = later;
            // SAFETY: the instructions are there; values of 16, 32 or 64 bits are moved as they
            // are; each column of the block lies within `tile` (just checked), and each row within
            // `out`, `row_stride` apart.
            unsafe {
                let from = from.add(first * stride + row);
                let to = to.offset(row_stride.values * row.cast_signed()).add(first);
                match size_of::<T>() {
                    2 => half_block(from.cast(), stride, columns, to.cast(), row_stride),
                    4 => block(from.cast(), stride, columns, to.cast(), row_stride),
                    _ => wide_block(from.cast(), stride, columns, to.cast(), row_stride),
                }
            }
        }
    }
    if row_stride.whole_lines {
        // SAFETY: every machine has it. Stores past the cache may become visible late, and another
        // thread reads them next.
        unsafe { _mm_sfence() };
    }
    rows
}

/// One block of 64-bit values: 8 loads, three rounds of exchanges, 8 stores.
///
/// # Safety
/// As for `block`, with 8 for `SIDE`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn wide_block(
    from: *const u64,
    stride: usize,
    columns: usize,
    to: *mut u64,
    rows: RowStride,
) {
    // SAFETY: the caller promises that each column is readable.
    let c: [__m512i; 8] = std::array::from_fn(|at| unsafe {
        _mm512_loadu_si512(from.add(at.min(columns - 1) * stride).cast())
    });
    // Two places for each value.
    let mask = u16::MAX >> (SIDE - 2 * columns);
    for odd in 0..2 {
        let pairs: [__m512i; 4] = std::array::from_fn(|at| {
            let (a, b) = (c[2 * at], c[2 * at + 1]);
            if odd == 0 {
                _mm512_unpacklo_epi64(a, b)
            } else {
                _mm512_unpackhi_epi64(a, b)
            }
        });
        let first = _mm512_shuffle_i64x2::<0x88>(pairs[0], pairs[1]);
        let second = _mm512_shuffle_i64x2::<0x88>(pairs[2], pairs[3]);
        let third = _mm512_shuffle_i64x2::<0xdd>(pairs[0], pairs[1]);
        let fourth = _mm512_shuffle_i64x2::<0xdd>(pairs[2], pairs[3]);
        let turned = [
            (odd, _mm512_shuffle_i64x2::<0x88>(first, second)),
            (odd + 4, _mm512_shuffle_i64x2::<0xdd>(first, second)),
            (odd + 2, _mm512_shuffle_i64x2::<0x88>(third, fourth)),
            (odd + 6, _mm512_shuffle_i64x2::<0xdd>(third, fourth)),
        ];
        for (row, values) in turned {
            let to = to.wrapping_offset(row * rows.values).cast();
            // SAFETY: the caller promises that each row is writable as far as it has columns.
            unsafe { store_row(to, mask, values, rows.whole_lines) };
        }
    }
}

/// One block of 32-bit values: 16 loads, four rounds of exchanges, 16 stores.
///
/// # Safety
/// `SIDE` values must be readable at each of `columns` columns, at least one and at most `SIDE`,
/// and `columns` values writable at each of `SIDE` rows; where these are `whole_lines`, each must
/// be one. The machine must have AVX-512.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn block(from: *const u32, stride: usize, columns: usize, to: *mut u32, rows: RowStride) {
    // SAFETY: the caller promises that each column is readable; the last one is loaded again in the
    // place of each that is not there.
    let c: [__m512i; SIDE] = std::array::from_fn(|at| unsafe {
        _mm512_loadu_si512(from.add(at.min(columns - 1) * stride).cast())
    });
    let columns = u16::MAX >> (SIDE - columns);
    for (row, values) in turn(&c) {
        // SAFETY: the caller promises that each row is writable as far as it has columns.
        unsafe {
            store_row(
                to.wrapping_offset(row * rows.values),
                columns,
                values,
                rows.whole_lines,
            );
        };
    }
}

/// One block of 16-bit values, which are widened to 32 bits on their way through the registers.
///
/// # Safety
/// As for `block`; no row is stored past the cache.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn half_block(
    from: *const u16,
    stride: usize,
    columns: usize,
    to: *mut u16,
    rows: RowStride,
) {
    // SAFETY: the caller promises that each column is readable; the last one is loaded again in the
    // place of each that is not there.
    let wide: [__m512i; SIDE] = std::array::from_fn(|at| unsafe {
        let column = from.add(at.min(columns - 1) * stride);
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(column.cast()))
    });
    let columns = u16::MAX >> (SIDE - columns);
    for (row, values) in turn(&wide) {
        let to = to.wrapping_offset(row * rows.values);
        // SAFETY: the caller promises that each row is writable as far as it has columns.
        unsafe {
            let values = _mm512_cvtepi32_epi16(values);
            if columns == u16::MAX {
                _mm256_storeu_si256(to.cast(), values);
            } else {
                _mm256_mask_storeu_epi16(to.cast(), columns, values);
            }
        }
    }
}

/// Writes those of 16 places of a row that `mask` names, past the cache if it is a `whole_line`. A
/// masked store takes half as long again as a plain one.
///
/// # Safety
/// The named places must be writable at `to`; a `whole_line` must be one.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn store_row(to: *mut u32, mask: u16, values: __m512i, whole_line: bool) {
    // SAFETY: as the caller promises.
    unsafe {
        if whole_line {
            _mm512_stream_si512(to.cast(), values);
        } else if mask == u16::MAX {
            _mm512_storeu_si512(to.cast(), values);
        } else {
            _mm512_mask_storeu_epi32(to.cast(), mask, values);
        }
    }
}

/// Turns sixteen columns into sixteen rows, each with its number.
#[target_feature(enable = "avx512f")]
#[inline]
fn turn(c: &[__m512i; SIDE]) -> [(isize, __m512i); SIDE] {
    // Pairs, then fours, within 128 bits; then fours of 128 bits across.
    let pairs: [__m512i; SIDE] = std::array::from_fn(|at| {
        let (a, b) = (c[at & !1], c[at | 1]);
        if at & 1 == 0 {
            _mm512_unpacklo_epi32(a, b)
        } else {
            _mm512_unpackhi_epi32(a, b)
        }
    });
    let fours: [__m512i; SIDE] = std::array::from_fn(|at| {
        let first = (at & !3) + (at >> 1 & 1);
        let (a, b) = (pairs[first], pairs[first + 2]);
        if at & 1 == 0 {
            _mm512_unpacklo_epi64(a, b)
        } else {
            _mm512_unpackhi_epi64(a, b)
        }
    });
    let mut rows = [(0, c[0]); SIDE];
    for (k, row) in (0..4).zip(0_isize..) {
        let (a, b, c, d) = (fours[k], fours[k + 4], fours[k + 8], fours[k + 12]);
        let low_even = _mm512_shuffle_i32x4::<0x88>(a, b);
        let low_odd = _mm512_shuffle_i32x4::<0xdd>(a, b);
        let high_even = _mm512_shuffle_i32x4::<0x88>(c, d);
        let high_odd = _mm512_shuffle_i32x4::<0xdd>(c, d);
        rows[4 * k] = (row, _mm512_shuffle_i32x4::<0x88>(low_even, high_even));
        rows[4 * k + 1] = (row + 4, _mm512_shuffle_i32x4::<0x88>(low_odd, high_odd));
        rows[4 * k + 2] = (row + 8, _mm512_shuffle_i32x4::<0xdd>(low_even, high_even));
        rows[4 * k + 3] = (row + 12, _mm512_shuffle_i32x4::<0xdd>(low_odd, high_odd));
    }
    rows
}
