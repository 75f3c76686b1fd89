//! The value of a rank among some, without moving any: found between two keys that close in on it.
//!
//! ```text
//! halve the keys between which it is; count the values below, all together
//! ```
//!
//! 1. A count is one comparison a value and has no branch to mispredict, so twenty of them cost
//!    less than a selection that moves values to one side or the other.
//! 2. Once a single value lies between the keys, it is searched for.
//! 3. Too many values to stay in the first cache are selected from.

use crate::kernel::Real;
use crate::kernel::isa::kernel;

/// The most values that are counted again and again. See `benchmarks/NOTES.md`.
const FEW: usize = 4096;
/// Values that are compared together.
const SIDE: usize = 64;

/// The value that so many precede in order; `None` where there are not that many. None may be NaN.
/// Values that are too many to be counted are reordered.
pub fn nth<T: Real>(values: &mut [T], rank: usize) -> Option<T> {
    if rank >= values.len() {
        return None;
    }
    if values.len() > FEW {
        let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
        return Some(*values.select_nth_unstable_by(rank, ordered).1);
    }
    Some(nth_by_counts(values, rank))
}

kernel! {
    fn nth_by_counts<T: Real>(values: &[T], rank: usize) -> T {
        let values = Sides::new(values);
        // The value is at least that of key `low`, and below that of `high`; so many are below
        // each.
        let (mut low, mut high) = (T::NEG_INFINITY.key(), T::INFINITY.key());
        let end = T::INFINITY.order();
        let (mut below_low, mut below_high) = (0, values.count(|value| value < end));
        if below_high <= rank {
            return T::INFINITY;
        }
        while high - low > 1 && below_high - below_low > 1 {
            let middle = low + (high - low) / 2;
            let end = T::from_key(middle).order();
            let below = values.count(|value| value < end);
            if below <= rank {
                (low, below_low) = (middle, below);
            } else {
                (high, below_high) = (middle, below);
            }
        }
        if high - low > 1 {
            values.largest_below(T::from_key(high))
        } else {
            T::from_key(low)
        }
    }
}

kernel! {
    /// The value of a rank, where `before` is that of the rank before.
    pub fn next<T: Real>(values: &[T], rank: usize, before: T) -> T {
        let values = Sides::new(values);
        let end = before.order();
        if values.count(|value| value <= end) > rank {
            before
        } else {
            values.least_above(before)
        }
    }
}

/// Values in whole sides, and a last side that is padded with NaNs, which meet no condition.
struct Sides<'a, T> {
    whole: &'a [T],
    last: [T; SIDE],
}

impl<'a, T: Real> Sides<'a, T> {
    #[inline(always)]
    fn new(values: &'a [T]) -> Self {
        let (whole, rest) = values.as_chunks::<SIDE>();
        let mut last = [T::MISSING; SIDE];
        last[..rest.len()].copy_from_slice(rest);
        let whole = whole.as_flattened();
        Self { whole, last }
    }

    /// How many values meet a condition.
    #[inline(always)]
    fn count(&self, is_met: impl Fn(T::Order) -> bool) -> usize {
        let count = |values: &[T]| {
            let met = values.iter().map(|value| u32::from(is_met(value.order())));
            met.sum::<u32>() as usize
        };
        count(self.whole) + count(&self.last)
    }

    /// The largest value below `end`.
    #[inline(always)]
    fn largest_below(&self, end: T) -> T {
        let least = T::NEG_INFINITY.key();
        let largest = |values: &[T]| {
            values.iter().fold(least, |largest, value| {
                let is_candidate = value.order() < end.order();
                largest.max(if is_candidate { value.key() } else { least })
            })
        };
        T::from_key(largest(self.whole).max(largest(&self.last)))
    }

    /// The least value above `before`.
    #[inline(always)]
    fn least_above(&self, before: T) -> T {
        let most = T::INFINITY.key();
        let least = |values: &[T]| {
            values.iter().fold(most, |least, value| {
                let is_candidate = value.order() > before.order();
                least.min(if is_candidate { value.key() } else { most })
            })
        };
        T::from_key(least(self.whole).min(least(&self.last)))
    }
}
