//! `f32` rounded to `f16`, to nearest and ties to even.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_storeu_si256, _mm512_cvtps_ph,
    _mm512_loadu_ps,
};

use half::f16;

use crate::kernel::x86_64::{Avx512, SIDE};

/// Rounds the first values to halves; returns how many: a multiple of `SIDE`.
pub fn narrow(_: Avx512, values: &[f32], out: &mut [f16]) -> usize {
    let (values, _) = values.as_chunks::<SIDE>();
    let (out, _) = out.as_chunks_mut::<SIDE>();
    // SAFETY: the instructions are there.
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
