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

use crate::kernel::Real;
use crate::kernel::median::rank;

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

/// Deviations from the middle of a sample to the ends of a bracket that hardly ever misses.
pub const SURE: u64 = 6;
/// The same where a miss costs little: one bracket of 16,000 does.
pub const LIKELY: u64 = 4;

/// How far from the middle of a sample the ends of a bracket are.
pub const fn reach(sample: u64, deviations: u64) -> u64 {
    deviations * sample.isqrt() / 2 + 1
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
pub const fn expected(rows: usize, sample: usize, deviations: u64) -> usize {
    let inside = 2 * reach(sample as u64, deviations) as usize + 1;
    let expected = rows.div_ceil(sample + 1) * inside;
    let most = expected + expected / 4 + inside;
    if most < rows { most } else { rows }
}

/// Places of at most `most` values from all over `length` ones: one of each stride, somewhere in it,
/// so that a period in the data does not show. Always the same ones.
pub fn places(length: usize, most: usize) -> impl Iterator<Item = usize> {
    let stride = length.div_ceil(most.max(1)).max(1);
    (0..length).step_by(stride).map(move |start| {
        let mixed = (start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let among = stride.min(length - start) as u64;
        start + (mixed.wrapping_mul(among) >> 32) as usize
    })
}

/// Picks at most `most` of the values, for a bracket.
pub fn pick<T: Copy>(sample: &mut Vec<T>, values: &[T], most: usize) {
    sample.clear();
    sample.extend(places(values.len(), most).map(|place| values[place]));
}

/// A bracket for the middle of a column, from values picked all over it and NaNs, which are not
/// values; everything where the sample is too small to tell.
pub fn bracket<T: Real>(sample: &mut [T], deviations: u64) -> (T, T) {
    let mut length = 0;
    for at in 0..sample.len() {
        sample[length] = sample[at];
        length += usize::from(!sample[at].is_nan());
    }
    let sample = &mut sample[..length];
    let half = length / 2;
    let reach = usize::try_from(reach(length as u64, deviations)).unwrap_or(usize::MAX);
    if half < reach || length - half <= reach {
        return (T::NEG_INFINITY, T::INFINITY);
    }
    let (low, high) = two_of(sample, Some(half - reach), Some(half + reach));
    (low.unwrap_or(T::NEG_INFINITY), high.unwrap_or(T::INFINITY))
}

/// Ends of a narrower bracket, from values picked all over the `length` values that one holds: at
/// least `reach` of these to each side of the one of rank `middle`, but for what the sample errs.
/// `None` for an end that stays as it is.
pub fn narrower<T: Real>(
    sample: &mut [T],
    length: usize,
    (middle, reach): (i64, u64),
    deviations: u64,
) -> (Option<T>, Option<T>) {
    let (picked, all) = (sample.len() as i128, (length as i128).max(1));
    let reach = i128::from(reach) * picked / all;
    let is_part = sample.len() < length;
    let errs = if is_part {
        i128::from(deviations).pow(2) * picked / 4
    } else {
        0
    };
    let (place, reach) = (
        i128::from(middle) * picked / all,
        (reach * reach + errs).isqrt() + 1,
    );
    let inside = |rank: i128| {
        usize::try_from(rank)
            .ok()
            .filter(|rank| *rank < sample.len())
    };
    let (first, last) = (inside(place - reach), inside(place + reach));
    two_of(sample, first, last)
}

/// Values of two ranks.
fn two_of<T: Real>(
    sample: &mut [T],
    first: Option<usize>,
    last: Option<usize>,
) -> (Option<T>, Option<T>) {
    let low = first.and_then(|first| rank::nth(sample, first));
    (low, last.and_then(|last| rank::nth(sample, last)))
}

/// The two middle values of `count`, equal where the count is odd; `None` where the bracket missed.
pub fn middle<T: Real>(count: u64, ends: (T, T), counts: Counts, kept: &mut [T]) -> Option<(T, T)> {
    let (first, second) = (count.checked_sub(1)? / 2, count / 2);
    let lower = ranked(first, None, (ends, counts), kept)?;
    let upper = if second > first {
        ranked(second, Some(lower), (ends, counts), kept)?
    } else {
        lower
    };
    Some((lower, upper))
}

/// The value of a rank among all; `before` is that of the rank before, where it is known.
fn ranked<T: Real>(
    rank: u64,
    before: Option<T>,
    ((low, high), counts): ((T, T), Counts),
    kept: &mut [T],
) -> Option<T> {
    let rank = rank.checked_sub(counts.below)?;
    let Some(rank) = rank.checked_sub(counts.at_low) else {
        return Some(low);
    };
    if rank < kept.len() as u64 {
        let rank = usize::try_from(rank).ok()?;
        return match before {
            Some(before) if before.order() > low.order() => Some(rank::next(kept, rank, before)),
            _ => rank::nth(kept, rank),
        };
    }
    (rank - (kept.len() as u64) < counts.at_high && low.order() != high.order()).then_some(high)
}

/// The median of `count` values from the two in the middle. The mean of two is taken as NumPy has
/// it, overflow included.
#[expect(
    clippy::manual_midpoint,
    reason = "midpoint avoids the overflow that NumPy has"
)]
pub fn median<T: Real>(count: u64, (lower, upper): (T, T)) -> T {
    if count % 2 == 1 {
        lower
    } else {
        T::nearest((lower.to_f64() + upper.to_f64()) / 2.0)
    }
}
