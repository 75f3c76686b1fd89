//! Packed bits, unpacked 16 values at a time: a byte permutation brings the four bytes of each
//! value to its lane, and one shift for each lane does the rest.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm512_add_epi32, _mm512_and_si512, _mm512_loadu_si512, _mm512_mullo_epi32,
    _mm512_permutexvar_epi8, _mm512_set1_epi32, _mm512_setr_epi32, _mm512_srli_epi32,
    _mm512_srlv_epi32, _mm512_storeu_si512,
};

use crate::kernel::x86_64::{Avx512, SIDE};

/// Unpacks values of `width` bits from position `bit` on; returns how many: a multiple of `SIDE`,
/// and none where the width is out of range or the machine cannot permute bytes freely.
pub fn unpack(_: Avx512, body: &[u8], bit: usize, width: u32, out: &mut [u32]) -> usize {
    // Each value must lie within four bytes, wherever in a byte it begins.
    if !(1..=25).contains(&width) || !is_x86_feature_detected!("avx512vbmi") {
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
    // SAFETY: the instructions are there; each round reads 64 bytes, the last of which were just
    // found to lie in `body`, and writes 16 values of the first `rounds * SIDE`.
    unsafe {
        unpack_rounds(
            body.as_ptr().add(bit / 8),
            bit % 8,
            width,
            &mut out[..rounds * SIDE],
        );
    };
    rounds * SIDE
}

/// # Safety
/// Each of `out.len() / SIDE` rounds, `2 * width` bytes apart, must find 64 readable bytes at
/// `from`; the machine must have AVX-512 VBMI.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn unpack_rounds(from: *const u8, first: usize, width: u32, out: &mut [u32]) {
    let lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    let step = _mm512_set1_epi32(width.cast_signed());
    let bits = _mm512_add_epi32(
        _mm512_mullo_epi32(lanes, step),
        _mm512_set1_epi32(i32::try_from(first).unwrap_or(0)),
    );
    // The four bytes of each lane, lowest first, and how far its value is shifted in them.
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
