//! What is written for values that are not plain, of a block at a time.
//!
//! ```text
//! for each value whose cast is not finite: ask what it is, count it, write what stands for it
//! ```
//!
//! 1. All values are asked, with the same few comparisons and no branch: where a column has many
//!    gaps, nobody can guess which value is one.
//! 2. Magnitudes are compared as integers, in the order of which they stand.

use crate::kernel::isa::Kernel;
use crate::kernel::{Element, Number, Rule, Tally};

const INFINITE: i64 = f64::INFINITY.to_bits().cast_signed();

/// Replaces by `rule` what is not finite in `out`, the casts of `values`, and counts it.
#[cold]
#[inline(never)]
pub fn replace<S: Number, T: Element>(
    values: &[S],
    out: &mut [T],
    rule: &Rule<T>,
    tally: &mut Tally,
) {
    let replace = Replace {
        values,
        out,
        rule,
        tally,
    };
    replace.dispatch();
}

struct Replace<'a, S, T> {
    values: &'a [S],
    out: &'a mut [T],
    rule: &'a Rule<T>,
    tally: &'a mut Tally,
}

impl<S: Number, T: Element> Kernel for Replace<'_, S, T> {
    type Output = ();

    #[expect(
        clippy::needless_bitwise_bool,
        reason = "a branch for each value would keep them from being asked together"
    )]
    #[inline(always)]
    fn run(self) {
        let (rule, tally) = (*self.rule, self.tally);
        let (mut nans, mut infs, mut neg_infs, mut overflowed) = (0_i64, 0_i64, 0_i64, 0_i64);
        // The largest magnitudes that overflow, of positive values and of others.
        let (mut top, mut bottom) = (0_i64, 0_i64);
        for (value, out) in self.values.iter().zip(self.out) {
            let bits = value.to_f64().to_bits().cast_signed();
            let (magnitude, is_positive) = (bits & i64::MAX, bits >= 0);
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
            let inf = if is_positive {
                rule.pos_inf
            } else {
                rule.neg_inf
            };
            let over = if is_positive {
                rule.pos_overflow
            } else {
                rule.neg_overflow
            };
            let other = if is_inf { inf } else { over };
            let stand_in = if is_nan { rule.missing } else { other };
            *out = if is_special { stand_in } else { *out };
        }
        tally.nans += nans.cast_unsigned();
        tally.pos_infs += (infs - neg_infs).cast_unsigned();
        tally.neg_infs += neg_infs.cast_unsigned();
        tally.overflowed += overflowed.cast_unsigned();
        tally.meet(f64::from_bits(top.cast_unsigned()));
        tally.meet(-f64::from_bits(bottom.cast_unsigned()));
    }
}
