//! A bracket that holds the middle of a column with near certainty: how wide it must be, and how the
//! middle is told from what lay where.
//!
//! ```text
//! the middle is the value of rank (middle - below) among what lies inside
//! ```
//!
//! 1. Values at the ends of a bracket are only counted, so that columns of few distinct values keep
//!    nothing.
//! 2. NaN is neither below nor inside, so missing values need no test.
//! 3. The counts prove that the middle lies inside, or that the bracket missed.

use super::Real;

/// How many values lay where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not missing.
    pub present: u64,
    /// Below the bracket.
    pub below: u64,
    /// At its lower end.
    pub at_low: u64,
    /// At its upper end.
    pub at_high: u64,
}

impl Counts {
    /// Adds others.
    pub const fn add(&mut self, other: Self) {
        self.present += other.present;
        self.below += other.below;
        self.at_low += other.at_low;
        self.at_high += other.at_high;
    }
}

/// How far from the middle of a sample the ends of a bracket are: six deviations.
pub const fn reach(sample: u64) -> u64 {
    3 * sample.isqrt() + 1
}

/// Values that a narrowing bracket keeps of a column of so many rows: six roots of them, and as many
/// again until it narrows.
pub const fn room(rows: usize) -> usize {
    10 * rows.isqrt() + 1024
}

/// Values of a column that a bracket from a sample of it is expected to hold, and a quarter more.
#[expect(
    clippy::cast_possible_truncation,
    reason = "about a root of what was a usize"
)]
pub const fn expected(rows: usize, sample: usize) -> usize {
    let inside = 2 * reach(sample as u64) as usize + 1;
    let expected = rows.div_ceil(sample + 1) * inside;
    let most = expected + expected / 4 + inside;
    if most < rows { most } else { rows }
}

/// A bracket for the middle of a column, from values picked all over it and NaNs, which are not
/// values; everything where the sample is too small to tell.
pub fn bracket<T: Real>(sample: &mut [T]) -> (T, T) {
    let mut length = 0;
    for at in 0..sample.len() {
        sample[length] = sample[at];
        length += usize::from(!sample[at].is_nan());
    }
    let sample = &mut sample[..length];
    let half = length / 2;
    let reach = usize::try_from(reach(length as u64)).unwrap_or(usize::MAX);
    if half < reach || length - half <= reach {
        return (T::NEG_INFINITY, T::INFINITY);
    }
    let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
    let (_, low, above) = sample.select_nth_unstable_by(half - reach, ordered);
    let low = *low;
    (low, *above.select_nth_unstable_by(2 * reach - 1, ordered).1)
}

/// The two middle values of `count`, equal where the count is odd; `None` where the bracket missed.
pub fn middle<T: Real>(
    count: u64,
    (low, high): (T, T),
    counts: Counts,
    kept: &mut [T],
) -> Option<(T, T)> {
    let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
    let mut at = |rank: u64| {
        let rank = rank.checked_sub(counts.below)?;
        let Some(rank) = rank.checked_sub(counts.at_low) else {
            return Some(low);
        };
        if rank < kept.len() as u64 {
            let rank = usize::try_from(rank).ok()?;
            return Some(*kept.select_nth_unstable_by(rank, ordered).1);
        }
        (rank - (kept.len() as u64) < counts.at_high && low.order() != high.order()).then_some(high)
    };
    Some((at(count.checked_sub(1)? / 2)?, at(count / 2)?))
}
