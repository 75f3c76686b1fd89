//! Levels of nested columns: which of them are deep enough, and whether lists begin where they should.
//!
//! ```text
//! for each level: set its bit if it is at least so deep
//! for each item:  its bit is clear where it begins a list, which is every `width` items
//! ```

use crate::kernel::isa::kernel;

/// Bits of a word.
const WORD: usize = 64;

/// Where lists of one length begin, as repetition levels of one bit.
#[derive(Debug, Clone, Copy)]
pub struct ListStarts {
    width: usize,
    /// A bit for every `width` items of a word, from the lowest on.
    starts: u64,
}

impl ListStarts {
    /// Lists of `width` items, at least one.
    pub const fn new(width: usize) -> Self {
        let width = if width == 0 { 1 } else { width };
        let (mut starts, mut at) = (0, 0);
        while at < WORD {
            starts |= 1 << at;
            at += width;
        }
        Self { width, starts }
    }

    /// The repetition levels of the next 64 items, where so many of the open list were read before.
    pub const fn levels(&self, position: usize) -> u64 {
        match (self.width - position) % self.width {
            first if first < WORD => !(self.starts << first),
            _ => u64::MAX,
        }
    }
}

kernel! {
    /// Sets the bits of `mask` to which of the levels are at least `least`. Bits behind them are cleared.
    pub fn at_least(levels: &[u8], least: u8, mask: &mut [u64]) {
        mask.fill(0);
        for (levels, word) in levels.chunks(WORD).zip(mask) {
            let mut bits = 0;
            for (at, level) in levels.iter().enumerate() {
                bits |= u64::from(*level >= least) << at;
            }
            *word = bits;
        }
    }
}

/// How many bits from `at` on, before the bit `end`, are set one after the other.
pub fn run(mask: &[u64], at: usize, end: usize) -> usize {
    let mut next = at;
    while next < end {
        let word = mask[next / WORD] >> (next % WORD);
        let count = (word.trailing_ones() as usize).min(WORD - next % WORD);
        next += count;
        if !next.is_multiple_of(WORD) || count == 0 {
            break;
        }
    }
    next.min(end) - at
}
