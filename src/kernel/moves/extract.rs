//! Some bits of a mask, moved together: which of the rows that are left are set, or of some of the rows.
//!
//! ```text
//! for each bit that is set in `kept`: write the same bit of `bits` behind the last one
//! ```

use crate::kernel::arch;

/// Bits of a word.
const WORD: usize = 64;

/// Writes those of `bits` that are set in `kept`, one behind the other, to the front of `out`, and
/// returns how many they are. The words of `out` must have room for as many bits as `kept` has, and those
/// behind the last bit are cleared.
pub fn extract(bits: &[u64], kept: &[u64], out: &mut [u64]) -> usize {
    out.fill(0);
    let mut filled = 0;
    for (word, kept) in bits.iter().zip(kept) {
        let found = match *kept {
            u64::MAX => *word,
            kept if word & kept == 0 => 0,
            kept => arch::extract(*word, kept).unwrap_or_else(|| extract_plain(*word, kept)),
        };
        let (at, shift) = (filled / WORD, filled % WORD);
        if let Some(out) = out.get_mut(at) {
            *out |= found << shift;
        }
        if let Some(next) = out.get_mut(at + 1)
            && shift > 0
        {
            *next |= found >> (WORD - shift);
        }
        filled += kept.count_ones() as usize;
    }
    filled
}

/// Writes the bits of `count` rows from `row` on to the front of `out`, which has as many words as they
/// need at least; those behind are left alone.
pub fn bits_from(bits: &[u64], row: usize, count: usize, out: &mut [u64]) {
    let (word, shift) = (row / WORD, row % WORD);
    if shift == 0 && count.is_multiple_of(WORD) {
        let words = count / WORD;
        out[..words].copy_from_slice(&bits[word..word + words]);
        return;
    }
    for (at, out) in out.iter_mut().take(count.div_ceil(WORD)).enumerate() {
        let low = bits[word + at] >> shift;
        let high = match bits.get(word + at + 1) {
            Some(next) if shift > 0 => next << (WORD - shift),
            _ => 0,
        };
        let rows = (count - at * WORD).min(WORD);
        *out = (low | high) & (u64::MAX >> (WORD - rows));
    }
}

const fn extract_plain(word: u64, kept: u64) -> u64 {
    let (mut left, mut found, mut at) = (kept, 0, 0);
    while left != 0 {
        let bit = left & left.wrapping_neg();
        if word & bit != 0 {
            found |= 1 << at;
        }
        left ^= bit;
        at += 1;
    }
    found
}
