//! The middle of some values in order: one of them or two, and the median that these have.

use crate::kernel::Real;

/// The two in the middle, equal where the count is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Middle<T> {
    /// The lower one.
    pub lower: T,
    /// The upper one.
    pub upper: T,
}

impl<T: Real> Middle<T> {
    /// The median of `count` values. The mean of two is computed as NumPy does it, overflow
    /// included. A zero is positive, for which of several zeros is in the middle depends on how they
    /// were counted.
    #[expect(
        clippy::manual_midpoint,
        reason = "midpoint avoids the overflow that NumPy has"
    )]
    pub fn median(self, count: u64) -> T {
        let (lower, upper) = (self.lower.to_f64(), self.upper.to_f64());
        if count % 2 == 1 {
            T::nearest(lower + 0.0)
        } else {
            T::nearest((lower + upper) / 2.0 + 0.0)
        }
    }
}
