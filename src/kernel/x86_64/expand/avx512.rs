//! Registers of 64 bytes, with an instruction that spreads values by a mask.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm256_loadu_si256, _mm256_storeu_si256, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
    _mm512_loadu_si512, _mm512_mask_expand_epi32, _mm512_set1_epi32, _mm512_storeu_si512,
};

use crate::kernel::x86_64::Avx512;

/// Values that are spread together.
const SIDE: usize = 16;

expand_of!(Avx512, "avx512f,avx512bw,avx512vl,popcnt");

/// Spreads the values at `from` to the places of `here` at `to`, and `missing` to the others.
///
/// # Safety
/// `SIDE` values must be readable at `from`, and as many writable at `to`; `here` has as many bits.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn singles(from: *const u32, to: *mut u32, here: u64, missing: u32) {
    let here = u16::try_from(here).unwrap_or(u16::MAX);
    let missing = _mm512_set1_epi32(missing.cast_signed());
    // SAFETY: as the caller promises.
    unsafe {
        let values = _mm512_loadu_si512(from.cast());
        _mm512_storeu_si512(to.cast(), _mm512_mask_expand_epi32(missing, here, values));
    }
}

/// The same for 16 bits.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx512f,avx512vl")]
#[inline]
unsafe fn halves(from: *const u16, to: *mut u16, here: u64, missing: u16) {
    let here = u16::try_from(here).unwrap_or(u16::MAX);
    let missing = _mm512_set1_epi32(missing.into());
    // SAFETY: as the caller promises.
    unsafe {
        let values = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
        let spread = _mm512_mask_expand_epi32(missing, here, values);
        _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(spread));
    }
}
