//! Values side by side, from the bytes of a page to finished elements in one pass.
//!
//! ```text
//! for each value: load it, cast it, clean it
//! ```
//!
//! A block goes from its bytes through the registers to the output; only a block that holds
//! something that is not finite is looked at again, value by value.

use std::marker::PhantomData;

use crate::kernel::bytes::crc::Crc;
use crate::kernel::isa::Kernel;
use crate::kernel::scalar::clean::BLOCK;
use crate::kernel::scalar::replace::replace;
use crate::kernel::{Element, Number, Rule, Tally};

/// Casts the values whose bytes are `bytes`, as many as `out` holds, and cleans them.
pub fn pour<S: Number, T: Element>(bytes: &[u8], out: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    let pour = Pour::<S, T> {
        bytes,
        out,
        rule,
        tally,
        number: PhantomData,
    };
    pour.dispatch();
}

/// The same, and takes the bytes to a sum.
pub fn pour_and_sum<S: Number, T: Element>(
    bytes: &[u8],
    out: &mut [T],
    (rule, tally): (&Rule<T>, &mut Tally),
    sum: &mut Crc,
) {
    let again = |bytes: &[u8], out: &mut [T]| again::<S, T>(bytes, out, rule, tally);
    let done = sum.take_and_cast::<S, T>(bytes, out, again);
    let (bytes, out) = (&bytes[done * S::BYTES..], &mut out[done..]);
    sum.take(bytes);
    pour::<S, T>(bytes, out, rule, tally);
}

struct Pour<'a, S, T> {
    bytes: &'a [u8],
    out: &'a mut [T],
    rule: &'a Rule<T>,
    tally: &'a mut Tally,
    number: PhantomData<S>,
}

impl<S: Number, T: Element> Kernel for Pour<'_, S, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let blocks = self.bytes.chunks_exact(BLOCK * S::BYTES);
        let last = blocks.remainder();
        let (whole, rest) = self.out.as_chunks_mut::<BLOCK>();
        // Of a block whose length is known when this is compiled the values stay in registers.
        for (bytes, out) in blocks.zip(whole) {
            block::<S, T>(bytes, out, self.rule, self.tally);
        }
        block::<S, T>(last, rest, self.rule, self.tally);
    }
}

/// Pours a block, or a part of one.
#[inline(always)]
fn block<S: Number, T: Element>(bytes: &[u8], out: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    let mut stage = [S::default(); BLOCK];
    let stage = &mut stage[..out.len()];
    load(bytes, stage);
    T::cast(stage, out);
    if S::LARGEST > T::LARGEST && !T::are_finite(out) {
        again::<S, T>(bytes, out, rule, tally);
    }
}

#[inline(always)]
fn load<S: Number>(bytes: &[u8], values: &mut [S]) {
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(S::BYTES)) {
        *value = S::load(bytes);
    }
}

/// Asks the values of a block that is not finite why. They are loaded again: values that somebody
/// else may see would not stay in registers.
#[cold]
#[inline(never)]
fn again<S: Number, T: Element>(bytes: &[u8], out: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    let mut stage = [S::default(); BLOCK];
    let stage = &mut stage[..out.len()];
    load(bytes, stage);
    replace(stage, out, rule, tally);
}
