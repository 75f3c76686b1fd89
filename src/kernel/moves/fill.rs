//! Gaps filled: NaNs of whole rows, each with the fill of its column, or of a column, in its place or
//! copied.
//!
//! ```text
//! for each value: if it is NaN, write the fill of its column
//! ```
//!
//! Most rows have some gap somewhere, so a branch would be guessed wrong often: a masked store
//! writes to the gaps alone, and a line without any stays clean.

use crate::kernel::Real;
use crate::kernel::isa::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::avx512::patch as simd;

/// Values that are looked at together.
const SIDE: usize = 16;

/// Writes `fills`, one for each column, over the NaNs of whole rows.
pub fn patch<T: Real>(rows: &mut [T], fills: &[T]) {
    for row in rows.chunks_mut(fills.len().max(1)) {
        let done = simd(row, fills);
        patch_plain(&mut row[done..], &fills[done..]);
    }
}

/// Copies a column, with `fill` for each NaN, unless it is one.
pub fn copy<T: Real>(from: &[T], to: &mut [T], fill: T) {
    if fill.is_nan() {
        to.copy_from_slice(from);
    } else {
        Copy { from, to, fill }.dispatch();
    }
}

/// Writes `fill` over the NaNs of a column.
pub fn fill<T: Real>(column: &mut [T], fill: T) {
    Fill { column, fill }.dispatch();
}

struct Fill<'a, T> {
    column: &'a mut [T],
    fill: T,
}

impl<T: Real> Kernel for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for value in self.column {
            *value = if value.is_nan() { self.fill } else { *value };
        }
    }
}

struct Copy<'a, T> {
    from: &'a [T],
    to: &'a mut [T],
    fill: T,
}

impl<T: Real> Kernel for Copy<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (from, to) in self.from.iter().zip(self.to) {
            *to = if from.is_nan() { self.fill } else { *from };
        }
    }
}

/// The plain twin, for one row.
pub fn patch_plain<T: Real>(row: &mut [T], fills: &[T]) {
    Patch { row, fills }.dispatch();
}

struct Patch<'a, T> {
    row: &'a mut [T],
    fills: &'a [T],
}

impl<T: Real> Kernel for Patch<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (row, rest) = self.row.as_chunks_mut::<SIDE>();
        let (fills, few) = self.fills.as_chunks::<SIDE>();
        for (values, fills) in row.iter_mut().zip(fills) {
            if values.iter().fold(false, |any, value| any | value.is_nan()) {
                for (value, fill) in values.iter_mut().zip(fills) {
                    *value = if value.is_nan() { *fill } else { *value };
                }
            }
        }
        // The last row may be cut short, and then it has fewer whole sides than there are fills.
        let few = if row.len() == fills.len() {
            few
        } else {
            &fills.as_flattened()[row.len() * SIDE..]
        };
        for (value, fill) in rest.iter_mut().zip(few) {
            if value.is_nan() {
                *value = *fill;
            }
        }
    }
}

/// None is looked at where the machine has no trick for it.
#[cfg(not(target_arch = "x86_64"))]
fn simd<T>(_: &mut [T], _: &[T]) -> usize {
    0
}
