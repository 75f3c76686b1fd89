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
    /// included.
    #[expect(
        clippy::manual_midpoint,
        reason = "midpoint avoids the overflow that NumPy has"
    )]
    pub fn median(self, count: u64) -> T {
        if count % 2 == 1 {
            self.lower
        } else {
            T::nearest((self.lower.to_f64() + self.upper.to_f64()) / 2.0)
        }
    }
}
