//! A joined column, whole and in one piece: what is not plain is counted in the rows of the source,
//! and the fill is fitted while the column is in the cache.
//!
//! A lane counts what a table holds. A joined column holds some of these values, some of them twice,
//! and gaps besides. So a table is decoded by a rule of sentinels, one for each kind of value that is
//! not plain, and sentinels are counted and replaced when all values are in their rows.

use crate::error::Fault;
use crate::fit::column::ColumnMedian;
use crate::kernel::isa::Kernel;
use crate::kernel::median::rows::LANES;
use crate::kernel::moves::fill::patch;
use crate::kernel::scalar::sum::ExactSum;
use crate::kernel::{Real, Rule, Tally};
use crate::plan::rules::missing;
use crate::plan::{Fill, Options};

/// Values that are counted together.
const BLOCK: usize = 256;

/// The rule whose numbers are sentinels: infinities stand for themselves, the others are NaNs that
/// differ in their payload.
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

/// Counts the sentinels of a column, and puts in their place what `rule` says.
pub fn replace<T: Real>(column: &mut [T], rule: &Rule<T>) -> Tally {
    let replace = ReplaceSentinels {
        column,
        sentinels: sentinels(),
        rule: *rule,
    };
    replace.dispatch()
}

struct ReplaceSentinels<'a, T> {
    column: &'a mut [T],
    sentinels: Rule<T>,
    rule: Rule<T>,
}

impl<T: Real> Kernel for ReplaceSentinels<'_, T> {
    type Output = Tally;

    #[inline(always)]
    fn run(self) -> Tally {
        let Rule {
            null,
            missing,
            pos_inf,
            neg_inf,
            pos_overflow,
            neg_overflow,
        } = self.rule;
        let others = [null, pos_inf, neg_inf, pos_overflow, neg_overflow];
        let all_missing = others.iter().all(|other| other.raw() == missing.raw());
        let mut tally = Tally::default();
        // Gaps are so common in a joined column that a branch would be guessed wrong: all values are
        // counted, and all replaced, where one number stands for all that is not plain.
        for block in self.column.chunks_mut(BLOCK) {
            count(block, &self.sentinels, &mut tally);
            if all_missing {
                for value in block {
                    *value = if value.is_finite() { *value } else { missing };
                }
            } else {
                replace_in(block, &self.sentinels, &self.rule);
            }
        }
        tally
    }
}

#[inline(always)]
fn count<T: Real>(block: &[T], sentinels: &Rule<T>, tally: &mut Tally) {
    let (null, pos, neg) = (
        sentinels.null.raw(),
        sentinels.pos_overflow.raw(),
        sentinels.neg_overflow.raw(),
    );
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

fn replace_in<T: Real>(block: &mut [T], sentinels: &Rule<T>, rule: &Rule<T>) {
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

/// Fits the fill of a column whose missing values are NaN, writes it to its gaps, and returns it;
/// `None` where there is nothing to fit.
pub fn fill_gaps<T: Real>(
    column: &mut [T],
    tally: &Tally,
    fill: Fill,
    options: &Options,
    medians: &mut ColumnMedian<T>,
) -> Result<Option<T>, Fault> {
    let missing = missing(tally, options);
    let count = column.len() - usize::try_from(missing).unwrap_or(0);
    let found = match fill {
        Fill::Value(_) | Fill::Nothing => return Ok(None),
        Fill::Mean if count == 0 => T::nearest(0.0),
        Fill::Median => match medians.seek(column)? {
            Some(found) => found.median(),
            None => T::nearest(0.0),
        },
        Fill::Mean => {
            let mut sum = ExactSum::default();
            for value in column.iter().filter(|value| !value.is_nan()) {
                sum.add(value.to_f64());
            }
            T::nearest(sum.mean())
        }
    };
    if missing > 0 {
        patch(column, &[found; LANES]);
    }
    Ok(Some(found))
}
