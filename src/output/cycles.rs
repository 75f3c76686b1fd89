//! Rows moved along the cycles of a permutation, several of them, or several parts of one, in turn: what
//! one waits for is fetched while the others move rows.
//!
//! ```text
//! lift some rows out; each of their places is then filled by a walker of its own:
//!     the row that belongs there was lifted out: put it down, the walker is done
//!     otherwise: move it there; its own place is filled next
//! ```

use ndarray::ArrayViewMut2;

use crate::error::Result;
use crate::kernel::moves::uncached::prefetch;

/// Places that are filled in turn. See `benchmarks/NOTES.md`.
pub(super) const WALKERS: usize = 64;
/// Rows whose marks are in one word.
pub(super) const WORD: usize = 64;
/// Rows that are moved between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 16;

/// A way along a cycle.
#[derive(Debug, Clone, Copy)]
struct Walker {
    /// The place that is filled next; the row that was there has been moved.
    place: usize,
    /// The row that belongs there, once it is being fetched.
    row: Option<usize>,
}

/// Rows on their way to their places.
pub(super) struct Cycles<'a, 'o, T> {
    piece: ArrayViewMut2<'o, T>,
    /// For each place the row that belongs there.
    order: &'a [u64],
    /// The rows that were lifted out, and which rows they are.
    lifted: &'a mut [T],
    starts: Vec<usize>,
    /// A row on its way.
    moving: &'a mut [T],
    /// A bit for each row that has been moved or lifted out.
    taken: &'a mut [u64],
    walkers: Vec<Walker>,
}

impl<'a, 'o, T: Copy> Cycles<'a, 'o, T> {
    /// No row has been moved: `taken` has a bit for each, which is clear. There are as many walkers as
    /// `lifted` has room for rows.
    pub(super) fn new(
        piece: ArrayViewMut2<'o, T>,
        order: &'a [u64],
        lifted: &'a mut [T],
        moving: &'a mut [T],
        taken: &'a mut [u64],
    ) -> Self {
        Self {
            piece,
            order,
            lifted,
            starts: Vec::with_capacity(WALKERS),
            moving,
            taken,
            walkers: Vec::with_capacity(WALKERS),
        }
    }

    /// Moves all rows, beginning with one of them.
    pub(super) fn run(
        &mut self,
        begin: usize,
        check: &mut impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let rows = self.order.len();
        // The first walkers begin all over the part, and so share the long cycles.
        let first = (0..rows).step_by(rows.div_ceil(WALKERS).max(1));
        let first = first.map(|row| (row + begin) % rows);
        let mut rows = first.chain(0..rows);
        let mut moved = 0;
        while self.start(&mut rows) {
            while !self.walkers.is_empty() {
                moved += self.walkers.len();
                let mut walkers = std::mem::take(&mut self.walkers);
                walkers.retain_mut(|walker| self.step(walker));
                self.walkers = walkers;
                if moved >= CHECKPOINT_ROWS {
                    moved = 0;
                    check()?;
                }
            }
        }
        Ok(())
    }

    /// Lifts the next rows out that have not been taken, and returns whether there was any.
    fn start(&mut self, rows: &mut impl Iterator<Item = usize>) -> bool {
        let columns = self.piece.ncols();
        self.starts.clear();
        let most = (self.lifted.len() / columns.max(1)).clamp(1, WALKERS);
        for row in rows {
            if self.take(row) {
                let at = self.starts.len() * columns;
                copy_out(&self.piece, row, &mut self.lifted[at..at + columns]);
                self.starts.push(row);
                self.walkers.push(Walker {
                    place: row,
                    row: None,
                });
            }
            if self.starts.len() == most {
                break;
            }
        }
        !self.starts.is_empty()
    }

    /// Marks a row as taken, and returns whether it was not before.
    fn take(&mut self, row: usize) -> bool {
        let (word, bit) = (row / WORD, 1 << (row % WORD));
        let is_new = self.taken[word] & bit == 0;
        self.taken[word] |= bit;
        is_new
    }

    /// Has the row fetched that belongs in a walker's place, or moves it there; returns whether the
    /// walker goes on.
    #[inline]
    fn step(&mut self, walker: &mut Walker) -> bool {
        let Some(row) = walker.row.take() else {
            let row = row_number(self.order[walker.place]);
            if let Some(values) = self.piece.row(row).as_slice() {
                prefetch(values);
            }
            walker.row = Some(row);
            return true;
        };
        if !self.take(row) {
            let columns = self.piece.ncols();
            let start = self.starts.iter().position(|start| *start == row);
            let at = start.unwrap_or(0) * columns;
            copy_in(
                &mut self.piece,
                walker.place,
                &self.lifted[at..at + columns],
            );
            return false;
        }
        copy_out(&self.piece, row, self.moving);
        copy_in(&mut self.piece, walker.place, self.moving);
        prefetch(&self.order[row..=row]);
        walker.place = row;
        true
    }
}

/// A row that an order names, which are as many as there are places.
#[inline]
pub(super) fn row_number(row: u64) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

#[inline]
fn copy_out<T: Copy>(piece: &ArrayViewMut2<'_, T>, row: usize, to: &mut [T]) {
    let from = piece.row(row);
    match from.as_slice() {
        Some(from) => to.copy_from_slice(from),
        None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
    }
}

#[inline]
fn copy_in<T: Copy>(piece: &mut ArrayViewMut2<'_, T>, row: usize, from: &[T]) {
    let mut to = piece.row_mut(row);
    match to.as_slice_mut() {
        Some(to) => to.copy_from_slice(from),
        None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
    }
}
