//! The pages of an output, found before anybody writes to them, by all threads together.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::output::Mapping;
use crate::plan::Plan;
use crate::run::crew::{Crew, Watch};

/// Bytes whose pages are found between two looks at whether to go on: one huge page, so that no two
/// threads find the same.
const PIECE: usize = 2 << 20;

/// Bytes of a matrix that one byte of a file is believed to hold before it has been read.
const DENSEST: u64 = 256;

/// Whether so many bytes of files may become so many of a matrix.
pub const fn is_likely(read_bytes: u64, bytes: usize) -> bool {
    bytes as u64 / DENSEST <= read_bytes
}

/// Finds the pages of `matrix`, unless it is only claimed by few bytes that nobody has read.
pub fn populate(
    matrix: &Mapping,
    plan: &Plan,
    (crew, watch): (&Crew, &mut dyn Watch),
) -> Result<()> {
    if !is_likely(plan.read_bytes, matrix.bytes()) {
        return Ok(());
    }
    let (find, bytes) = (|bytes| matrix.populate(bytes), 0..matrix.bytes());
    by_all(&find, bytes, plan.geometry.threads, (crew, watch))
}

/// Has all threads `find` pages.
pub fn by_all(
    find: &(impl Fn(Range<usize>) + Sync),
    bytes: Range<usize>,
    threads: usize,
    (crew, watch): (&Crew, &mut dyn Watch),
) -> Result<()> {
    let next = AtomicUsize::new(bytes.start);
    crew.run(threads, watch, || {
        loop {
            let start = next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= bytes.end {
                return Ok(());
            }
            find(start..bytes.end.min(start + PIECE));
            crew.done(0)?;
        }
    })?;
    Ok(())
}
