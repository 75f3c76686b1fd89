//! The user's policy, as numbers.

use crate::kernel::{Real, Rule, Tally};
use crate::plan::{Fill, Inf, Options, OverflowPolicy, Plan};

/// What to write for what is not plain in a column with this fill.
pub fn rule<T: Real>(plan: &Plan, fill: Fill) -> Rule<T> {
    let missing = match fill {
        Fill::Value(value) => T::nearest(value),
        Fill::Median | Fill::Mean | Fill::Nothing => T::MISSING,
    };
    let all = Rule::all(missing);
    let (pos_inf, neg_inf) = match plan.options.inf {
        Inf::Missing => (missing, missing),
        Inf::Keep => (T::INFINITY, T::NEG_INFINITY),
    };
    let (pos_overflow, neg_overflow) = match plan.options.overflow {
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
