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

/// What a permutation is for: each use has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Which rows are in a sample.
    Sample,
    /// Which part a row is in.
    Split,
    /// The order of the rows of a part.
    Shuffle(usize),
}

impl Purpose {
    const fn number(self) -> u64 {
        match self {
            Self::Sample => 1,
            Self::Split => 2,
            Self::Shuffle(part) => 3 + part as u64,
        }
    }
}

/// Turns of the network.
const TURNS: usize = 6;

/// A permutation of the numbers below a count.
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    count: u64,
    low: u32,
    low_mask: u64,
    high_mask: u64,
    keys: [u64; TURNS],
}

impl Permutation {
    /// The permutation of a seed for a purpose, of the numbers below `count`.
    pub fn new(count: usize, seed: u64, purpose: Purpose) -> Self {
        let count = count as u64;
        let bits = (u64::BITS - count.saturating_sub(1).leading_zeros()).max(2);
        let low = bits / 2;
        let state = purpose.number().wrapping_mul(0xD134_2543_DE82_EF95);
        let mut state = seed.wrapping_add(state);
        Self {
            count,
            low,
            low_mask: (1 << low) - 1,
            high_mask: (1 << (bits - low)) - 1,
            keys: std::array::from_fn(|_| split_mix(&mut state)),
        }
    }

    /// Where a number goes. One that is not below the count stays where it is.
    #[inline]
    pub fn place(&self, number: u64) -> u64 {
        let mut place = number;
        if number >= self.count {
            return number;
        }
        loop {
            let (mut high, mut low) = (place >> self.low, place & self.low_mask);
            for keys in self.keys.as_chunks::<2>().0 {
                high ^= mix(low.wrapping_add(keys[0])) & self.high_mask;
                low ^= mix(high.wrapping_add(keys[1])) & self.low_mask;
            }
            place = high << self.low | low;
            if place < self.count {
                return place;
            }
        }
    }
}

/// The next number of `SplitMix64`.
pub(super) const fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = *state;
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

#[inline]
const fn mix(z: u64) -> u64 {
    let z = (z ^ z >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    z ^ z >> 32
}
