//! Kernels whose trick the compiler does not find by itself, written for AVX-512. Each has a plain
//! twin beside its caller, and does what it does, bit for bit.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _CMP_UNORD_Q, _MM_HINT_ET0, _MM_HINT_T1, _mm_prefetch, _mm_sfence, _mm512_add_epi32,
    _mm512_and_si512, _mm512_cmp_pd_mask, _mm512_cmp_ps_mask, _mm512_loadu_pd, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mask_storeu_epi32, _mm512_mask_storeu_pd, _mm512_mask_storeu_ps,
    _mm512_mullo_epi32, _mm512_permutexvar_epi8, _mm512_set1_epi32, _mm512_setr_epi32,
    _mm512_shuffle_i32x4, _mm512_shuffle_i64x2, _mm512_srli_epi32, _mm512_srlv_epi32,
    _mm512_storeu_si512, _mm512_stream_si512, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};

use ndarray::ArrayViewMut2;

use crate::kernel::Real;
use crate::kernel::isa::Isa;
use crate::kernel::x86_64::halves;

/// Columns and rows of a block that stays in registers.
pub const SIDE: usize = 16;
/// Blocks between the one that is stored and the one whose lines are fetched: rows are so far apart
/// that nothing else would fetch them.
const AHEAD: usize = 2;
/// Bytes of a line of the cache.
const LINE: usize = 64;
/// Bytes of the output from which whole lines pass the cache by: fewer stay there for the fills.
const LARGE: usize = 4 << 20;

/// Whether these kernels can run, and are not switched off.
pub fn is_on() -> bool {
    Isa::best() == Isa::Avx512
}

/// Whether bytes can be permuted freely, which the oldest machines with AVX-512 cannot.
fn permutes() -> bool {
    is_on() && is_x86_feature_detected!("avx512vbmi")
}

/// Writes the columns of a tile, `stride` apart, to the rows of `out`; tells how many rows it wrote:
/// whole blocks, and none where values, columns or the machine are not fit. With each block it has as
/// much of what is `next` brought into the second cache: in the first one it would be in the way.
pub fn transpose<T: Copy>(
    (tile, stride): (&[T], usize),
    out: &mut ArrayViewMut2<'_, T>,
    mut next: &[T],
) -> usize {
    // As many values as fill a register are a side of a block; halves are widened.
    let side = (64 / size_of::<T>().max(1)).min(SIDE);
    let (rows, columns) = (out.nrows() / side * side, out.ncols());
    let fits = [2, 4, 8].contains(&size_of::<T>()) && columns > 0;
    if !is_on() || !fits || out.strides()[1] != 1 || (columns - 1) * stride + rows > tile.len() {
        return 0;
    }
    let row_stride = out.strides()[0];
    let (from, to) = (tile.as_ptr(), out.as_mut_ptr());
    let row_bytes = row_stride.unsigned_abs() * size_of::<T>();
    let lines = columns * size_of::<T>() == LINE && row_bytes.is_multiple_of(LINE);
    let whole = lines && to.addr().is_multiple_of(LINE) && rows * row_bytes >= LARGE;
    // Lines that are written whole need not be there before; those of whole rows follow each other.
    let fetched = if whole || columns > side { 0 } else { side };
    for row in (0..rows).step_by(side) {
        for ahead in row + AHEAD * side..row + AHEAD * side + fetched {
            let next = to.wrapping_offset(row_stride * ahead.cast_signed());
            // SAFETY: only hints, whatever the addresses: a row of a block lies in two lines.
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
            // SAFETY: the instructions are there (`is_on`); values of 16, 32 or 64 bits are moved as
            // they are; each column of the block lies within `tile` (just checked), and each row
            // within `out`, whose rows are `row_stride` apart, and each a line where they are `whole`.
            unsafe {
                let from = from.add(first * stride + row);
                let to = to.offset(row_stride * row.cast_signed()).add(first);
                match size_of::<T>() {
                    2 => halves::block(from.cast(), stride, columns, to.cast(), row_stride),
                    4 => block(from.cast(), stride, columns, to.cast(), (row_stride, whole)),
                    _ => wide_block(from.cast(), stride, columns, to.cast(), (row_stride, whole)),
                }
            }
        }
    }
    if whole {
        // SAFETY: every machine has it. What passed the cache by may be seen late, and the next who
        // looks is another thread.
        unsafe { _mm_sfence() };
    }
    rows
}

/// The same for 64 bits: 8 loads, three rounds of exchanges, 8 stores.
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
    (row_stride, whole): (isize, bool),
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
        let rows = [
            (odd, _mm512_shuffle_i64x2::<0x88>(first, second)),
            (odd + 4, _mm512_shuffle_i64x2::<0xdd>(first, second)),
            (odd + 2, _mm512_shuffle_i64x2::<0x88>(third, fourth)),
            (odd + 6, _mm512_shuffle_i64x2::<0xdd>(third, fourth)),
        ];
        for (row, values) in rows {
            let to = to.wrapping_offset(row * row_stride).cast();
            // SAFETY: the caller promises that each row is writable as far as it has columns.
            unsafe { store_row(to, mask, values, whole) };
        }
    }
}

/// One block: 16 loads, four rounds of exchanges, 16 stores.
///
/// # Safety
/// `SIDE` values must be readable at each of `columns` columns, at least one, and `columns` values
/// writable at each of `SIDE` rows; where rows are `whole`, each is a line of the cache.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn block(
    from: *const u32,
    stride: usize,
    columns: usize,
    to: *mut u32,
    (row_stride, whole): (isize, bool),
) {
    // SAFETY: the caller promises that each column is readable; the last one stands in for those
    // that are not there.
    let c: [__m512i; SIDE] = std::array::from_fn(|at| unsafe {
        _mm512_loadu_si512(from.add(at.min(columns - 1) * stride).cast())
    });
    let columns = u16::MAX >> (SIDE - columns);
    for (row, values) in turn(&c) {
        // SAFETY: the caller promises that each row is writable as far as it has columns.
        unsafe { store_row(to.wrapping_offset(row * row_stride), columns, values, whole) };
    }
}

