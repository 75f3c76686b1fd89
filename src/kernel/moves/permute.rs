//! Numbers permuted by a small Feistel network, many at a time.
//!
//! ```text
//! for each number, and for k in the keys, in turn:
//!     even turns: its high bits ^= mix(its low bits + k), cut to as many bits as there are
//!     odd turns:  its low bits  ^= mix(its high bits + k), cut to as many bits as there are
//! ```

use crate::kernel::isa::kernel;

/// Turns of the network.
pub const TURNS: usize = 6;

/// A network over numbers of some bits.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// How many bits are low.
    pub low: u32,
    /// The low bits.
    pub low_mask: u64,
    /// The others, moved down.
    pub high_mask: u64,
    /// The keys.
    pub keys: [u64; TURNS],
}

impl Network {
    /// Where a number goes.
    #[inline(always)]
    pub fn turn(&self, number: u64) -> u64 {
        let (mut high, mut low) = (number >> self.low, number & self.low_mask);
        for keys in self.keys.as_chunks::<2>().0 {
            high ^= mix(low.wrapping_add(keys[0])) & self.high_mask;
            low ^= mix(high.wrapping_add(keys[1])) & self.low_mask;
        }
        high << self.low | low
    }
}

kernel! {
    /// Replaces each number by where it goes.
    pub fn permute(numbers: &mut [u64], network: &Network) -> () {
        for number in numbers {
            *number = network.turn(*number);
        }
    }
}

#[inline(always)]
const fn mix(z: u64) -> u64 {
    let z = (z ^ z >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    z ^ z >> 32
}
