//! Copies past the cache, for values that are not read again soon: no line is fetched only to be
//! overwritten. Where the machine has no such stores, it copies plainly. The other way round, values
//! are fetched into the cache before they are read.

use crate::kernel::arch;

/// Has values fetched into the cache, where the machine can.
#[inline]
pub fn prefetch<T>(values: &[T]) {
    arch::prefetch(values);
}

/// Copies that other threads see once this has been dropped.
#[derive(Debug)]
pub struct UncachedCopy {
    /// Whether lines are stored past the cache.
    past: bool,
}

impl UncachedCopy {
    /// Copies past the cache if `past`, and if the machine can and may.
    pub fn new(past: bool) -> Self {
        let past = past && arch::has_uncached_stores();
        Self { past }
    }

    /// Copies values.
    pub fn store<T: Copy>(&mut self, from: &[T], to: &mut [T]) {
        let done = if self.past {
            arch::copy_lines(from, to)
        } else {
            0
        };
        to[done..].copy_from_slice(&from[done..]);
    }
}

impl Drop for UncachedCopy {
    fn drop(&mut self) {
        if self.past {
            arch::fence();
        }
    }
}
