//! An output scalar that says of a value only whether it is there.

use crate::kernel::{Element, Number};

/// Whether there is no value: true for a null, false for any value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Absence(pub bool);

impl Element for Absence {
    const MISSING: Self = Self(true);
    const LARGEST: f64 = f64::INFINITY;

    #[inline(always)]
    fn cast<S: Number>(_: &[S], out: &mut [Self]) {
        out.fill(Self(false));
    }

    fn is_finite(self) -> bool {
        true
    }

    fn are_finite(_: &[Self]) -> bool {
        true
    }
}
