//! The seeded permutation of row numbers: computed for one number at a time, and never held. The same
//! seed and count give the same permutation on every machine and in every version.
//!
//! ```text
//! bits = max(2, number of bits of count - 1), low = bits / 2, high = bits - low
//! repeat:
//!     for k in the six keys, in turn:
//!         even turns: the high bits ^= mix(the low bits + k), cut to `high` bits
//!         odd turns:  the low bits  ^= mix(the high bits + k), cut to `low` bits
//! until the number is less than count
//!
//! mix(z): z ^= z >> 32; z *= 0xD6E8FEB86659FD93; z ^= z >> 32, in 64 bits
//! keys: six numbers of SplitMix64 from the state seed + purpose * 0xD1342543DE82EF95
//! ```
//!
//! It is a Feistel network with cycle walking: each turn can be undone, so no two numbers meet, and a
//! number that leaves the range is led back into it by going on.

use crate::kernel::moves::permute::{Network, permute};
use crate::key::canonical::split_mix;

/// What a permutation is for: each use has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Which rows are in a sample.
    Sample,
    /// Which part a row is in.
    Split,
    /// The order of the rows of a part.
    Shuffle(usize),
    /// The order of the blocks of rows that batches are taken from.
    Blocks,
    /// The order of the rows of a buffer of such blocks.
    Buffer(usize),
}

impl Purpose {
    const fn number(self) -> u64 {
        match self {
            Self::Sample => 1,
            Self::Split => 2,
            Self::Shuffle(part) => 3 + part as u64,
            Self::Blocks => 1 << 62,
            Self::Buffer(at) => 1 << 63 | at as u64,
        }
    }
}

/// Numbers whose places are found together.
pub const TOGETHER: usize = 64;

/// A permutation of the numbers below a count.
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    count: u64,
    network: Network,
}

impl Permutation {
    /// The permutation of a seed for a purpose, of the numbers below `count`.
    pub fn new(count: usize, seed: u64, purpose: Purpose) -> Self {
        let count = count as u64;
        let bits = (u64::BITS - count.saturating_sub(1).leading_zeros()).max(2);
        let low = bits / 2;
        let state = purpose.number().wrapping_mul(0xD134_2543_DE82_EF95);
        let state = seed.wrapping_add(state);
        Self {
            count,
            network: Network {
                low,
                low_mask: (1 << low) - 1,
                high_mask: (1 << (bits - low)) - 1,
                keys: std::array::from_fn(|at| split_mix(state, at as u64)),
            },
        }
    }

    /// Where a number below the count goes.
    pub fn place(&self, number: u64) -> u64 {
        if number >= self.count {
            return number;
        }
        let mut place = self.network.turn(number);
        while place >= self.count {
            place = self.network.turn(place);
        }
        place
    }

    /// Where the numbers from `first` on go, as many as there are below the count.
    pub fn places(&self, first: u64) -> [u64; TOGETHER] {
        let mut places: [u64; TOGETHER] = std::array::from_fn(|at| first + at as u64);
        permute(&mut places, &self.network);
        let mut strays = [0; TOGETHER];
        let mut places_of = [0; TOGETHER];
        let mut left = 0;
        // A number that is not below the count might never come back.
        let count = self.count.saturating_sub(first);
        let count = usize::try_from(count).map_or(TOGETHER, |count| count.min(TOGETHER));
        for (at, place) in places[..count].iter().enumerate() {
            strays[left] = *place;
            places_of[left] = at;
            left += usize::from(*place >= self.count);
        }
        // Numbers that have left the range go on until they are back.
        while left > 0 {
            permute(&mut strays[..left], &self.network);
            let mut others = 0;
            for at in 0..left {
                let place = strays[at];
                places[places_of[at]] = place;
                strays[others] = place;
                places_of[others] = places_of[at];
                others += usize::from(place >= self.count);
            }
            left = others;
        }
        places
    }
}
