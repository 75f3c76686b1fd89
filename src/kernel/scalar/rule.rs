//! How values that are not plain are replaced, and how many there were: null, NaN, infinite, or too
//! large for the element.

use crate::kernel::{Element, Real};

/// What to write for each value that is not plain: the user's policy as six numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule<T> {
    /// For a null.
    pub null: T,
    /// For a NaN.
    pub missing: T,
    /// For +inf in the source.
    pub pos_inf: T,
    /// For -inf in the source.
    pub neg_inf: T,
    /// For a finite value too large.
    pub pos_overflow: T,
    /// For a finite value too low.
    pub neg_overflow: T,
}

impl<T: Element> Rule<T> {
    /// A rule by which everything that is not plain becomes `missing`.
    pub fn all(missing: T) -> Self {
        Self {
            null: missing,
            missing,
            pos_inf: missing,
            neg_inf: missing,
            pos_overflow: missing,
            neg_overflow: missing,
        }
    }

    /// A rule that leaves every value as it is cast.
    pub fn cast() -> Self {
        let mut cast = [T::MISSING; 2];
        T::cast(&[f64::INFINITY, f64::NEG_INFINITY], &mut cast);
        Self {
            pos_inf: cast[0],
            neg_inf: cast[1],
            pos_overflow: cast[0],
            neg_overflow: cast[1],
            ..Self::all(T::MISSING)
        }
    }

    /// What to write for a source value whose cast is not finite; counts that it occurred so many
    /// times.
    pub fn stand_in(&self, value: f64, times: u64, tally: &mut Tally) -> T {
        if value.is_finite() {
            tally.meet(value);
        }
        let (count, stand_in) = match (value.is_finite(), value > 0.0) {
            _ if value.is_nan() => (&mut tally.nans, self.missing),
            (false, true) => (&mut tally.pos_infs, self.pos_inf),
            (false, false) => (&mut tally.neg_infs, self.neg_inf),
            (true, true) => (&mut tally.overflowed, self.pos_overflow),
            (true, false) => (&mut tally.overflowed, self.neg_overflow),
        };
        *count += times;
        stand_in
    }
}

impl<T: Real> Rule<T> {
    /// A rule by which infinities stay, and a missing value stays NaN.
    pub fn keep() -> Self {
        Self {
            pos_inf: T::INFINITY,
            neg_inf: T::NEG_INFINITY,
            ..Self::all(T::MISSING)
        }
    }
}

/// How many values of one column were not plain.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// Nulls.
    pub nulls: u64,
    /// NaNs in the source.
    pub nans: u64,
    /// +inf in the source.
    pub pos_infs: u64,
    /// -inf in the source.
    pub neg_infs: u64,
    /// Finite values that do not fit the element.
    pub overflowed: u64,
    /// The one of largest magnitude among those that do not fit, or 0.
    pub largest: f64,
    /// The largest magnitude among units of a clock, or 0.
    pub farthest: f64,
}

impl Tally {
    /// Adds the counts of another part of the column.
    pub fn add(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.nans += other.nans;
        self.pos_infs += other.pos_infs;
        self.neg_infs += other.neg_infs;
        self.overflowed += other.overflowed;
        self.meet(other.largest);
        self.reach(other.farthest);
    }

    /// The counts of all parts of a column.
    pub fn sum(parts: &[Self]) -> Self {
        let mut sum = Self::default();
        for part in parts {
            sum.add(part);
        }
        sum
    }

    /// Whether all values were plain.
    pub fn is_plain(&self) -> bool {
        self.nulls + self.nans + self.pos_infs + self.neg_infs + self.overflowed == 0
    }

    /// Notes a number of units of a clock, and keeps the largest magnitude.
    pub fn reach(&mut self, magnitude: f64) {
        self.farthest = self.farthest.max(magnitude);
    }

    /// Notes a value that does not fit, and keeps the one of largest magnitude.
    pub fn meet(&mut self, value: f64) {
        // On a tie the positive one, so that the result does not depend on the order of tasks.
        if (value.abs(), value) > (self.largest.abs(), self.largest) {
            self.largest = value;
        }
    }
}

/// A rule, and the tally of what it replaces.
#[derive(Debug)]
pub struct Cleaner<'a, T> {
    /// What to write.
    pub rule: &'a Rule<T>,
    /// What was replaced.
    pub tally: &'a mut Tally,
}
