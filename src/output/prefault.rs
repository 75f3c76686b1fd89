//! The pages of an output, prefaulted by all threads before they write to them, each its share.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::sys::Mapping;
use crate::sys::pages::PageHandle;
use crate::workers::Workers;

/// Bytes that are prefaulted between two polls for cancellation: one huge page, so that no two
/// threads fault in the same one.
const STEP: usize = 2 << 20;

/// The most bytes of a matrix that one byte of a file is believed to become, before it is read.
const DENSEST: u64 = 256;

/// Whether `read_bytes` bytes of files are likely to become `bytes` bytes of a matrix.
pub const fn is_likely(read_bytes: u64, bytes: usize) -> bool {
    bytes as u64 / DENSEST <= read_bytes
}

/// Pages that no thread has prefaulted yet.
#[derive(Debug)]
pub struct Prefault {
    pages: PageHandle,
    next: AtomicUsize,
    end: usize,
}

impl Prefault {
    /// The pages of a range of bytes of an output.
    pub const fn new(pages: PageHandle, bytes: &Range<usize>) -> Self {
        Self {
            pages,
            next: AtomicUsize::new(bytes.start),
            end: bytes.end,
        }
    }

    /// All pages of `matrix`; `None` if the files have so few bytes that the claimed size should not
    /// be believed before they are read.
    pub fn of(matrix: &Mapping, read_bytes: u64) -> Option<Self> {
        let is_likely = is_likely(read_bytes, matrix.bytes());
        is_likely.then(|| Self::new(matrix.handle(), &(0..matrix.bytes())))
    }

    /// Prefaults pages until every page is done or taken by another thread.
    pub fn run(&self, workers: &Workers) -> Result<()> {
        loop {
            let start = self.next.fetch_add(STEP, Ordering::Relaxed);
            if start >= self.end {
                return Ok(());
            }
            self.pages.prefault(&(start..self.end.min(start + STEP)));
            workers.done(0)?;
        }
    }
}
