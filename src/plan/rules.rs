//! The policies of the options as numbers: what is written for a value that is not a plain number,
//! and how many values of a column are missing.

use crate::kernel::{Real, Rule, Tally};
use crate::plan::options::{Fill, Inf, Options, OverflowPolicy};

/// The rule of a column with this fill: what to write for values that are not plain numbers.
pub fn rule<T: Real>(options: &Options, fill: Fill) -> Rule<T> {
    let missing = match fill {
        Fill::Value(value) => T::nearest(value),
        Fill::Median | Fill::Mean | Fill::Nothing => T::MISSING,
    };
    let all = Rule::all(missing);
    let (pos_inf, neg_inf) = match options.inf {
        Inf::Missing => (missing, missing),
        Inf::Keep => (T::INFINITY, T::NEG_INFINITY),
    };
    let (pos_overflow, neg_overflow) = match options.overflow {
        OverflowPolicy::Clip => (T::MAX, T::MIN),
        OverflowPolicy::Missing | OverflowPolicy::Raise => (missing, missing),
    };
    Rule {
        pos_inf,
        neg_inf,
        pos_overflow,
        neg_overflow,
        ..all
    }
}

/// How many values of a column are missing.
pub fn missing(tally: &Tally, options: &Options) -> u64 {
    let infinite = match options.inf {
        Inf::Missing => tally.pos_infs + tally.neg_infs,
        Inf::Keep => 0,
    };
    let overflowed = match options.overflow {
        OverflowPolicy::Missing => tally.overflowed,
        OverflowPolicy::Raise | OverflowPolicy::Clip => 0,
    };
    tally.nulls + tally.nans + infinite + overflowed
}
