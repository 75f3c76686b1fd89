//! Copies past the cache, for what is not looked at again soon: no line is fetched only to be written
//! over. The plain twin copies.
#![cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "stores through pointers; each function checks what it touches"
    )
)]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_sfence, _mm_stream_si128};

use crate::kernel::isa::Isa;

/// Bytes of a line of the cache.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Copies that other threads see when this has been dropped.
#[derive(Debug)]
pub struct UncachedCopy {
    /// Whether lines pass the cache by.
    past: bool,
}

impl UncachedCopy {
    /// Copies past the cache, or, where that is of no use or switched off, plainly.
    pub fn new(past: bool) -> Self {
        let past = past && Isa::best() > Isa::Plain;
        Self { past }
    }

    /// Copies values.
    pub fn store<T: Copy>(&mut self, from: &[T], to: &mut [T]) {
        let done = if self.past { lines(from, to) } else { 0 };
        to[done..].copy_from_slice(&from[done..]);
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for UncachedCopy {
    fn drop(&mut self) {
        if self.past {
            // SAFETY: every x86-64 has it.
            unsafe { _mm_sfence() };
        }
    }
}

/// Copies whole lines from the front on, where that is where a line begins; tells how many values.
#[cfg(target_arch = "x86_64")]
fn lines<T: Copy>(from: &[T], to: &mut [T]) -> usize {
    let values = LINE / size_of::<T>().max(1);
    let (source, place) = (from.as_ptr(), to.as_mut_ptr());
    if from.len() != to.len()
        || values * size_of::<T>() != LINE
        || !place.addr().is_multiple_of(LINE)
    {
        return 0;
    }
    let whole = to.len() / values * values;
    for line in (0..whole).step_by(values) {
        // SAFETY: a whole line lies in both slices (`whole`), and is aligned in `to` (just checked).
        unsafe {
            let from: *const __m128i = source.add(line).cast();
            let to: *mut __m128i = place.add(line).cast();
            for part in 0..LINE / size_of::<__m128i>() {
                _mm_stream_si128(to.add(part), _mm_loadu_si128(from.add(part)));
            }
        }
    }
    whole
}

/// None where the machine has no such stores.
#[cfg(not(target_arch = "x86_64"))]
fn lines<T>(_: &[T], _: &mut [T]) -> usize {
    0
}