/// Writes those of 16 places of a row that `mask` names; past the cache where it is a `whole` line. A
/// mask costs half as much again as the store.
///
/// # Safety
/// The named places must be writable at `to`; where the row is `whole`, it is a line of the cache.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn store_row(to: *mut u32, mask: u16, values: __m512i, whole: bool) {
    // SAFETY: as the caller promises.
    unsafe {
        if whole {
            _mm512_stream_si512(to.cast(), values);
        } else if mask == u16::MAX {
            _mm512_storeu_si512(to.cast(), values);
        } else {
            _mm512_mask_storeu_epi32(to.cast(), mask, values);
        }
    }
}

/// Sixteen columns turned round: sixteen rows, each with its number.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn turn(c: &[__m512i; SIDE]) -> [(isize, __m512i); SIDE] {
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

/// Unpacks values of `width` bits from position `bit` on; tells how many: a multiple of `SIDE`, and
/// none where the width or the machine is not fit.
pub fn unpack(body: &[u8], bit: usize, width: u32, out: &mut [u32]) -> usize {
    // Each value must lie within four bytes, wherever in a byte it begins.
    if !(1..=25).contains(&width) || !permutes() {
        return 0;
    }
    let step = 2 * width as usize;
    let Some(readable) = body.len().checked_sub(bit / 8 + 64) else {
        return 0;
    };
    let mut rounds = out.len() / SIDE;
    // A division costs as much as some rounds.
    if rounds * step > readable {
        rounds = readable / step + 1;
    }
    // SAFETY: the instructions are there, each round reads 64 bytes of which the last were just
    // found to lie in `body`, and writes 16 values of the first `rounds * SIDE`.
    unsafe {
        rounds_of(
            body.as_ptr().add(bit / 8),
            bit % 8,
            width,
            &mut out[..rounds * SIDE],
        );
    };
    rounds * SIDE
}

/// # Safety
/// `out.len() / SIDE` rounds, `2 * width` bytes apart, must each find 64 readable bytes at `from`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn rounds_of(from: *const u8, first: usize, width: u32, out: &mut [u32]) {
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let step = _mm512_set1_epi32(width.cast_signed());
    let bits = _mm512_add_epi32(
        _mm512_mullo_epi32(lanes, step),
        _mm512_set1_epi32(i32::try_from(first).unwrap_or(0)),
    );
    // The four bytes of each lane, lowest first, and how far its value lies in them.
    let bytes = _mm512_mullo_epi32(_mm512_srli_epi32::<3>(bits), _mm512_set1_epi32(0x0101_0101));
    let bytes = _mm512_add_epi32(bytes, _mm512_set1_epi32(0x0302_0100));
    let shifts = _mm512_and_si512(bits, _mm512_set1_epi32(7));
    let mask = _mm512_set1_epi32(((1_u32 << width) - 1).cast_signed());
    for (round, out) in out.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        // SAFETY: the caller promises 64 readable bytes for each round.
        let loaded = unsafe { _mm512_loadu_si512(from.add(round * 2 * width as usize).cast()) };
        let words = _mm512_permutexvar_epi8(bytes, loaded);
        let values = _mm512_and_si512(_mm512_srlv_epi32(words, shifts), mask);
        // SAFETY: `out` has room for exactly these 16 values.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), values) };
    }
}

/// Writes `fills` over the NaNs of a row, from the front on; tells how many values it looked at: a
/// multiple of `SIDE`, and none where values or the machine are not fit.
pub fn patch<T: Real>(row: &mut [T], fills: &[T]) -> usize {
    if !is_on() {
        return 0;
    }
    let side = if size_of::<T>() == 2 { 2 * SIDE } else { SIDE };
    let whole = row.len().min(fills.len()) / side * side;
    let (to, from) = (row.as_mut_ptr(), fills.as_ptr());
    // SAFETY: the instructions are there; a `Real` of 16 bits is an `f16`, one of 32 bits an `f32`,
    // one of 64 bits an `f64`; `whole` values are in both slices.
    unsafe {
        match size_of::<T>() {
            2 => halves::patch(to.cast(), from.cast(), whole),
            4 => patch_singles(to.cast(), from.cast(), whole),
            8 => patch_doubles(to.cast(), from.cast(), whole),
            _ => return 0,
        }
    }
    whole
}

/// # Safety
/// `whole` values, a multiple of 16, must be writable at `row` and readable at `fills`.
#[target_feature(enable = "avx512f")]
unsafe fn patch_singles(row: *mut f32, fills: *const f32, whole: usize) {
    for at in (0..whole).step_by(16) {
        // SAFETY: the caller promises that these values are there.
        unsafe {
            let values = _mm512_loadu_ps(row.add(at));
            let missing = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(values, values);
            _mm512_mask_storeu_ps(row.add(at), missing, _mm512_loadu_ps(fills.add(at)));
        }
    }
}

/// # Safety
/// As for `patch_singles`.
#[target_feature(enable = "avx512f")]
unsafe fn patch_doubles(row: *mut f64, fills: *const f64, whole: usize) {
    for at in (0..whole).step_by(8) {
        // SAFETY: the caller promises that these values are there.
        unsafe {
            let values = _mm512_loadu_pd(row.add(at));
            let missing = _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(values, values);
            _mm512_mask_storeu_pd(row.add(at), missing, _mm512_loadu_pd(fills.add(at)));
        }
    }
}
