//! Stores that do not pass through the cache, with instructions that every x86-64 has.
#![expect(
    unsafe_code,
    reason = "stores through pointers; each function checks what it touches"
)]

use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_sfence, _mm_stream_si128};

use crate::kernel::x86_64::LINE;

/// Copies values up to the end of the last whole line of `to`, and returns how many these are; those
/// before its first whole line go the usual way. Other threads may see lines late, unless [`fence`]
/// follows.
pub fn copy_lines<T: Copy>(from: &[T], to: &mut [T]) -> usize {
    let size = size_of::<T>().max(1);
    let values = LINE / size;
    let before = to.as_ptr().addr().wrapping_neg() % LINE;
    let front = before / size;
    if from.len() != to.len()
        || values * size != LINE
        || front * size != before
        || front + values > to.len()
    {
        return 0;
    }
    to[..front].copy_from_slice(&from[..front]);
    let end = front + (to.len() - front) / values * values;
    let (source, target) = (from.as_ptr(), to.as_mut_ptr());
    for line in (front..end).step_by(values) {
        // SAFETY: a whole line lies in both slices (`end`), and is aligned in `to` (`front`).
        unsafe {
            let from: *const __m128i = source.add(line).cast();
            let to: *mut __m128i = target.add(line).cast();
            for part in 0..LINE / size_of::<__m128i>() {
                _mm_stream_si128(to.add(part), _mm_loadu_si128(from.add(part)));
            }
        }
    }
    end
}

/// Orders the stores before it before all that follow.
pub fn fence() {
    // SAFETY: every x86-64 has it.
    unsafe { _mm_sfence() };
}
