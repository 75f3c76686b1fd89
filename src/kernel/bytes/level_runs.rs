//! Short runs of single bits in Parquet's hybrid of runs and packed bits, as they occur around
//! gaps: packed and repeated bits in turn, a few of each.
//!
//! ```text
//! head, byte:       the lowest bit of the byte, head / 2 times
//! head + 1, bytes:  the bits of head / 2 bytes
//! ```
//!
//! 1. The bytes after a head are read both ways, and one result is chosen: no branch to mispredict.
//! 2. A run that is long, cut short or malformed is left to the caller, who checks more.

use std::ops::Range;

/// How far runs were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Bytes that the runs took.
    pub bytes: usize,
    /// The row after them.
    pub row: usize,
}

/// Sets the bits of `mask` at `rows`, which must be 0, to those of the runs at the front of
/// `bytes`.
pub fn short_runs(bytes: &[u8], mask: &mut [u64], rows: Range<usize>) -> Read {
    let (mut at, mut row) = (0, rows.start);
    let mut open = mask.get(row / 64).copied().unwrap_or_default();
    while let Some(front) = bytes.get(at..).and_then(<[u8]>::first_chunk::<9>) {
        let [head, rest @ ..] = *front;
        let word = u64::from_le_bytes(rest);
        let (is_packed, length) = (head & 1 == 1, usize::from(head >> 1));
        let (count, taken) = if is_packed {
            (length * 8, length)
        } else {
            (length, 1)
        };
        let is_plain = head < 0x80 && (1..=64).contains(&count) && (is_packed || word & 0xfe == 0);
        if !is_plain || count > rows.end - row {
            break;
        }
        let levels = if is_packed {
            word
        } else {
            0_u64.wrapping_sub(word & 1)
        };
        let levels = levels & (u64::MAX >> (64 - count));
        let bit = row % 64;
        let whole = open | levels << bit;
        let Some(place) = mask.get_mut(row / 64) else {
            break;
        };
        *place = whole;
        open = if bit + count < 64 {
            whole
        } else {
            levels >> 1 >> (63 - bit)
        };
        row += count;
        at += 1 + taken;
    }
    if let Some(place) = mask.get_mut(row / 64).filter(|_| row % 64 > 0) {
        *place = open;
    }
    Read { bytes: at, row }
}
