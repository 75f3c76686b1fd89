//! Values side by side, from the bytes of a page to finished elements in one pass.
//!
//! ```text
//! for each value: load it, cast it, clean it
//! ```
//!
//! A block goes from its bytes through the registers to the output; only a block that holds
//! something that is not finite is read again, value by value.

use crate::kernel::bytes::crc::Crc;
use crate::kernel::isa::kernel;
use crate::kernel::scalar::clean::{BLOCK, replace};
use crate::kernel::scalar::rule::Cleaner;
use crate::kernel::{Element, Number};

kernel! {
    /// Casts the values whose bytes are `bytes`, as many as `out` holds, and cleans them.
    pub fn decode_plain<S: Number, T: Element>(
        bytes: &[u8],
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) {
        let blocks = bytes.chunks_exact(BLOCK * S::BYTES);
        let last = blocks.remainder();
        let (whole, rest) = out.as_chunks_mut::<BLOCK>();
        // The values of a block whose length is known at compile time stay in registers.
        for (bytes, out) in blocks.zip(whole) {
            block::<S, T>(bytes, out, cleaner);
        }
        block::<S, T>(last, rest, cleaner);
    }
}

/// The same, and adds the bytes to a sum.
pub fn decode_plain_and_sum<S: Number, T: Element>(
    bytes: &[u8],
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
    sum: &mut Crc,
) {
    let again = |bytes: &[u8], out: &mut [T]| again::<S, T>(bytes, out, cleaner);
    let done = sum.take_and_cast::<S, T>(bytes, out, again);
    let bytes = &bytes[done * S::BYTES..];
    sum.take(bytes);
    decode_plain::<S, T>(bytes, &mut out[done..], cleaner);
}

/// Decodes a block, or a part of one.
#[inline(always)]
fn block<S: Number, T: Element>(bytes: &[u8], out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
    let mut stage = [S::default(); BLOCK];
    let stage = &mut stage[..out.len()];
    load(bytes, stage);
    T::cast(stage, out);
    if S::LARGEST > T::LARGEST && !T::are_finite(out) {
        again::<S, T>(bytes, out, cleaner);
    }
}

/// Loads values that are stored side by side.
#[inline(always)]
pub fn load<S: Number>(bytes: &[u8], values: &mut [S]) {
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(S::BYTES)) {
        *value = S::load(bytes);
    }
}

/// Cleans a block that is not finite. Its values are loaded again: if the first ones were passed to
/// another function, they could not stay in registers.
#[cold]
#[inline(never)]
fn again<S: Number, T: Element>(bytes: &[u8], out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
    let mut stage = [S::default(); BLOCK];
    let stage = &mut stage[..out.len()];
    load(bytes, stage);
    replace(stage, out, cleaner);
}
