//! Sentinels: numbers that stand for what is not plain until it is known where a value belongs.
//!
//! ```text
//! for each value: if it is a sentinel, count what it stands for and write what replaces that
//! ```
//!
//! 1. A table of a join is decoded by a rule of sentinels, and these are counted and replaced when
//!    each is in its row: a row of the table may be used twice, or never.
//! 2. Gaps are so common in a joined column that a branch would be mispredicted: all values are
//!    counted, and, where one number replaces everything, all are replaced.

use crate::kernel::Real;
use crate::kernel::isa::kernel;
use crate::kernel::scalar::rule::{Rule, Tally};

/// Values that are counted together.
const BLOCK: usize = 256;

/// The rule that writes sentinels: infinities stand for themselves, everything else is a NaN with a
/// payload of its own.
pub fn sentinels<T: Real>() -> Rule<T> {
    let mark = |payload| T::from_key(T::MISSING.key() + payload);
    Rule {
        null: mark(1),
        missing: mark(2),
        pos_inf: T::INFINITY,
        neg_inf: T::NEG_INFINITY,
        pos_overflow: mark(3),
        neg_overflow: mark(4),
    }
}

/// Sentinels of a dtype that has them. Integers have none: every one of them may be a value.
#[derive(Debug, Clone, Copy)]
pub struct Sentinels<T> {
    /// The rule that writes them.
    pub rule: Rule<T>,
    /// Counts them, and replaces them by another rule.
    pub replace: fn(&mut [T], &Rule<T>) -> Tally,
}

impl<T: Real> Default for Sentinels<T> {
    fn default() -> Self {
        Self {
            rule: sentinels(),
            replace: replace_sentinels,
        }
    }
}

/// Counts the sentinels of a column, and replaces them by `rule`.
pub fn replace_sentinels<T: Real>(column: &mut [T], rule: &Rule<T>) -> Tally {
    count_and_replace(column, &sentinels(), rule)
}

kernel! {
    fn count_and_replace<T: Real>(
        column: &mut [T],
        sentinels: &Rule<T>,
        rule: &Rule<T>,
    ) -> Tally {
        let Rule { null, missing, pos_inf, neg_inf, pos_overflow, neg_overflow } = *rule;
        let others = [null, pos_inf, neg_inf, pos_overflow, neg_overflow];
        let all_missing = others.iter().all(|other| other.raw() == missing.raw());
        let mut tally = Tally::default();
        for block in column.chunks_mut(BLOCK) {
            count(block, sentinels, &mut tally);
            if all_missing {
                for value in block {
                    *value = if value.is_finite() { *value } else { missing };
                }
            } else {
                replace(block, sentinels, rule);
            }
        }
        tally
    }
}

#[inline(always)]
fn count<T: Real>(block: &[T], sentinels: &Rule<T>, tally: &mut Tally) {
    let null = sentinels.null.raw();
    let pos = sentinels.pos_overflow.raw();
    let neg = sentinels.neg_overflow.raw();
    let (pos_inf, neg_inf) = (T::INFINITY.raw(), T::NEG_INFINITY.raw());
    let (mut nans, mut nulls, mut overflowed) = (0_u32, 0_u32, 0_u32);
    let (mut pos_infs, mut neg_infs) = (0_u32, 0_u32);
    for value in block {
        let bits = value.raw();
        nans += u32::from(value.is_nan());
        nulls += u32::from(bits == null);
        overflowed += u32::from(bits == pos) + u32::from(bits == neg);
        pos_infs += u32::from(bits == pos_inf);
        neg_infs += u32::from(bits == neg_inf);
    }
    tally.nulls += u64::from(nulls);
    tally.nans += u64::from(nans - nulls - overflowed);
    tally.overflowed += u64::from(overflowed);
    tally.pos_infs += u64::from(pos_infs);
    tally.neg_infs += u64::from(neg_infs);
}

fn replace<T: Real>(block: &mut [T], sentinels: &Rule<T>, rule: &Rule<T>) {
    for value in block.iter_mut().filter(|value| !value.is_finite()) {
        let bits = value.raw();
        *value = if bits == sentinels.null.raw() {
            rule.null
        } else if bits == sentinels.pos_overflow.raw() {
            rule.pos_overflow
        } else if bits == sentinels.neg_overflow.raw() {
            rule.neg_overflow
        } else if value.is_nan() {
            rule.missing
        } else if value.to_f64() > 0.0 {
            rule.pos_inf
        } else {
            rule.neg_inf
        };
    }
}
