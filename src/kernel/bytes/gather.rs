//! Values by their indices.
//!
//! ```text
//! for each index: out = values[index]
//! ```
//!
//! A writer that sees mostly new values gives them indices that rise by one, so neighbours are often
//! side by side in the dictionary, too: those are copied together. The largest of many indices is
//! compared with the number of values before any is used: to compare each would take a third longer.
#![expect(
    unsafe_code,
    reason = "takes values at indices, the largest of which was found to be in range"
)]

use crate::kernel::arch;
use crate::kernel::isa::kernel;

/// Indices that are used together.
const SIDE: usize = 16;

/// Writes the value of each index to `out`; returns `Err` with the largest index if any is out of
/// range.
pub fn gather<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) -> Result<(), u32> {
    let (done, largest) = arch::gather(values, indices, out);
    if done > 0 && largest as usize >= values.len() {
        return Err(largest_of(indices));
    }
    gather_rest(values, &indices[done..], &mut out[done..])
}

#[inline(always)]
fn largest_of(indices: &[u32]) -> u32 {
    indices.iter().fold(0, |most, index| most.max(*index))
}

kernel! {
    fn gather_rest<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) -> Result<(), u32> {
        let largest = largest_of(indices);
        if largest as usize >= values.len() && !indices.is_empty() {
            return Err(largest);
        }
        let (indices, few) = indices.as_chunks::<SIDE>();
        let (sides, rest) = out.as_chunks_mut::<SIDE>();
        for (indices, out) in indices.iter().zip(sides) {
            let first = indices[0];
            let rises = (first..).zip(indices);
            if rises.fold(0, |apart, (next, index)| apart | (next ^ index)) == 0 {
                let side_by_side = values[first as usize..].first_chunk();
                *out = *side_by_side.unwrap_or(out);
            } else {
                // SAFETY: the largest index is in range.
                unsafe { one_by_one(values, indices, out) };
            }
        }
        // SAFETY: as above.
        unsafe { one_by_one(values, few, rest) };
        Ok(())
    }
}

/// # Safety
/// Each index must be in range.
#[inline(always)]
unsafe fn one_by_one<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) {
    for (out, index) in out.iter_mut().zip(indices) {
        // SAFETY: as the caller promises.
        *out = unsafe { *values.get_unchecked(*index as usize) };
    }
}
