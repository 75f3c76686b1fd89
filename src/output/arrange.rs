//! Rows put in another order, in place: no second copy of an array exists at any time.
//!
//! In row order a row is lifted out, the row that belongs in its place is moved there, then the one
//! that belongs in the place of that, and so on, until a lifted one is put down: each row moves once.
//! Threads share the columns, for the cycles of a shuffle are too few and too long to be shared. In
//! column order a column is copied, if there is room, and written back in order; else it goes the way
//! of rows.

use std::sync::Arc;

use ndarray::{ArrayViewMut1, ArrayViewMut2, Axis};

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Place, Result};
use crate::kernel::Element;
use crate::output::cycles::{Cycles, WALKERS, WORD, row_number};
use crate::workers::{Exclusive, ReleaseBuffers, Team, Workers};

/// Least bytes of a row that a thread moves: a cache line and a half are fetched as fast as one.
const LEAST_BYTES: usize = 64;
/// Rows that are moved between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 16;

/// The rows of a part, and the order that they are to be in.
#[derive(Debug)]
pub struct PartOrder {
    /// The first row of the part.
    pub first: usize,
    /// For each place of the part, the row that belongs there, counted from the first.
    pub rows: Scratch<u64>,
}

/// Puts the rows of each part of `out` in order.
pub fn arrange<T: Element>(
    mut out: ArrayViewMut2<'_, T>,
    orders: &[PartOrder],
    team: &mut Team<'_>,
) -> Result<()> {
    let workers = team.workers;
    let account = team.account;
    // What one thread takes to be fast may be what another one needs.
    let exclusive = Exclusive::default();
    for order in orders {
        let rows = order.rows.all();
        let part = out.slice_axis_mut(Axis(0), (order.first..order.first + rows.len()).into());
        let width = if part.strides()[0] == 1 && part.ncols() > 1 {
            1
        } else {
            let line = (LEAST_BYTES / size_of::<T>()).max(1);
            part.ncols().div_ceil(team.threads).max(line)
        };
        let mut pieces = Vec::new();
        let mut rest = part;
        while rest.ncols() > 0 {
            let columns = width.min(rest.ncols());
            let (piece, others) = rest.split_at(Axis(1), columns);
            pieces.push(piece);
            rest = others;
        }
        // Neighbouring pieces share lines, so each thread begins with other rows.
        let apart = rows.len() / pieces.len().max(1);
        team.for_each(
            pieces.into_iter().enumerate(),
            || Ok(Mover::new(account, workers)),
            |mover: &mut Mover<'_, T>, (number, mut piece)| {
                let begin = number * apart;
                let moved =
                    exclusive.run(mover, |mover| mover.arrange(piece.view_mut(), rows, begin));
                moved.map_err(scarce)
            },
        )?;
    }
    Ok(())
}

/// What one thread moves rows with.
struct Mover<'a, T> {
    /// The row that was lifted out, and the one on its way; or a whole column.
    lifted: Scratch<T>,
    moving: Scratch<T>,
    /// A bit for each row that is in its place.
    placed: Scratch<u64>,
    workers: &'a Workers,
}

impl<'a, T: Element> Mover<'a, T> {
    fn new(account: &Arc<Account>, workers: &'a Workers) -> Self {
        Self {
            lifted: Scratch::new(account),
            moving: Scratch::new(account),
            placed: Scratch::new(account),
            workers,
        }
    }

    /// Arranges some columns, beginning with a row. Where memory is scarce nothing has been moved.
    fn arrange(
        &mut self,
        mut piece: ArrayViewMut2<'_, T>,
        order: &[u64],
        begin: usize,
    ) -> Result<()> {
        if piece.ncols() == 1 {
            let mut column = piece.column_mut(0);
            if self.copied(&mut column, order)? {
                return Ok(());
            }
        }
        self.along_cycles(piece, order, begin)
    }

    /// Arranges a column by way of a copy; false if there is no room for one.
    fn copied(&mut self, column: &mut ArrayViewMut1<'_, T>, order: &[u64]) -> Result<bool> {
        let Ok(copy) = self.lifted.fit(order.len()) else {
            return Ok(false);
        };
        for (to, from) in copy.iter_mut().zip(&*column) {
            *to = *from;
        }
        let mut places = column.axis_chunks_iter_mut(Axis(0), CHECKPOINT_ROWS);
        for (order, places) in order.chunks(CHECKPOINT_ROWS).zip(&mut places) {
            for (place, row) in places.into_iter().zip(order) {
                *place = copy[row_number(*row)];
            }
            self.workers.check()?;
        }
        Ok(true)
    }

    fn along_cycles(
        &mut self,
        piece: ArrayViewMut2<'_, T>,
        order: &[u64],
        begin: usize,
    ) -> Result<()> {
        let columns = piece.ncols();
        // With little memory rows wait for each other.
        let most = WALKERS * columns;
        let lifted = match self.lifted.fit(most) {
            Ok(_) => self.lifted.fit(most),
            Err(_) => self.lifted.fit(columns),
        };
        let own = |fault: Fault| fault.at(Place::default());
        let lifted = lifted.map_err(own)?;
        let moving = self.moving.fit(columns).map_err(own)?;
        let placed = self.placed.fit(order.len().div_ceil(WORD)).map_err(own)?;
        placed.fill(0);
        let workers = self.workers;
        let mut cycles = Cycles::new(piece, order, lifted, moving, placed);
        cycles.run(begin, &mut || workers.check())
    }
}

impl<T: Element> ReleaseBuffers for Mover<'_, T> {
    fn holds_buffers(&self) -> bool {
        !(self.lifted.all().is_empty() && self.placed.all().is_empty())
    }

    fn release_buffers(&mut self) {
        self.lifted.clear();
        self.moving.clear();
        self.placed.clear();
    }
}

/// The error for too little memory to move rows, even for one thread alone.
fn scarce(error: Error) -> Error {
    let Error::Scarce { needed, .. } = error else {
        return error;
    };
    Fault::Scarce { needed }.short(|needed| {
        format!(
            "to put rows in order {needed} bytes are needed at once, and less is free; raise \
             memory_limit by {needed} bytes"
        )
    })
}
