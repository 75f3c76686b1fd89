//! Numbers exchanged for what a table has for them.

use crate::kernel::Real;
use crate::kernel::isa::kernel;

/// Added to a whole number it leaves the number in the low bits.
const WHOLE: f64 = (1_u64 << 52) as f64;

kernel! {
    /// Writes for each whole number what `table` has for it. What is below zero, NaN or beyond the
    /// table stays.
    pub fn exchange<T: Real>(values: &mut [T], table: &[T]) {
        let beyond = table.len() as f64;
        for value in values {
            let number = value.to_f64();
            let at = ((number + WHOLE).to_bits() & 0xffff_ffff) as usize;
            if number >= 0.0 && number < beyond && let Some(new) = table.get(at) {
                *value = *new;
            }
        }
    }
}
