//! Values cast and cleaned in one pass over a block that fits L1.
//!
//! ```text
//! for each value: cast it; if the result is not finite, count what it was and replace it
//! ```
//!
//! 1. The cast is a plain loop that vectorises.
//! 2. One test for a whole block says whether any result is not finite: in real data nearly none
//!    is, so the slow, counting loop hardly ever runs. Where no source value can exceed the largest
//!    element, the test is compiled away.
//! 3. The slow loop treats all values of a block alike, with a few comparisons and no branch: in a
//!    column with many gaps the branch would be mispredicted.
//! 4. Magnitudes are compared as integers, which have the same order.

use crate::kernel::isa::kernel;
use crate::kernel::scalar::rule::Cleaner;
use crate::kernel::{Element, Number};

/// Results that are tested together. See `benchmarks/NOTES.md`.
pub const BLOCK: usize = 128;

const INFINITE: i64 = f64::INFINITY.to_bits().cast_signed();

kernel! {
    /// Casts `values` to `out`, of the same length, and cleans them.
    pub fn clean<S: Number, T: Element>(
        values: &[S],
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) {
        T::cast(values, out);
        if S::LARGEST <= T::LARGEST {
            return;
        }
        for (values, out) in values.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            if !T::are_finite(out) {
                replace(values, out, cleaner);
            }
        }
    }
}

kernel! {
    /// Whether all values are finite.
    pub fn all_finite<T: Element>(values: &[T]) -> bool {
        T::are_finite(values)
    }
}

kernel! {
    /// Replaces what is not finite in `out`, the casts of `values`, and counts it.
    #[cold]
    #[inline(never)]
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "a branch for each value would keep them from being compared together"
    )]
    pub fn replace<S: Number, T: Element>(
        values: &[S],
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) {
        let rule = *cleaner.rule;
        let (mut nans, mut infs, mut neg_infs, mut overflowed) = (0_i64, 0_i64, 0_i64, 0_i64);
        // The largest magnitudes that overflow, of positive values and of others.
        let (mut top, mut bottom) = (0_i64, 0_i64);
        for (value, out) in values.iter().zip(out) {
            let bits = value.to_f64().to_bits().cast_signed();
            let magnitude = bits & i64::MAX;
            let is_positive = bits >= 0;
            let is_special = !out.is_finite();
            let is_nan = magnitude > INFINITE;
            let is_inf = magnitude == INFINITE;
            let is_over = is_special & (magnitude < INFINITE);
            nans += i64::from(is_special & is_nan);
            infs += i64::from(is_special & is_inf);
            neg_infs += i64::from(is_special & is_inf & !is_positive);
            overflowed += i64::from(is_over);
            top = top.max(if is_over & is_positive { magnitude } else { 0 });
            bottom = bottom.max(if is_over & !is_positive { magnitude } else { 0 });
            let inf = if is_positive { rule.pos_inf } else { rule.neg_inf };
            let over = if is_positive { rule.pos_overflow } else { rule.neg_overflow };
            let other = if is_inf { inf } else { over };
            let stand_in = if is_nan { rule.missing } else { other };
            *out = if is_special { stand_in } else { *out };
        }
        let tally = &mut *cleaner.tally;
        tally.nans += nans.cast_unsigned();
        tally.pos_infs += (infs - neg_infs).cast_unsigned();
        tally.neg_infs += neg_infs.cast_unsigned();
        tally.overflowed += overflowed.cast_unsigned();
        tally.meet(f64::from_bits(top.cast_unsigned()));
        tally.meet(-f64::from_bits(bottom.cast_unsigned()));
    }
}
