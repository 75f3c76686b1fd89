//! The pages of a fresh matrix, found before anybody writes to them, by all threads together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::output::Mapping;
use crate::plan::Plan;
use crate::run::crew::{Crew, Watch};

/// Bytes whose pages are found between two looks at whether to go on.
const PIECE: usize = 8 << 20;

/// Bytes of a matrix that one byte of a file is believed to hold before it has been read.
const DENSEST: u64 = 256;

/// Finds the pages of `matrix`, unless it is only claimed by few bytes that nobody has read.
pub fn populate(
    matrix: &Mapping,
    plan: &Plan,
    (crew, watch): (&Crew, &mut dyn Watch),
) -> Result<()> {
    if matrix.bytes() as u64 / DENSEST > plan.read_bytes {
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    crew.run(plan.geometry.threads, watch, || {
        loop {
            let start = next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= matrix.bytes() {
                return Ok(());
            }
            matrix.populate(start..start + PIECE);
            crew.done(0)?;
        }
    })?;
    Ok(())
}
