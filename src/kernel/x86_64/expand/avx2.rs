//! Registers of 32 bytes. A table has for each mask of eight places how many values come before each.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm_add_epi16, _mm_and_si128, _mm_blendv_epi8, _mm_cmpeq_epi16, _mm_cvtepu8_epi16,
    _mm_cvtsi64_si128, _mm_loadu_si128, _mm_mullo_epi16, _mm_set1_epi16, _mm_setr_epi16,
    _mm_shuffle_epi8, _mm_storeu_si128, _mm256_and_si256, _mm256_blendv_epi8, _mm256_cmpeq_epi32,
    _mm256_cvtepu8_epi32, _mm256_loadu_si256, _mm256_permutevar8x32_epi32, _mm256_set1_epi32,
    _mm256_setr_epi32, _mm256_storeu_si256,
};

use crate::kernel::x86_64::Avx2;

/// Values that are spread together.
const SIDE: usize = 8;

/// For each mask how many of its bits are below each place, one number in each byte.
const BELOW: [u64; 256] = below();

const fn below() -> [u64; 256] {
    let mut below = [0; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut place, mut set) = (0, 0);
        while place < 8 {
            below[mask] |= set << (8 * place);
            set += (mask >> place & 1) as u64;
            place += 1;
        }
        mask += 1;
    }
    below
}

expand_of!(Avx2, "avx2,popcnt");

/// Spreads the values at `from` to the places of `here` at `to`, and `missing` to the others.
///
/// # Safety
/// `SIDE` values must be readable at `from`, and as many writable at `to`; `here` has as many bits.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn singles(from: *const u32, to: *mut u32, here: u64, missing: u32) {
    let here = u8::try_from(here).unwrap_or(u8::MAX);
    let below = BELOW[usize::from(here)].cast_signed();
    let places = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(below));
    let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    let is_set = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(here.into()), bits), bits);
    let missing = _mm256_set1_epi32(missing.cast_signed());
    // SAFETY: as the caller promises.
    unsafe {
        let values = _mm256_loadu_si256(from.cast());
        let spread = _mm256_permutevar8x32_epi32(values, places);
        _mm256_storeu_si256(to.cast(), _mm256_blendv_epi8(missing, spread, is_set));
    }
}

/// The same for 16 bits.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn halves(from: *const u16, to: *mut u16, here: u64, missing: u16) {
    let here = u8::try_from(here).unwrap_or(u8::MAX);
    let below = BELOW[usize::from(here)].cast_signed();
    // The two bytes of each value.
    let places = _mm_cvtepu8_epi16(_mm_cvtsi64_si128(below));
    let places = _mm_mullo_epi16(places, _mm_set1_epi16(0x0202));
    let places = _mm_add_epi16(places, _mm_set1_epi16(0x0100));
    let bits = _mm_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128);
    let is_set = _mm_cmpeq_epi16(_mm_and_si128(_mm_set1_epi16(here.into()), bits), bits);
    let missing = _mm_set1_epi16(missing.cast_signed());
    // SAFETY: as the caller promises.
    unsafe {
        let spread = _mm_shuffle_epi8(_mm_loadu_si128(from.cast()), places);
        _mm_storeu_si128(to.cast(), _mm_blendv_epi8(missing, spread, is_set));
    }
}
