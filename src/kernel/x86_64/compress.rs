//! The values of some rows moved together, a register at a time. A register is stored whole: what is
//! behind its last value is overwritten by the next one.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm256_loadu_si256, _mm256_storeu_si256, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
    _mm512_loadu_si512, _mm512_maskz_compress_epi32, _mm512_maskz_compress_epi64,
    _mm512_storeu_si512,
};

use crate::kernel::x86_64::{Avx512, SIDE};

/// Values of a word of a mask.
const WORD: usize = 64;

/// How far values were moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compressed {
    /// Words of the mask that are done.
    pub words: usize,
    /// Values that were written.
    pub filled: usize,
}

/// Writes the values of `from` whose bit is set to the front of `out`, as long as there are whole words
/// of them and room for a register more. It does nothing where values are not 2, 4 or 8 bytes wide.
pub fn compress<T: Copy>(_: Avx512, from: &[T], masks: &[u64], out: &mut [T]) -> Compressed {
    if ![2, 4, 8].contains(&size_of::<T>()) {
        return Compressed::default();
    }
    let words = masks.len().min(from.len() / WORD);
    // SAFETY: the instructions are there; values of 16, 32 or 64 bits are moved as they are; there are
    // `WORD` values for each word.
    unsafe { gather_up(from, &masks[..words], out) }
}

/// # Safety
/// Values must have 16, 32 or 64 bits; `from` must have 64 of them for each word; the machine must
/// have the instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn gather_up<T: Copy>(from: &[T], masks: &[u64], out: &mut [T]) -> Compressed {
    let mut done = Compressed::default();
    for (values, mask) in from.chunks_exact(WORD).zip(masks) {
        // The last register of a word may be stored behind all its values.
        if done.filled + WORD + SIDE > out.len() {
            break;
        }
        let count = mask.count_ones() as usize;
        // SAFETY: `values` has 64 values, and `out` room for as many and a register more.
        unsafe {
            let from = values.as_ptr();
            let to = out.as_mut_ptr().add(done.filled);
            match size_of::<T>() {
                2 => halves(from.cast(), to.cast(), *mask),
                4 => singles(from.cast(), to.cast(), *mask),
                _ => doubles(from.cast(), to.cast(), *mask),
            }
        }
        done.filled += count;
        done.words += 1;
    }
    done
}

/// Moves 64 values of 32 bits.
///
/// # Safety
/// 64 values must be readable at `from`, and 80 writable at `to`.
#[target_feature(enable = "avx512f,popcnt")]
#[inline]
unsafe fn singles(from: *const u32, mut to: *mut u32, mask: u64) {
    for part in 0..WORD / SIDE {
        #[expect(clippy::cast_possible_truncation, reason = "16 bits are cut out")]
        let here = (mask >> (part * SIDE)) as u16;
        // SAFETY: as the caller promises.
        unsafe {
            let values = _mm512_loadu_si512(from.add(part * SIDE).cast());
            _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi32(here, values));
            to = to.add(here.count_ones() as usize);
        }
    }
}

/// The same for 64 bits.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx512f,popcnt")]
#[inline]
unsafe fn doubles(from: *const u64, mut to: *mut u64, mask: u64) {
    const LANES: usize = SIDE / 2;
    for part in 0..WORD / LANES {
        #[expect(clippy::cast_possible_truncation, reason = "8 bits are cut out")]
        let here = (mask >> (part * LANES)) as u8;
        // SAFETY: as the caller promises.
        unsafe {
            let values = _mm512_loadu_si512(from.add(part * LANES).cast());
            _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi64(here, values));
            to = to.add(here.count_ones() as usize);
        }
    }
}

/// The same for 16 bits.
///
/// # Safety
/// As for `singles`.
#[target_feature(enable = "avx512f,avx512vl,popcnt")]
#[inline]
unsafe fn halves(from: *const u16, mut to: *mut u16, mask: u64) {
    for part in 0..WORD / SIDE {
        #[expect(clippy::cast_possible_truncation, reason = "16 bits are cut out")]
        let here = (mask >> (part * SIDE)) as u16;
        // SAFETY: as the caller promises.
        unsafe {
            let values = _mm256_loadu_si256(from.add(part * SIDE).cast());
            let values = _mm512_maskz_compress_epi32(here, _mm512_cvtepu16_epi32(values));
            _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(values));
            to = to.add(here.count_ones() as usize);
        }
    }
}
