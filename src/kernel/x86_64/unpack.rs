//! Packed bits, unpacked 16 or 8 values at a time: a byte permutation brings the four bytes of each
//! value to its lane, and one shift for each lane does the rest.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm_loadu_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi128_si256,
    _mm256_inserti128_si256, _mm256_mullo_epi32, _mm256_set1_epi32, _mm256_setr_epi32,
    _mm256_shuffle_epi8, _mm256_srli_epi32, _mm256_srlv_epi32, _mm256_storeu_si256,
    _mm512_add_epi32, _mm512_and_si512, _mm512_loadu_si512, _mm512_mullo_epi32,
    _mm512_permutexvar_epi8, _mm512_set1_epi32, _mm512_setr_epi32, _mm512_srli_epi32,
    _mm512_srlv_epi32, _mm512_storeu_si512,
};
use std::ops::RangeInclusive;

use crate::kernel::x86_64::{Avx2, Avx512, SIDE};

/// Bits of the values that lie within four bytes, wherever in a byte they begin.
const WIDTHS: RangeInclusive<u32> = 1..=25;
/// Values that AVX2 unpacks together, and bytes that are readable where they begin.
const LANES: usize = 8;
const READ: usize = 32;

/// Unpacks values of `width` bits from position `bit` on; returns how many: a multiple of `SIDE`,
/// and none where the width is out of range or the machine cannot permute bytes freely.
pub fn avx512(_: Avx512, body: &[u8], bit: usize, width: u32, out: &mut [u32]) -> usize {
    if !WIDTHS.contains(&width) || !is_x86_feature_detected!("avx512vbmi") {
        return 0;
    }
    let step = 2 * width as usize;
    let Some(readable) = body.len().checked_sub(bit / 8 + 64) else {
        return 0;
    };
    let rounds = rounds(out.len() / SIDE, step, readable);
    // SAFETY: the instructions are there; each round reads 64 bytes, the last of which were just
    // found to lie in `body`, and writes 16 values of the first `rounds * SIDE`.
    unsafe {
        sixteens(
            body.as_ptr().add(bit / 8),
            bit % 8,
            width,
            &mut out[..rounds * SIDE],
        );
    };
    rounds * SIDE
}

/// The same with AVX2: a multiple of `LANES`, and none where the width is out of range.
pub fn avx2(_: Avx2, body: &[u8], bit: usize, width: u32, out: &mut [u32]) -> usize {
    if !WIDTHS.contains(&width) {
        return 0;
    }
    let step = width as usize;
    let Some(readable) = body.len().checked_sub(bit / 8 + READ) else {
        return 0;
    };
    let rounds = rounds(out.len() / LANES, step, readable);
    // SAFETY: the instructions are there; each round reads 32 bytes, the last of which were just
    // found to lie in `body`, and writes 8 values of the first `rounds * LANES`.
    unsafe {
        eights(
            body.as_ptr().add(bit / 8),
            bit % 8,
            width,
            &mut out[..rounds * LANES],
        );
    };
    rounds * LANES
}

/// Of so many rounds, `step` bytes apart, those that begin in the first `readable` bytes or behind them.
#[inline]
const fn rounds(wanted: usize, step: usize, readable: usize) -> usize {
    // A division costs as much as some rounds.
    if wanted * step > readable {
        readable / step + 1
    } else {
        wanted
    }
}

/// # Safety
/// Each of `out.len() / LANES` rounds, `width` bytes apart, must find 32 readable bytes at `from`;
/// `first` is less than 8, and the width one of `WIDTHS`; the machine must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn eights(from: *const u8, first: usize, width: u32, out: &mut [u32]) {
    // Bytes move within halves of a register: the upper one is loaded where its first value begins.
    let upper = first + 4 * width as usize;
    let [low, high] = [first, upper % 8].map(|bit| i32::try_from(bit).unwrap_or(0));
    let lanes = _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3);
    let bits = _mm256_add_epi32(
        _mm256_mullo_epi32(lanes, _mm256_set1_epi32(width.cast_signed())),
        _mm256_setr_epi32(low, low, low, low, high, high, high, high),
    );
    // The four bytes of each lane, lowest first, and how far its value is shifted in them.
    let bytes = _mm256_mullo_epi32(_mm256_srli_epi32::<3>(bits), _mm256_set1_epi32(0x0101_0101));
    let bytes = _mm256_add_epi32(bytes, _mm256_set1_epi32(0x0302_0100));
    let shifts = _mm256_and_si256(bits, _mm256_set1_epi32(7));
    let mask = _mm256_set1_epi32(((1_u32 << width) - 1).cast_signed());
    for (round, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        // SAFETY: the caller promises 32 readable bytes for each round, and the upper half begins
        // at most 13 bytes on.
        let (lower, upper) = unsafe {
            let from = from.add(round * width as usize);
            let upper = from.add(upper / 8);
            (_mm_loadu_si128(from.cast()), _mm_loadu_si128(upper.cast()))
        };
        let loaded = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(lower), upper);
        let words = _mm256_shuffle_epi8(loaded, bytes);
        let values = _mm256_and_si256(_mm256_srlv_epi32(words, shifts), mask);
        // SAFETY: `out` has room for exactly these 8 values.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), values) };
    }
}

/// # Safety
/// Each of `out.len() / SIDE` rounds, `2 * width` bytes apart, must find 64 readable bytes at
/// `from`; the machine must have AVX-512 VBMI.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn sixteens(from: *const u8, first: usize, width: u32, out: &mut [u32]) {
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
