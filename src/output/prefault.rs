//! The pages of an output, prefaulted by all threads, each its share, before they write to them.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::sys::Mapping;
use crate::sys::pages::PageHandle;
use crate::workers::Workers;

/// Bytes that are prefaulted between two polls for cancellation: one huge page, so that no two
/// threads fault in the same one.
const PIECE: usize = 2 << 20;

/// Bytes of a matrix that one byte of a file is believed to hold before it has been read.
const DENSEST: u64 = 256;

/// Whether `read_bytes` bytes of files may become `bytes` bytes of a matrix.
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
    /// The pages of some bytes of an output.
    pub const fn new(pages: PageHandle, bytes: &Range<usize>) -> Self {
        Self {
            pages,
            next: AtomicUsize::new(bytes.start),
            end: bytes.end,
        }
    }

    /// The pages of `matrix`; `None` where a file of few bytes claims so many that this should not be
    /// believed before it has been read.
    pub fn of(matrix: &Mapping, read_bytes: u64) -> Option<Self> {
        let is_likely = is_likely(read_bytes, matrix.bytes());
        is_likely.then(|| Self::new(matrix.handle(), &(0..matrix.bytes())))
    }

    /// Prefaults pages, beside the other threads, until each is done or taken by another thread.
    pub fn run(&self, workers: &Workers) -> Result<()> {
        loop {
            let start = self.next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= self.end {
                return Ok(());
            }
            self.pages.prefault(&(start..self.end.min(start + PIECE)));
            workers.done(0)?;
        }
    }
}
