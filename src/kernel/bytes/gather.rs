//! Values by their indices.
//!
//! ```text
//! for each index: out = values[index]
//! ```
//!
//! A writer that meets mostly new values gives them indices that rise by one, so neighbours are
//! often side by side in the dictionary, too: those are copied. Indices are compared with the number
//! of values before any is used, many at once: a comparison for each costs a third of the time.
#![expect(
    unsafe_code,
    reason = "takes values at indices, the largest of which was found to be one of theirs"
)]

use crate::kernel::isa::Kernel;
#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::gather;

/// Indices that are looked at together.
const SIDE: usize = 16;

/// Puts the value of each index in `out`; where one lies beyond the values, tells the largest.
pub fn gather<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) -> Result<(), u32> {
    let (done, most) = simd(values, indices, out);
    if done > 0 && most as usize >= values.len() {
        return Err(indices.iter().fold(most, |most, index| most.max(*index)));
    }
    let gather = Gather {
        values,
        indices: &indices[done..],
        out: &mut out[done..],
    };
    gather.dispatch()
}

struct Gather<'a, T> {
    values: &'a [T],
    indices: &'a [u32],
    out: &'a mut [T],
}

impl<T: Copy> Kernel for Gather<'_, T> {
    type Output = Result<(), u32>;

    #[inline(always)]
    fn run(self) -> Result<(), u32> {
        let most = self.indices.iter().fold(0, |most, index| most.max(*index));
        if most as usize >= self.values.len() && !self.indices.is_empty() {
            return Err(most);
        }
        let (indices, few) = self.indices.as_chunks::<SIDE>();
        let (sides, rest) = self.out.as_chunks_mut::<SIDE>();
        for (indices, out) in indices.iter().zip(sides) {
            let first = indices[0];
            let rises = (first..).zip(indices);
            if rises.fold(0, |apart, (next, index)| apart | (next ^ index)) == 0 {
                let side_by_side = self.values[first as usize..].first_chunk();
                *out = *side_by_side.unwrap_or(out);
            } else {
                // SAFETY: the largest index is that of a value.
                unsafe { one_by_one(self.values, indices, out) };
            }
        }
        // SAFETY: as above.
        unsafe { one_by_one(self.values, few, rest) };
        Ok(())
    }
}

/// # Safety
/// Each index must be that of a value.
#[inline(always)]
unsafe fn one_by_one<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) {
    for (out, index) in out.iter_mut().zip(indices) {
        // SAFETY: as the caller promises.
        *out = unsafe { *values.get_unchecked(*index as usize) };
    }
}

/// The values of the first indices, how many these are, and the largest of them where the values are
/// few.
#[cfg(target_arch = "x86_64")]
fn simd<T: Copy>(values: &[T], indices: &[u32], out: &mut [T]) -> (usize, u32) {
    match gather::lookup(values, indices, out) {
        (0, _) => (gather::gather(values, indices, out), 0),
        looked_up => looked_up,
    }
}

/// None are looked up where the machine has no trick for it.
#[cfg(not(target_arch = "x86_64"))]
fn simd<T: Copy>(_: &[T], _: &[u32], _: &mut [T]) -> (usize, u32) {
    (0, 0)
}
