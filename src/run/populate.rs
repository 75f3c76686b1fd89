//! The pages of a fresh matrix, found before anybody writes to them, by all threads together.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Result;
use crate::output::Mapping;
use crate::run::crew::{Crew, Watch};

/// Bytes whose pages are found between two looks at whether to go on.
const PIECE: usize = 8 << 20;

/// Finds the pages of `matrix`.
pub fn populate(
    matrix: &Mapping,
    threads: usize,
    (crew, watch): (&Crew, &mut dyn Watch),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    crew.run(threads, watch, || {
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
