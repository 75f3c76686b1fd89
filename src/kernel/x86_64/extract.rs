//! The bits of a word that are set in another, moved together.
#![expect(
    unsafe_code,
    reason = "calls code compiled for instructions that were found to be there"
)]

use std::arch::x86_64::_pext_u64;

use crate::kernel::x86_64::Avx2;

/// The bits of `word` that are set in `mask`.
#[inline]
pub fn extract(_: Avx2, word: u64, mask: u64) -> u64 {
    // SAFETY: the proof is one of BMI2, too.
    unsafe { bits(word, mask) }
}

/// # Safety
/// The machine must have BMI2.
#[target_feature(enable = "bmi2")]
#[inline]
unsafe fn bits(word: u64, mask: u64) -> u64 {
    _pext_u64(word, mask)
}
