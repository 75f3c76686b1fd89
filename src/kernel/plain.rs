//! Values side by side, from the bytes of a page to finished elements in one pass.
//!
//! ```text
//! for each value: load it, cast it, clean it
//! ```
//!
//! A block goes from its bytes through the registers to the output; only a block that holds
//! something that is not finite is looked at again, value by value.

use std::marker::PhantomData;

use super::clean::{BLOCK, finite, replace};
use super::isa::Kernel;
use super::{Element, Number, Rule, Tally};

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
        let mut stage = [S::default(); BLOCK];
        let blocks = self.bytes.chunks(BLOCK * S::BYTES);
        for (bytes, out) in blocks.zip(self.out.chunks_mut(BLOCK)) {
            let stage = &mut stage[..out.len()];
            for (value, bytes) in stage.iter_mut().zip(bytes.chunks_exact(S::BYTES)) {
                *value = S::load(bytes);
            }
            T::cast(stage, out);
            if S::LARGEST > T::LARGEST && !finite(out) {
                replace(stage, out, self.rule, self.tally);
            }
        }
    }
}
