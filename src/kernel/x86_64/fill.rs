//! NaNs filled: a masked store writes to the gaps alone, so a line without gaps stays clean.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    __m512i, _CMP_UNORD_Q, _mm512_and_si512, _mm512_cmp_pd_mask, _mm512_cmp_ps_mask,
    _mm512_cmpgt_epu16_mask, _mm512_loadu_epi16, _mm512_loadu_pd, _mm512_loadu_ps,
    _mm512_mask_storeu_epi16, _mm512_mask_storeu_pd, _mm512_mask_storeu_ps, _mm512_set1_epi16,
};

use crate::kernel::x86_64::{Avx512, Float, SIDE};

/// Writes `fills` over the NaNs of a row, from the front on; returns how many values it compared: a
/// multiple of `SIDE`, and none where the type is not a float.
pub fn fill<T: Copy + 'static>(_: Avx512, row: &mut [T], fills: &[T]) -> usize {
    let side = if size_of::<T>() == 2 { 2 * SIDE } else { SIDE };
    let whole = row.len().min(fills.len()) / side * side;
    let (to, from) = (row.as_mut_ptr(), fills.as_ptr());
    // SAFETY: the instructions are there; values are of the type that each function takes; `whole`
    // values are in both slices, and a multiple of what each function takes at a time.
    unsafe {
        match Float::of::<T>() {
            Some(Float::Half) => halves(to.cast(), from.cast(), whole),
            Some(Float::Single) => singles(to.cast(), from.cast(), whole),
            Some(Float::Double) => doubles(to.cast(), from.cast(), whole),
            None => return 0,
        }
    }
    whole
}

/// # Safety
/// `whole` values, a multiple of 16, must be writable at `row` and readable at `fills`; the machine
/// must have AVX-512.
#[target_feature(enable = "avx512f")]
unsafe fn singles(row: *mut f32, fills: *const f32, whole: usize) {
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
/// As for `singles`, with a multiple of 8.
#[target_feature(enable = "avx512f")]
unsafe fn doubles(row: *mut f64, fills: *const f64, whole: usize) {
    for at in (0..whole).step_by(8) {
        // SAFETY: the caller promises that these values are there.
        unsafe {
            let values = _mm512_loadu_pd(row.add(at));
            let missing = _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(values, values);
            _mm512_mask_storeu_pd(row.add(at), missing, _mm512_loadu_pd(fills.add(at)));
        }
    }
}

/// # Safety
/// As for `singles`, with a multiple of 32.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn halves(row: *mut u16, fills: *const u16, whole: usize) {
    for at in (0..whole).step_by(32) {
        // SAFETY: the caller promises that these values are there.
        unsafe {
            let values = _mm512_loadu_epi16(row.add(at).cast());
            let fills = _mm512_loadu_epi16(fills.add(at).cast());
            _mm512_mask_storeu_epi16(row.add(at).cast(), missing_halves(values), fills);
        }
    }
}

/// Which of 32 halves are NaN: those of greater magnitude than infinity.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
pub(super) fn missing_halves(values: __m512i) -> u32 {
    let magnitudes = _mm512_and_si512(values, _mm512_set1_epi16(0x7fff));
    _mm512_cmpgt_epu16_mask(magnitudes, _mm512_set1_epi16(0x7c00))
}
