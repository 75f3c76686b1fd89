//! The pages of an output, found by all threads, each its share, before they write to them.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::sys::Mapping;
use crate::sys::pages::PageFinder;
use crate::workers::Workers;

/// Bytes whose pages are found between two looks at whether to go on: one huge page, so that no two
/// threads find the same.
const PIECE: usize = 2 << 20;

/// Bytes of a matrix that one byte of a file is believed to hold before it has been read.
const DENSEST: u64 = 256;

/// Whether so many bytes of files may become so many of a matrix.
pub const fn is_likely(read_bytes: u64, bytes: usize) -> bool {
    bytes as u64 / DENSEST <= read_bytes
}

/// Pages that nobody has found yet.
#[derive(Debug)]
pub struct Prefault {
    finder: PageFinder,
    next: AtomicUsize,
    end: usize,
}

impl Prefault {
    /// Those of some bytes of an output.
    pub const fn new(finder: PageFinder, bytes: &Range<usize>) -> Self {
        Self {
            finder,
            next: AtomicUsize::new(bytes.start),
            end: bytes.end,
        }
    }

    /// Those of `matrix`, unless it is only claimed by few bytes that nobody has read.
    pub fn of(matrix: &Mapping, read_bytes: u64) -> Option<Self> {
        let is_likely = is_likely(read_bytes, matrix.bytes());
        is_likely.then(|| Self::new(matrix.finder(), &(0..matrix.bytes())))
    }

    /// Finds pages, beside the other threads of the workers, until all are found or looked for.
    pub fn find(&self, workers: &Workers) -> Result<()> {
        loop {
            let start = self.next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= self.end {
                return Ok(());
            }
            self.finder.find(&(start..self.end.min(start + PIECE)));
            workers.done(0)?;
        }
    }
}
