//! The values of some rows, moved together.
//!
//! ```text
//! for each row whose bit is set in the mask: write its value behind the last one
//! ```

use crate::kernel::arch;
use crate::kernel::isa::kernel;

/// Values of a word.
const WORD: usize = 64;

/// Writes the values of `from` whose bit is set in `masks`, a word for each 64 of them, to the front of
/// `out`, and returns how many they are. Values that `out` has no room for are lost.
pub fn compress<T: Copy>(from: &[T], masks: &[u64], out: &mut [T]) -> usize {
    let [words, filled] = arch::compress(from, masks, out);
    let from = from.get(words * WORD..).unwrap_or_default();
    let rest = out.get_mut(filled..).unwrap_or_default();
    filled + compress_plain(from, &masks[words..], rest)
}

kernel! {
    fn compress_plain<T: Copy>(from: &[T], masks: &[u64], out: &mut [T]) -> usize {
        let mut filled = 0;
        for (values, mask) in from.chunks(WORD).zip(masks) {
            let rest = out.get_mut(filled..).unwrap_or_default();
            filled += match <&[T; WORD]>::try_from(values) {
                Ok(values) => compress_word(values, *mask, rest),
                Err(_) => compress_rest(values, *mask, rest),
            };
        }
        filled
    }
}

#[inline(always)]
fn compress_word<T: Copy>(values: &[T; WORD], mut mask: u64, out: &mut [T]) -> usize {
    let count = (mask.count_ones() as usize).min(out.len());
    let out = &mut out[..count];
    if count == WORD {
        out.copy_from_slice(values);
        return count;
    }
    for out in out {
        *out = values[mask.trailing_zeros() as usize % WORD];
        mask &= mask.wrapping_sub(1);
    }
    count
}

#[inline(always)]
fn compress_rest<T: Copy>(values: &[T], mask: u64, out: &mut [T]) -> usize {
    let rows = values.iter().enumerate();
    let taken = rows.filter(|(row, _)| mask >> row & 1 == 1);
    let mut count = 0;
    for (out, (_, value)) in out.iter_mut().zip(taken) {
        *out = *value;
        count += 1;
    }
    count
}
