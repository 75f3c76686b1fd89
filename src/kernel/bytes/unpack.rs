//! Packed bits: values of a few bits each, side by side, lowest bit first.

use crate::kernel::Number;
use crate::kernel::isa::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::avx512::unpack as simd;

/// Bits that are spelled out together.
const WORD: usize = 32;

/// At least 57 bits from position `bit` on, as far as `body` goes; zeros behind it.
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
    let done = simd(body, bit, width, out);
    unpack_plain(body, bit + done * width as usize, width, &mut out[done..]);
}

/// Unpacks values of one bit, from position `bit` on.
pub fn unpack_bits<S: Number>(body: &[u8], bit: usize, out: &mut [S]) {
    Bits { body, bit, out }.dispatch();
}

struct Bits<'a, S> {
    body: &'a [u8],
    bit: usize,
    out: &'a mut [S],
}

impl<S: Number> Kernel for Bits<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (words, rest) = self.out.as_chunks_mut::<WORD>();
        let behind = self.bit + words.len() * WORD;
        for (at, out) in words.iter_mut().enumerate() {
            spell(bits(self.body, self.bit + at * WORD), out);
        }
        spell(bits(self.body, behind), rest);
    }
}

/// Writes the lowest bits of a word, one by one.
#[inline(always)]
fn spell<S: Number>(word: u64, out: &mut [S]) {
    for (at, out) in out.iter_mut().enumerate() {
        *out = S::from_stored((word >> at & 1).cast_signed());
    }
}

/// How many of the values are `wanted`.
pub fn equals(values: &[u32], wanted: u32) -> usize {
    Equals { values, wanted }.dispatch()
}

struct Equals<'a> {
    values: &'a [u32],
    wanted: u32,
}

impl Kernel for Equals<'_> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let found = self
            .values
            .iter()
            .map(|value| u32::from(*value == self.wanted));
        found.sum::<u32>() as usize
    }
}

/// How many bits are set.
pub fn ones(words: &[u64]) -> usize {
    Ones(words).dispatch()
}

struct Ones<'a>(&'a [u64]);

impl Kernel for Ones<'_> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let ones = self.0.iter().map(|word| word.count_ones());
        ones.sum::<u32>() as usize
    }
}

/// The plain twin.
pub fn unpack_plain(body: &[u8], bit: usize, width: u32, out: &mut [u32]) {
    let mask = (1_u64 << width) - 1;
    for (i, out) in out.iter_mut().enumerate() {
        #[expect(clippy::cast_possible_truncation, reason = "masked to 32 bits")]
        let value = (bits(body, bit + i * width as usize) & mask) as u32;
        *out = value;
    }
}

/// None is unpacked where the machine has no trick for it.
#[cfg(not(target_arch = "x86_64"))]
fn simd(_: &[u8], _: usize, _: u32, _: &mut [u32]) -> usize {
    0
}
