//! Stores that do not pass through the cache, with instructions that every x86-64 has.
#![expect(
    unsafe_code,
    reason = "stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_sfence, _mm_stream_si128};

use crate::kernel::x86_64::LINE;

/// Copies whole lines from the front on, if `to` begins with one; returns how many values that is.
/// Other threads may see them late, unless [`fence`] follows.
pub fn copy_lines<T: Copy>(from: &[T], to: &mut [T]) -> usize {
    let values = LINE / size_of::<T>().max(1);
    let (source, target) = (from.as_ptr(), to.as_mut_ptr());
    if from.len() != to.len()
        || values * size_of::<T>() != LINE
        || !target.addr().is_multiple_of(LINE)
    {
        return 0;
    }
    let whole = to.len() / values * values;
    for line in (0..whole).step_by(values) {
        // SAFETY: a whole line lies in both slices (`whole`), and is aligned in `to` (just
        // checked).
        unsafe {
            let from: *const __m128i = source.add(line).cast();
            let to: *mut __m128i = target.add(line).cast();
            for part in 0..LINE / size_of::<__m128i>() {
                _mm_stream_si128(to.add(part), _mm_loadu_si128(from.add(part)));
            }
        }
    }
    whole
}

/// Orders the stores before it before all that follow.
pub fn fence() {
    // SAFETY: every x86-64 has it.
    unsafe { _mm_sfence() };
}
