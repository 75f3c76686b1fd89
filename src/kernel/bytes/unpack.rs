//! Packed bits: values of a few bits each, side by side, lowest bit first.

use crate::kernel::isa::kernel;
use crate::kernel::{Number, arch};

/// Bits that are expanded together.
const WORD: usize = 32;

/// At least 57 bits from position `bit` on; zeros after the end of `body`.
#[inline(always)]
pub fn bits(body: &[u8], bit: usize) -> u64 {
    let at = bit / 8;
    let word = match body.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => tail(body, at),
    };
    word >> (bit % 8)
}

#[cold]
fn tail(body: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    for (byte, from) in bytes.iter_mut().zip(body.iter().skip(at)) {
        *byte = *from;
    }
    u64::from_le_bytes(bytes)
}

/// Unpacks values of `width` bits, at most 32, from position `bit` on.
#[inline]
pub fn unpack(body: &[u8], bit: usize, width: u32, out: &mut [u32]) {
    let done = arch::unpack(body, bit, width, out);
    unpack_rest(body, bit + done * width as usize, width, &mut out[done..]);
}

fn unpack_rest(body: &[u8], bit: usize, width: u32, out: &mut [u32]) {
    let mask = (1_u64 << width) - 1;
    for (at, out) in out.iter_mut().enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "masked to 32 bits")]
        let value = (bits(body, bit + at * width as usize) & mask) as u32;
        *out = value;
    }
}

kernel! {
    /// Unpacks values of one bit, from position `bit` on.
    pub fn unpack_bits<S: Number>(body: &[u8], bit: usize, out: &mut [S]) {
        let (words, rest) = out.as_chunks_mut::<WORD>();
        let last = bit + words.len() * WORD;
        for (at, out) in words.iter_mut().enumerate() {
            lowest_bits(bits(body, bit + at * WORD), out);
        }
        lowest_bits(bits(body, last), rest);
    }
}

/// Writes the lowest bits of a word, one by one.
#[inline(always)]
fn lowest_bits<S: Number>(word: u64, out: &mut [S]) {
    for (at, out) in out.iter_mut().enumerate() {
        *out = S::from_stored((word >> at & 1).cast_signed());
    }
}

kernel! {
    /// How many of the values are `wanted`.
    pub fn equals(values: &[u32], wanted: u32) -> usize {
        let found = values.iter().map(|value| u32::from(*value == wanted));
        found.sum::<u32>() as usize
    }
}

kernel! {
    /// How many bits are set.
    pub fn ones(words: &[u64]) -> usize {
        let ones = words.iter().map(|word| word.count_ones());
        ones.sum::<u32>() as usize
    }
}
