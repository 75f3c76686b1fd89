//! A bracket that holds the middle of a column with near certainty: how wide it must be, and which
//! value the counts of a column say is the middle.
//!
//! ```text
//! the middle is the value of rank (middle - below) among those inside
//! ```
//!
//! 1. Values at the ends of a bracket are only counted, so that columns of few distinct values keep
//!    nothing.
//! 2. NaN is neither below nor inside, so missing values need no test.
//! 3. The counts prove that the middle is inside, or that the bracket missed.

use crate::kernel::Real;
use crate::kernel::median::counts::Counts;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rank;

/// Two values that the middle of a column lies between, or is equal to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bracket<T> {
    /// The lower end.
    pub low: T,
    /// The upper end.
    pub high: T,
}

impl<T: Real> Bracket<T> {
    /// The bracket that holds all values.
    pub const fn open() -> Self {
        Self {
            low: T::NEG_INFINITY,
            high: T::INFINITY,
        }
    }
}

/// Standard deviations from the middle of a sample to the ends of a bracket that hardly ever
/// misses.
pub const SURE: u64 = 6;
/// Standard deviations where a miss costs little: one bracket of 16,000 misses.
pub const LIKELY: u64 = 4;

/// Values of a sample from its middle to the ends of a bracket.
pub const fn reach(sample: u64, deviations: u64) -> u64 {
    deviations * sample.isqrt() / 2 + 1
}

/// Values that a narrowing bracket may keep of a column of so many rows: the six square roots that
/// it holds, and those that come until it narrows again.
pub const fn room(rows: usize) -> usize {
    10 * rows.isqrt() + 1024
}

/// Values of a column that a bracket from a sample of it is expected to hold, and a quarter more.
#[expect(
    clippy::cast_possible_truncation,
    reason = "about the square root of a usize"
)]
pub const fn expected(rows: usize, sample: usize, deviations: u64) -> usize {
    let inside = 2 * reach(sample as u64, deviations) as usize + 1;
    let expected = rows.div_ceil(sample + 1) * inside;
    let most = expected + expected / 4 + inside;
    if most < rows { most } else { rows }
}

/// Places of at most `most` values, spread over `length` ones: one of each stride, at varying
/// places in it, so that a period in the data does not bias the sample. Always the same ones.
pub fn places(length: usize, most: usize) -> impl Iterator<Item = usize> {
    let stride = length.div_ceil(most.max(1)).max(1);
    (0..length).step_by(stride).map(move |start| {
        let mixed = (start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let among = stride.min(length - start) as u64;
        start + (mixed.wrapping_mul(among) >> 32) as usize
    })
}

/// Picks at most `most` of the values, as a sample for a bracket.
pub fn pick<T: Copy>(sample: &mut Vec<T>, values: &[T], most: usize) {
    sample.clear();
    sample.extend(places(values.len(), most).map(|place| values[place]));
}

/// A bracket for the middle of a column, from a sample of it, whose NaNs are ignored; the open one
/// where the sample is too small.
pub fn bracket<T: Real>(sample: &mut [T], deviations: u64) -> Bracket<T> {
    let mut length = 0;
    for at in 0..sample.len() {
        sample[length] = sample[at];
        length += usize::from(!sample[at].is_nan());
    }
    let sample = &mut sample[..length];
    let half = length / 2;
    let reach = usize::try_from(reach(length as u64, deviations)).unwrap_or(usize::MAX);
    if half < reach || length - half <= reach {
        return Bracket::open();
    }
    let (low, high) = two_of(sample, Some(half - reach), Some(half + reach));
    Bracket {
        low: low.unwrap_or(T::NEG_INFINITY),
        high: high.unwrap_or(T::INFINITY),
    }
}

/// The ends of a narrower bracket, from a sample of the `length` values that one holds: at least
/// `reach` of these to each side of the one of rank `middle`, as far as the sample is exact. `None`
/// for an end that stays as it is.
pub fn narrower<T: Real>(
    sample: &mut [T],
    length: usize,
    middle: i64,
    reach: u64,
    deviations: u64,
) -> (Option<T>, Option<T>) {
    let picked = sample.len() as i128;
    let all = (length as i128).max(1);
    let reach = i128::from(reach) * picked / all;
    let is_part = sample.len() < length;
    let errs = if is_part {
        i128::from(deviations).pow(2) * picked / 4
    } else {
        0
    };
    let place = i128::from(middle) * picked / all;
    let reach = (reach * reach + errs).isqrt() + 1;
    let inside = |rank: i128| {
        usize::try_from(rank)
            .ok()
            .filter(|rank| *rank < sample.len())
    };
    two_of(sample, inside(place - reach), inside(place + reach))
}

/// The values of two ranks.
fn two_of<T: Real>(
    sample: &mut [T],
    first: Option<usize>,
    last: Option<usize>,
) -> (Option<T>, Option<T>) {
    let low = first.and_then(|first| rank::nth(sample, first));
    (low, last.and_then(|last| rank::nth(sample, last)))
}

/// The middle of `count` values, from those that a bracket kept; `None` where it missed.
pub fn middle<T: Real>(
    count: u64,
    bracket: Bracket<T>,
    counts: Counts,
    kept: &mut [T],
) -> Option<Middle<T>> {
    let first = count.checked_sub(1)? / 2;
    let second = count / 2;
    let lower = ranked(first, None, bracket, counts, kept)?;
    let upper = if second > first {
        ranked(second, Some(lower), bracket, counts, kept)?
    } else {
        lower
    };
    Some(Middle { lower, upper })
}

/// The value of a rank among all; `before` is that of the rank before, if it is known.
fn ranked<T: Real>(
    rank: u64,
    before: Option<T>,
    bracket: Bracket<T>,
    counts: Counts,
    kept: &mut [T],
) -> Option<T> {
    let Bracket { low, high } = bracket;
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
