//! Registers of 32 bytes, each half of which has the next values of another column: turned within the
//! halves, they are rows of twice as many columns.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m256i, _MM_HINT_T0, _MM_HINT_T1, _mm_loadu_si128, _mm_prefetch, _mm_sfence,
    _mm256_castsi128_si256, _mm256_inserti128_si256, _mm256_storeu_si256, _mm256_stream_si256,
    _mm256_unpackhi_epi16, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi16,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
};

use ndarray::ArrayViewMut2;

use crate::kernel::x86_64::transpose::{AHEAD, RowStride};
use crate::kernel::x86_64::{Avx2, LINE};

/// Bytes of a register, and of its halves.
const REGISTER: usize = 32;
const HALF: usize = 16;

/// Writes the columns of a tile, `stride` apart, to the rows of `out`; returns how many rows it wrote,
/// and none where values are not 2, 4 or 8 bytes wide or the columns are not side by side. Columns that do
/// not fill a register must be all that `out` has in its memory: then a row is stored with what is behind
/// it, and the next rows are stored over that. It prefetches as much of `next` into the second cache.
pub fn transpose<T: Copy>(
    _: Avx2,
    tile: &[T],
    stride: usize,
    out: &mut ArrayViewMut2<'_, T>,
    mut next: &[T],
) -> usize {
    let size = size_of::<T>();
    if ![2, 4, 8].contains(&size) {
        return 0;
    }
    // Of each column a whole line is turned before the next ones.
    let (width, height) = (REGISTER / size, LINE / size);
    let columns = out.ncols();
    let mut rows = out.nrows();
    if columns < width {
        if columns == 0 || out.strides()[0] != columns.cast_signed() {
            return 0;
        }
        rows = rows.saturating_sub(width.div_ceil(columns));
    }
    rows = rows / height * height;
    let fits = rows > 0 && out.strides()[1] == 1;
    if !fits || (columns - 1) * stride + rows > tile.len() {
        return 0;
    }
    let (from, to) = (tile.as_ptr(), out.as_mut_ptr());
    let row_stride = RowStride::of(out, rows);
    // Lines that are written whole need not be fetched before; those of long rows the hardware
    // fetches, because they follow each other.
    let is_fetched = !row_stride.whole_lines && columns <= 2 * width;
    for row in (0..rows).step_by(height) {
        let fetched = if is_fetched { row + AHEAD * height } else { 0 };
        for ahead in fetched..fetched + height * usize::from(is_fetched) {
            let next = to.wrapping_offset(row_stride.values * ahead.cast_signed());
            // SAFETY: only hints, whatever the addresses; a row touches two lines.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(next.cast());
                _mm_prefetch::<_MM_HINT_T0>(next.cast::<i8>().wrapping_add(63));
            }
        }
        let (now, later) = next.split_at(next.len().min(columns * height));
        for line in now.chunks(height) {
            // SAFETY: only a hint, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
        }
        next = later;
        // SAFETY: the instructions are there; values of 16, 32 or 64 bits are moved as they are; each
        // column lies within `tile` (just checked), and each row within `out`, `row_stride` apart: a
        // register of them where columns are fewer, since enough rows are left out at the end.
        unsafe {
            let from = from.add(row);
            let to = to.offset(row_stride.values * row.cast_signed());
            match size {
                2 => halves(from.cast(), stride, columns, to.cast(), row_stride),
                4 => singles(from.cast(), stride, columns, to.cast(), row_stride),
                _ => doubles(from.cast(), stride, columns, to.cast(), row_stride),
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

macro_rules! lines {
    ($name:ident, $value:ty, $turned:ident) => {
        /// A line of each column.
        ///
        /// # Safety
        /// `LINE` bytes must be readable at each of `columns` columns, at least one, and `columns` values,
        /// or as many as fill a register, writable at each of as many rows; where these are
        /// `whole_lines`, each must be one. The machine must have AVX2.
        #[target_feature(enable = "avx2")]
        unsafe fn $name(
            from: *const $value,
            stride: usize,
            columns: usize,
            to: *mut $value,
            rows: RowStride,
        ) {
            const WIDTH: usize = REGISTER / size_of::<$value>();
            const SIDE: usize = HALF / size_of::<$value>();
            const HEIGHT: usize = LINE / size_of::<$value>();
            let row = |at: usize| to.wrapping_offset(rows.values * at.cast_signed());
            let whole = columns / WIDTH * WIDTH;
            if whole == 0 {
                for at in (0..HEIGHT).step_by(SIDE) {
                    // SAFETY: as the caller promises.
                    unsafe {
                        let turned = $turned(from.add(at), stride, columns - 1);
                        for (down, values) in turned.into_iter().enumerate() {
                            _mm256_storeu_si256(row(at + down).cast(), values);
                        }
                    }
                }
                return;
            }
            for at in (0..HEIGHT).step_by(SIDE) {
                for first in (0..whole).step_by(WIDTH) {
                    // SAFETY: as the caller promises; both halves of a whole line are stored together.
                    unsafe {
                        let turned = $turned(from.add(first * stride + at), stride, WIDTH - 1);
                        if !rows.whole_lines {
                            for (down, values) in turned.into_iter().enumerate() {
                                _mm256_storeu_si256(row(at + down).add(first).cast(), values);
                            }
                        } else if first == 0 {
                            let right = $turned(from.add(WIDTH * stride + at), stride, WIDTH - 1);
                            for (down, (left, right)) in turned.into_iter().zip(right).enumerate() {
                                _mm256_stream_si256(row(at + down).cast(), left);
                                _mm256_stream_si256(row(at + down).add(WIDTH).cast(), right);
                            }
                        }
                    }
                }
            }
            for column in whole..columns {
                for at in 0..HEIGHT {
                    // SAFETY: as the caller promises.
                    unsafe { *row(at).add(column) = *from.add(column * stride + at) };
                }
            }
        }
    };
}

lines!(halves, u16, turned_halves);
lines!(singles, u32, turned_singles);
lines!(doubles, u64, turned_doubles);

/// Sixteen bytes of each of two columns.
///
/// # Safety
/// They must be readable; the machine must have AVX2.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn both<T>(from: *const T, other: *const T) -> __m256i {
    // SAFETY: as the caller promises.
    let (from, other) = unsafe { (_mm_loadu_si128(from.cast()), _mm_loadu_si128(other.cast())) };
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(from), other)
}

/// Sixteen columns of eight rows, the last of them in the place of each that is not there.
///
/// # Safety
/// They must be readable, `stride` apart; the machine must have AVX2.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn turned_halves(from: *const u16, stride: usize, last: usize) -> [__m256i; 8] {
    // SAFETY: as the caller promises.
    let c: [__m256i; 8] = std::array::from_fn(|at| unsafe {
        both(
            from.add(at.min(last) * stride),
            from.add((at + 8).min(last) * stride),
        )
    });
    // Pairs, then fours, then eights of columns.
    let pairs: [__m256i; 8] = std::array::from_fn(|at| {
        let (a, b) = (c[at & !1], c[at | 1]);
        if at & 1 == 0 {
            _mm256_unpacklo_epi16(a, b)
        } else {
            _mm256_unpackhi_epi16(a, b)
        }
    });
    let fours: [__m256i; 8] = std::array::from_fn(|at| {
        let first = (at & !3) + (at >> 1 & 1);
        let (a, b) = (pairs[first], pairs[first + 2]);
        if at & 1 == 0 {
            _mm256_unpacklo_epi32(a, b)
        } else {
            _mm256_unpackhi_epi32(a, b)
        }
    });
    std::array::from_fn(|at| {
        let (a, b) = (fours[at / 2], fours[at / 2 + 4]);
        if at & 1 == 0 {
            _mm256_unpacklo_epi64(a, b)
        } else {
            _mm256_unpackhi_epi64(a, b)
        }
    })
}

/// The same for eight columns of four rows.
///
/// # Safety
/// As for `turned_halves`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn turned_singles(from: *const u32, stride: usize, last: usize) -> [__m256i; 4] {
    // SAFETY: as the caller promises.
    let [a, b, c, d] = std::array::from_fn(|at| unsafe {
        both(
            from.add(at.min(last) * stride),
            from.add((at + 4).min(last) * stride),
        )
    });
    let first = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
    let last = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(first.0, first.1),
        _mm256_unpackhi_epi64(first.0, first.1),
        _mm256_unpacklo_epi64(last.0, last.1),
        _mm256_unpackhi_epi64(last.0, last.1),
    ]
}

/// The same for four columns of two rows.
///
/// # Safety
/// As for `turned_halves`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn turned_doubles(from: *const u64, stride: usize, last: usize) -> [__m256i; 2] {
    // SAFETY: as the caller promises.
    let [a, b] = std::array::from_fn(|at| unsafe {
        both(
            from.add(at.min(last) * stride),
            from.add((at + 2).min(last) * stride),
        )
    });
    [_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b)]
}
