//! Gaps filled: NaNs of whole rows, each with the fill of its column, or those of one column.
//!
//! ```text
//! for each value: if it is NaN, write the fill of its column
//! ```
//!
//! Most rows have some gap somewhere, so a branch would often be mispredicted: a masked store
//! writes to the gaps alone, and a line without any stays clean.

use crate::kernel::isa::kernel;
use crate::kernel::{Real, arch};

/// Values that are tested together.
const SIDE: usize = 16;

/// Writes `fills`, one for each column, over the NaNs of whole rows.
pub fn fill_rows<T: Real>(rows: &mut [T], fills: &[T]) {
    for row in rows.chunks_mut(fills.len().max(1)) {
        let done = arch::fill(row, fills);
        fill_row(&mut row[done..], &fills[done..]);
    }
}

/// Copies a column, and writes `fill` for each NaN, unless it is NaN itself.
pub fn copy_filled<T: Real>(from: &[T], to: &mut [T], fill: T) {
    if fill.is_nan() {
        to.copy_from_slice(from);
    } else {
        copy_with(from, to, fill);
    }
}

kernel! {
    /// Writes `fill` over the NaNs of a column.
    pub fn fill_column<T: Real>(column: &mut [T], fill: T) {
        for value in column {
            *value = if value.is_nan() { fill } else { *value };
        }
    }
}

kernel! {
    fn copy_with<T: Real>(from: &[T], to: &mut [T], fill: T) {
        for (from, to) in from.iter().zip(to) {
            *to = if from.is_nan() { fill } else { *from };
        }
    }
}

kernel! {
    fn fill_row<T: Real>(row: &mut [T], fills: &[T]) {
        let (sides, rest) = row.as_chunks_mut::<SIDE>();
        let (fills, few) = fills.as_chunks::<SIDE>();
        for (values, fills) in sides.iter_mut().zip(fills) {
            if values.iter().fold(false, |any, value| any | value.is_nan()) {
                for (value, fill) in values.iter_mut().zip(fills) {
                    *value = if value.is_nan() { *fill } else { *value };
                }
            }
        }
        // The last row may be cut short, and then it has fewer whole sides than there are fills.
        let few = if sides.len() == fills.len() {
            few
        } else {
            &fills.as_flattened()[sides.len() * SIDE..]
        };
        for (value, fill) in rest.iter_mut().zip(few) {
            if value.is_nan() {
                *value = *fill;
            }
        }
    }
}
