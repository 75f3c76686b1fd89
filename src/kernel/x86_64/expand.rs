//! Values spread over gaps, from the back on, so that it works in place: a register of rows takes
//! as many values as it has bits set.
#![expect(
    unsafe_code,
    reason = "loads and stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{
    _mm256_loadu_si256, _mm256_storeu_si256, _mm512_cvtepi32_epi16, _mm512_cvtepu16_epi32,
    _mm512_loadu_si512, _mm512_mask_expand_epi32, _mm512_set1_epi32, _mm512_storeu_si512,
};

use crate::kernel::x86_64::{Avx512, SIDE};

/// Spreads the `valid` values at the front of `out` to the places whose bit is set, and writes
/// `missing` to the others; returns whether it did. It does nothing where values are not 2 or 4
/// bytes wide or not as many bits are set as there are values.
pub fn expand<T: Copy>(_: Avx512, out: &mut [T], valid: usize, mask: &[u64], missing: T) -> bool {
    let fits = [2, 4].contains(&size_of::<T>()) && align_of::<T>() == size_of::<T>();
    let enough = mask.len() * 64 >= out.len() && valid <= out.len();
    if !fits || !enough {
        return false;
    }
    // SAFETY: the instructions are there; values of 16 or 32 bits are moved as they are; the mask
    // has a bit for each of `out`.
    unsafe { spread(out, valid, mask, missing) }
}

/// # Safety
/// Values must have 16 or 32 bits; the mask must have a bit for each value of `out`, of which
/// `valid` is at most the number; the machine must have the instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,popcnt")]
unsafe fn spread<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) -> bool {
    let (words, few) = (out.len() / 64, out.len() % 64);
    let set = mask[..words].iter().map(|word| word.count_ones());
    let last = mask.get(words).map_or(0, |word| word & ((1 << few) - 1));
    if set.sum::<u32>() as usize + last.count_ones() as usize != valid {
        return false;
    }
    let whole = out.len() / SIDE * SIDE;
    let mut from = valid;
    for row in (whole..out.len()).rev() {
        let is_set = mask[row / 64] >> (row % 64) & 1 == 1;
        from -= usize::from(is_set);
        out[row] = if is_set { out[from] } else { missing };
    }
    let data = out.as_mut_ptr();
    for row in (0..whole).step_by(SIDE).rev() {
        if from == row + SIDE {
            // As many values as rows are left: they are where they belong.
            break;
        }
        #[expect(clippy::cast_possible_truncation, reason = "16 bits are cut out")]
        let here = (mask[row / 64] >> (row % 64)) as u16;
        from -= here.count_ones() as usize;
        // SAFETY: `from <= row`, since as many bits are set below `row` as there are values before
        // `from`; so `SIDE` values are readable there, and none is overwritten before it is read.
        unsafe {
            let (from, to) = (data.add(from).cast_const(), data.add(row));
            if size_of::<T>() == 2 {
                halves(
                    from.cast(),
                    to.cast(),
                    here,
                    std::mem::transmute_copy(&missing),
                );
            } else {
                singles(
                    from.cast(),
                    to.cast(),
                    here,
                    std::mem::transmute_copy(&missing),
                );
            }
        }
    }
    true
}

/// Spreads the values at `from` to the places of `here` at `to`, and `missing` to the others.
///
/// # Safety
/// `SIDE` values must be readable at `from`, and as many writable at `to`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn singles(from: *const u32, to: *mut u32, here: u16, missing: u32) {
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
unsafe fn halves(from: *const u16, to: *mut u16, here: u16, missing: u16) {
    let missing = _mm512_set1_epi32(missing.into());
    // SAFETY: as the caller promises.
    unsafe {
        let values = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
        let spread = _mm512_mask_expand_epi32(missing, here, values);
        _mm256_storeu_si256(to.cast(), _mm512_cvtepi32_epi16(spread));
    }
}
