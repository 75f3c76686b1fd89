//! A joined column that lies whole in one piece: what was met in it is counted where it landed,
//! and its fill is found while it is at hand.
//!
//! What a lane counts is what a table holds. A joined column holds some of that, some of it twice,
//! and gaps besides. So a table is decoded by a rule of marks, one for each thing that is not
//! plain, and the marks are counted and replaced when each stands in its row.

use crate::account::Scratch;
use crate::error::Fault;
use crate::kernel::sum::ExactSum;
use crate::kernel::{Real, Rule, Tally};
use crate::plan::{Fill, Options};
use crate::run::report::missing;

/// Values looked at together: in real data most are plain.
const BLOCK: usize = 64;

/// The rule whose numbers are marks: infinities stand for themselves, the others are NaNs that
/// differ in their payload.
pub fn marks<T: Real>() -> Rule<T> {
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

/// Counts the marks of a column, and puts in their place what `rule` says.
pub fn replace<T: Real>(column: &mut [T], rule: &Rule<T>) -> Tally {
    let mut tally = Tally::default();
    for block in column.chunks_mut(BLOCK) {
        if !block
            .iter()
            .fold(true, |all, value| all & value.is_finite())
        {
            replace_in(block, rule, &mut tally);
        }
    }
    tally
}

fn replace_in<T: Real>(block: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    for value in block.iter_mut().filter(|value| !value.is_finite()) {
        let (count, replaced) = if value.is_nan() {
            match value.key() - T::MISSING.key() {
                1 => (&mut tally.nulls, rule.null),
                3 => (&mut tally.overflowed, rule.pos_overflow),
                4 => (&mut tally.overflowed, rule.neg_overflow),
                _ => (&mut tally.nans, rule.missing),
            }
        } else if value.to_f64() > 0.0 {
            (&mut tally.pos_infs, rule.pos_inf)
        } else {
            (&mut tally.neg_infs, rule.neg_inf)
        };
        *count += 1;
        *value = replaced;
    }
}

/// Fits the fill of a column whose missing values are NaN, writes it to its gaps, and tells it.
pub fn settle<T: Real>(
    column: &mut [T],
    tally: &Tally,
    (fill, options): (Fill, &Options),
    scratch: &mut Scratch<T>,
) -> Result<Option<T>, Fault> {
    let missing = missing(tally, options);
    let count = column.len() - usize::try_from(missing).unwrap_or(0);
    let found = match fill {
        Fill::Value(_) | Fill::Nothing => return Ok(None),
        Fill::Median | Fill::Mean if count == 0 => T::nearest(0.0),
        Fill::Median => median(column, count, scratch)?,
        Fill::Mean => {
            let mut sum = ExactSum::default();
            for value in column.iter().filter(|value| !value.is_nan()) {
                sum.add(value.to_f64());
            }
            T::nearest(sum.mean())
        }
    };
    if missing > 0 {
        for value in column.iter_mut().filter(|value| value.is_nan()) {
            *value = found;
        }
    }
    Ok(Some(found))
}

/// The median of the `count` values that are not NaN.
fn median<T: Real>(column: &[T], count: usize, scratch: &mut Scratch<T>) -> Result<T, Fault> {
    let values = scratch.fit(count)?;
    if count == column.len() {
        values.copy_from_slice(column);
    } else {
        let present = column.iter().filter(|value| !value.is_nan());
        for (value, present) in values.iter_mut().zip(present) {
            *value = *present;
        }
    }
    let (below, upper, _) = values.select_nth_unstable_by(count / 2, |a, b| a.key().cmp(&b.key()));
    let upper = *upper;
    if count % 2 == 1 {
        return Ok(upper);
    }
    let lower = below
        .iter()
        .copied()
        .reduce(|a, b| if a.key() < b.key() { b } else { a });
    let lower = lower.unwrap_or(upper);
    Ok(T::nearest(mean(lower.to_f64(), upper.to_f64())))
}

/// As NumPy has it, overflow included: a sum of two halves would differ near the largest values.
#[expect(
    clippy::manual_midpoint,
    reason = "midpoint avoids the overflow that NumPy has"
)]
fn mean(lower: f64, upper: f64) -> f64 {
    (lower + upper) / 2.0
}
