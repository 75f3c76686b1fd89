//! Cast and clean in one pass over a block that fits L1.
//!
//! ```text
//! for each value: cast it; if the result is not finite, ask the source value why
//! ```
//!
//! 1. The cast is a plain loop that vectorises.
//! 2. One look at a whole block of results tells whether any is not finite: in real data nearly
//!    none is, so the slow, counting loop hardly ever runs.
//! 3. Where no source value can exceed the largest element, the look is compiled away.

use super::{Element, Number, Real};

/// Results looked at together. Measured flat between 32 and 256.
const BLOCK: usize = 64;

/// What to write for a value that is not plain: the user's policy as six numbers.
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
    /// Everything that is not plain becomes `missing`.
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
}

impl<T: Real> Rule<T> {
    /// Infinities stay; a missing value stays NaN.
    pub fn keep() -> Self {
        Self {
            pos_inf: T::INFINITY,
            neg_inf: T::NEG_INFINITY,
            ..Self::all(T::MISSING)
        }
    }
}

/// What was met in one column.
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
    /// Of those, the one of largest magnitude.
    pub largest: f64,
}

impl Tally {
    /// Adds what another part of the column met.
    pub fn add(&mut self, other: &Self) {
        self.nulls += other.nulls;
        self.nans += other.nans;
        self.pos_infs += other.pos_infs;
        self.neg_infs += other.neg_infs;
        self.overflowed += other.overflowed;
        self.meet(other.largest);
    }

    /// Whether nothing but plain values was met.
    pub fn is_plain(&self) -> bool {
        self.nulls + self.nans + self.pos_infs + self.neg_infs + self.overflowed == 0
    }

    /// Keeps the value of largest magnitude.
    pub fn meet(&mut self, value: f64) {
        // On a tie of magnitudes the positive one, so that the order of tasks does not show.
        if (value.abs(), value) > (self.largest.abs(), self.largest) {
            self.largest = value;
        }
    }
}

/// Casts `values` to `out` (of the same length), replaces by `rule`, counts in `tally`.
#[inline(always)]
pub fn clean<S: Number, T: Element>(
    values: &[S],
    out: &mut [T],
    rule: &Rule<T>,
    tally: &mut Tally,
) {
    T::cast(values, out);
    if S::LARGEST <= T::LARGEST {
        return;
    }
    for (values, out) in values.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        if !out.iter().fold(true, |all, out| all & out.is_finite()) {
            replace(values, out, rule, tally);
        }
    }
}

#[cold]
#[inline(never)]
fn replace<S: Number, T: Element>(values: &[S], out: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    for (value, out) in values.iter().zip(out) {
        if out.is_finite() {
            continue;
        }
        let value = value.to_f64();
        let positive = value > 0.0;
        *out = if value.is_nan() {
            tally.nans += 1;
            rule.missing
        } else if value.is_infinite() {
            tally.pos_infs += u64::from(positive);
            tally.neg_infs += u64::from(!positive);
            if positive { rule.pos_inf } else { rule.neg_inf }
        } else {
            tally.overflowed += 1;
            tally.meet(value);
            if positive {
                rule.pos_overflow
            } else {
                rule.neg_overflow
            }
        };
    }
}

/// Spreads the `valid` values at the front of `out` to the places whose bit is set in `mask`, and
/// writes `missing` to the others. Works backwards, in place.
pub fn expand<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) {
    let mut from = valid.min(out.len());
    for row in (0..out.len()).rev() {
        let set = mask
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1);
        out[row] = if set && from > 0 {
            from -= 1;
            out[from]
        } else {
            missing
        };
    }
}
