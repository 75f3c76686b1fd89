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

use crate::kernel::isa::Kernel;
use crate::kernel::scalar::replace::replace;
use crate::kernel::{Element, Number, Real};

/// Results looked at together. See `benchmarks/NOTES.md`.
pub const BLOCK: usize = 128;

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

impl<T: Element> Rule<T> {
    /// Leaves everything as it is cast.
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

    /// What to write for a source value whose cast is not finite, met so many times; counts it.
    pub fn stand_in(&self, value: f64, times: u64, tally: &mut Tally) -> T {
        let positive = value > 0.0;
        if value.is_nan() {
            tally.nans += times;
            self.missing
        } else if value.is_infinite() {
            if positive {
                tally.pos_infs += times;
                self.pos_inf
            } else {
                tally.neg_infs += times;
                self.neg_inf
            }
        } else {
            tally.overflowed += times;
            tally.meet(value);
            if positive {
                self.pos_overflow
            } else {
                self.neg_overflow
            }
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
pub fn clean<S: Number, T: Element>(
    values: &[S],
    out: &mut [T],
    rule: &Rule<T>,
    tally: &mut Tally,
) {
    let clean = Clean {
        values,
        out,
        rule,
        tally,
    };
    clean.dispatch();
}

struct Clean<'a, S, T> {
    values: &'a [S],
    out: &'a mut [T],
    rule: &'a Rule<T>,
    tally: &'a mut Tally,
}

impl<S: Number, T: Element> Kernel for Clean<'_, S, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        T::cast(self.values, self.out);
        if S::LARGEST <= T::LARGEST {
            return;
        }
        for (values, out) in self.values.chunks(BLOCK).zip(self.out.chunks_mut(BLOCK)) {
            if !T::are_finite(out) {
                replace(values, out, self.rule, self.tally);
            }
        }
    }
}

/// Whether all are finite.
pub fn all_finite<T: Element>(values: &[T]) -> bool {
    AllFinite(values).dispatch()
}

struct AllFinite<'a, T>(&'a [T]);

impl<T: Element> Kernel for AllFinite<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        T::are_finite(self.0)
    }
}

/// Spreads the `valid` values at the front of `out` to the places whose bit is set in `mask`, and
/// writes `missing` to the others. Works backwards, in place, by runs of set and of clear bits.
pub fn expand<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) {
    #[cfg(target_arch = "x86_64")]
    if crate::kernel::x86_64::expand::expand(out, valid, mask, missing) {
        return;
    }
    expand_plain(out, valid, mask, missing);
}

/// The plain twin.
pub fn expand_plain<T: Copy>(out: &mut [T], valid: usize, mask: &[u64], missing: T) {
    let mut from = valid.min(out.len());
    let mut row = out.len();
    // Once as many values are left as rows, they are where they belong.
    while row > from {
        let (word, bit) = ((row - 1) / 64, (row - 1) % 64);
        let left = mask.get(word).copied().unwrap_or(0) << (63 - bit);
        let set = (left.leading_ones() as usize).min(bit + 1).min(from);
        out.copy_within(from - set..from, row - set);
        (from, row) = (from - set, row - set);
        let clear = ((left << (set % 64)).leading_zeros() as usize).min(bit + 1 - set);
        let clear = if set == bit + 1 { 0 } else { clear };
        out[row - clear..row].fill(missing);
        row -= clear;
        if set + clear == 0 {
            // More bits than values: whoever counted them is wrong, and nothing may be read twice.
            out[..row].fill(missing);
            return;
        }
    }
}
