//! Outputs of lanes whose bits can be compared, each with a rule that marks what is not plain.

use std::fmt::Debug;

use half::f16;
use onecopy::kernel::{Element, Real, Rule};

/// An output whose bits can be compared.
pub trait Cell: Element + PartialEq + Debug {
    /// What stands for each thing that is not plain, all of them different.
    fn rule() -> Rule<Self>;
    fn same(self, other: Self) -> bool;
}

fn marks<T: Real>() -> Rule<T> {
    Rule {
        null: T::nearest(-1.25),
        missing: T::nearest(-2.25),
        pos_inf: T::INFINITY,
        neg_inf: T::NEG_INFINITY,
        pos_overflow: T::nearest(-3.25),
        neg_overflow: T::nearest(-4.25),
    }
}

macro_rules! cells {
    ($($name:ty)*) => {$(
        impl Cell for $name {
            fn rule() -> Rule<Self> {
                marks()
            }
            fn same(self, other: Self) -> bool {
                self.to_bits() == other.to_bits()
            }
        }
    )*};
}

cells!(f16 f32 f64);

/// What targets and groups are made of.
impl Cell for i64 {
    fn rule() -> Rule<Self> {
        Rule::all(-7)
    }
    fn same(self, other: Self) -> bool {
        self == other
    }
}
