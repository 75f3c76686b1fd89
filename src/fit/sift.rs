//! One look at every value of the output with sieves: along the rows, all columns at once, or column
//! by column, as the output lies in memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::fit::matrix::Strip;
use crate::kernel::Real;
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::rows;
use crate::kernel::median::rows::{BLOCK, COLUMNS_AT_ONCE, InBrackets, Sieve};
use crate::sys::pages::PageRelease;
use crate::workers::Team;
use crate::workers::Workers;

/// Strips that are sifted together: half a page of a row.
const TOGETHER: usize = 32;
/// Blocks of rows that a thread takes at a time.
const BLOCKS: usize = 16;

/// Shows every value to the sieves.
pub fn sift<T: Real>(
    out: &ArrayView2<'_, T>,
    strips: &[Strip<T>],
    room: usize,
    passes: &mut Team<'_, '_>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (workers, returns) = (passes.workers, passes.returns);
    workers.run(passes.threads, &mut *passes.caller, || {
        if let Some(rows) = out.to_slice() {
            sift_rows(rows, out.ncols(), (strips, room), (&next, returns, workers))
        } else {
            sift_columns(out, (strips, room), &next, workers)
        }
    })?;
    Ok(())
}

fn sift_rows<T: Real>(
    rows: &[T],
    columns: usize,
    (strips, room): (&[Strip<T>], usize),
    (next, returns, workers): (&AtomicUsize, &PageRelease, &Workers),
) -> Result<()> {
    let sieves: Vec<Sieve<T>> = strips.iter().map(|strip| strip.sieve).collect();
    let wanted: usize = strips.iter().map(|strip| strip.wanted().count()).sum();
    let mut catches: Vec<InBrackets<T>> = Vec::new();
    catches.resize_with(sieves.len().min(TOGETHER), InBrackets::default);
    loop {
        let start = next.fetch_add(BLOCKS * BLOCK * columns, Ordering::Relaxed);
        if start >= rows.len() {
            return Ok(());
        }
        let end = rows.len().min(start + BLOCKS * BLOCK * columns);
        for rows in rows[start..end].chunks(BLOCK * columns) {
            for (strips, sieves) in strips.chunks(TOGETHER).zip(sieves.chunks(TOGETHER)) {
                rows::count(rows, columns, sieves, &mut catches);
                for (strip, catch) in strips.iter().zip(&mut catches) {
                    strip.take(catch, room);
                }
            }
        }
        returns.give_back(start * size_of::<T>()..end * size_of::<T>());
        workers.done((end - start) / columns * wanted)?;
    }
}

fn sift_columns<T: Real>(
    out: &ArrayView2<'_, T>,
    (strips, room): (&[Strip<T>], usize),
    next: &AtomicUsize,
    workers: &Workers,
) -> Result<()> {
    let mut haul = InBracket::default();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(strip) = strips.get(at / COLUMNS_AT_ONCE) else {
            return Ok(());
        };
        let lane = at % COLUMNS_AT_ONCE;
        if strip.wanted[lane].is_none() {
            continue;
        }
        let column = out.column(strip.sieve.at + lane);
        let column = column.to_slice().ok_or_else(strange)?;
        let bracket = strip.sieve.brackets.of(lane);
        for values in column.chunks(STRETCH) {
            haul.count(values, bracket);
            strip.take_along(lane, &haul, room);
            workers.done(values.len())?;
        }
    }
}

fn strange() -> Error {
    Error::Internal("an output is neither C nor F".to_owned())
}
