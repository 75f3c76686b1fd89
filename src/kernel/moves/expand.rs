//! Values spread over gaps, in place.
//!
//! ```text
//! for each row, from the last one on: if its bit is set, take the last value left; else `missing`
//! ```
//!
//! Runs of set and of clear bits are moved and filled as a whole.

use crate::kernel::arch;

/// Spreads the `valid` values at the front of `out` to the places whose bit is set in `mask`, and
/// writes `missing` to the others.
pub fn expand<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) {
    if !arch::expand(out, valid, mask, missing) {
        expand_plain(out, valid, mask, missing);
    }
}

fn expand_plain<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) {
    let mut from = valid.min(out.len());
    let mut row = out.len();
    // Once as many values are left as rows, they are where they belong.
    while row > from {
        let (word, bit) = ((row - 1) / 64, (row - 1) % 64);
        let left = mask.get(word).copied().unwrap_or(0) << (63 - bit);
        let set = (left.leading_ones() as usize).min(bit + 1).min(from);
        out.copy_within(from - set..from, row - set);
        (from, row) = (from - set, row - set);
        let clear = ((left << (set % 64)).leading_zeros() as usize).min(bit + 1 - set);
        let clear = if set == bit + 1 { 0 } else { clear };
        out[row - clear..row].fill(missing);
        row -= clear;
        if set + clear == 0 {
            // More bits than values: the count was wrong, and nothing may be read twice.
            out[..row].fill(missing);
            return;
        }
    }
}
