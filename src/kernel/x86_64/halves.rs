//! What other kernels do for 32 bits, for halves, written for AVX-512: a half is widened on its way
//! through the registers, or compared as an integer. Each function tells how far it came, and does
//! what its plain twin does, bit for bit.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_loadu_si256,
    _mm256_mask_storeu_epi16, _mm256_storeu_si256, _mm512_and_si512, _mm512_castsi512_si256,
    _mm512_cmpeq_epi16_mask, _mm512_cmpgt_epi16_mask, _mm512_cmpgt_epu16_mask,
    _mm512_cmplt_epi16_mask, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32, _mm512_cvtps_ph,
    _mm512_extracti64x4_epi64, _mm512_loadu_epi16, _mm512_loadu_ps, _mm512_mask_cmplt_epi16_mask,
    _mm512_mask_storeu_epi16, _mm512_maskz_compress_epi32, _mm512_set1_epi16, _mm512_srai_epi16,
    _mm512_xor_si512,
};

use half::f16;

use crate::kernel::median::bracket::Counts;
use crate::kernel::median::column::Done;
use crate::kernel::x86_64::avx512::{SIDE, is_on, turn};

/// Halves that are compared together.
const WIDE: usize = 32;

/// Rounds the first values to halves, as many as are a multiple of `SIDE`.
pub fn narrow(values: &[f32], out: &mut [f16]) -> usize {
    if !is_on() {
        return 0;
    }
    let (values, _) = values.as_chunks::<SIDE>();
    let (out, _) = out.as_chunks_mut::<SIDE>();
    // SAFETY: the instructions are there (`is_on`).
    unsafe { narrow_all(values, out) };
    values.len().min(out.len()) * SIDE
}

#[target_feature(enable = "avx512f")]
fn narrow_all(values: &[[f32; SIDE]], out: &mut [[f16; SIDE]]) {
    for (values, out) in values.iter().zip(out) {
        // SAFETY: both hold `SIDE` values.
        unsafe {
            let halves = _mm512_cvtps_ph::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(
                _mm512_loadu_ps(values.as_ptr()),
            );
            _mm256_storeu_si256(out.as_mut_ptr().cast(), halves);
        }
    }
}

/// One block of a tile: `SIDE` rows of the columns, turned round.
///
/// # Safety
/// `SIDE` values must be readable at each of `columns` columns, at least one and at most `SIDE`, and
/// `columns` values writable at each of `SIDE` rows; the machine must have AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub unsafe fn block(
    from: *const u16,
    stride: usize,
    columns: usize,
    to: *mut u16,
    row_stride: isize,
) {
    // SAFETY: the caller promises that each column is readable; the last one stands in for those
    // that are not there.
    let wide: [__m512i; SIDE] = std::array::from_fn(|at| unsafe {
        let column = from.add(at.min(columns - 1) * stride);
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(column.cast()))
    });
    let columns = u16::MAX >> (SIDE - columns);
    for (row, values) in turn(&wide) {
        let to = to.wrapping_offset(row * row_stride);
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

/// Which of 32 halves are NaN: those of greater magnitude than infinity.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn missing(values: __m512i) -> u32 {
    let magnitudes = _mm512_and_si512(values, _mm512_set1_epi16(0x7fff));
    _mm512_cmpgt_epu16_mask(magnitudes, _mm512_set1_epi16(0x7c00))
}

/// Writes `fills` over the NaNs of a row, as far as there are `WIDE` halves side by side.
///
/// # Safety
/// `whole` halves must be writable at `row` and readable at `fills`; the machine must have AVX-512.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn patch(row: *mut u16, fills: *const u16, whole: usize) {
    for at in (0..whole / WIDE * WIDE).step_by(WIDE) {
        // SAFETY: the caller promises that these values are there.
        unsafe {
            let values = _mm512_loadu_epi16(row.add(at).cast());
            let fills = _mm512_loadu_epi16(fills.add(at).cast());
            _mm512_mask_storeu_epi16(row.add(at).cast(), missing(values), fills);
        }
    }
}

/// One look along a column: counts where values lie, and writes those inside the bracket one behind
/// the other. Halves compare as integers (`Real::order`).
///
/// # Safety
/// `length` halves must be readable at `from` and writable at `to`, two readable at `ends`; the
/// machine must have AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
pub unsafe fn along(
    from: *const u16,
    length: usize,
    ends: *const u16,
    counts: &mut Counts,
    to: *mut u16,
) -> Done {
    let magnitude = _mm512_set1_epi16(0x7fff);
    let order = |bits| {
        let turned = _mm512_and_si512(_mm512_srai_epi16::<15>(bits), magnitude);
        _mm512_xor_si512(bits, turned)
    };
    // SAFETY: the caller promises both ends.
    let [low, high] =
        [0, 1].map(|at| order(_mm512_set1_epi16(unsafe { *ends.add(at) }.cast_signed())));
    let (mut absent, mut below, mut at_low, mut at_high) = (0, 0, 0, 0);
    let (mut at, mut kept) = (0, 0);
    while at + WIDE <= length {
        // SAFETY: as many values are left.
        let bits = unsafe { _mm512_loadu_epi16(from.add(at).cast()) };
        let values = order(bits);
        absent += missing(bits).count_ones();
        below += _mm512_cmplt_epi16_mask(values, low).count_ones();
        at_low += _mm512_cmpeq_epi16_mask(values, low).count_ones();
        at_high += _mm512_cmpeq_epi16_mask(values, high).count_ones();
        let above = _mm512_cmpgt_epi16_mask(values, low);
        let between = _mm512_mask_cmplt_epi16_mask(above, values, high);
        #[expect(clippy::cast_possible_truncation, reason = "16 bits are cut out")]
        let parts = [
            (_mm512_castsi512_si256(bits), between as u16),
            (_mm512_extracti64x4_epi64::<1>(bits), (between >> 16) as u16),
        ];
        for (part, between) in parts {
            let pushed = _mm512_maskz_compress_epi32(between, _mm512_cvtepu16_epi32(part));
            // SAFETY: `kept` is at most `at`, or that and 16 for the second part, so there is room.
            unsafe { _mm256_storeu_si256(to.add(kept).cast(), _mm512_cvtepi32_epi16(pushed)) };
            kept += between.count_ones() as usize;
        }
        at += WIDE;
    }
    counts.add(Counts {
        present: at as u64 - u64::from(absent),
        below: below.into(),
        at_low: at_low.into(),
        at_high: at_high.into(),
    });
    Done { seen: at, kept }
}
