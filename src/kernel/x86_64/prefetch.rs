//! Lines fetched into the cache before they are needed.
#![expect(
    unsafe_code,
    reason = "the instruction takes a pointer, which is that of a slice"
)]

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

use crate::kernel::x86_64::LINE;

/// Has the lines of `values` fetched. The instruction is there on every x86-64.
#[inline]
pub fn prefetch<T>(values: &[T]) {
    let first = values.as_ptr().cast::<i8>();
    let bytes = size_of_val(values);
    for at in (0..bytes).step_by(LINE).chain(bytes.checked_sub(1)) {
        // SAFETY: the place is within the slice; nothing is read or written for the program.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.add(at)) };
    }
}
