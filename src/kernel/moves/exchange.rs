//! Numbers exchanged for what a table has for them.

use crate::kernel::Real;
use crate::kernel::isa::kernel;

/// 2^52: added to a whole number it leaves the number in the low bits.
const WHOLE: f64 = 4_503_599_627_370_496.0;

kernel! {
    /// Writes for each whole number what `table` has for it. What is below zero, NaN or beyond the
    /// table stays.
    pub fn exchange<T: Real>(values: &mut [T], table: &[T]) {
        let Some(last) = table.len().checked_sub(1) else {
            return;
        };
        let most = f64::from(u32::try_from(last).unwrap_or(u32::MAX));
        for value in values {
            let number = value.to_f64();
            let at = ((number + WHOLE).to_bits() & 0xffff_ffff) as usize;
            let new = table[at.min(last)];
            *value = if number >= 0.0 && number <= most { new } else { *value };
        }
    }
}
