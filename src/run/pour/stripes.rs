//! A pour into a file whose pages are given back: some row groups at a time, whose pages are found
//! before and given back behind.

use std::slice::from_ref;

use ndarray::{ArrayViewMut2, Axis};

use crate::error::{Error, Result};
use crate::kernel::{Element, Tally};
use crate::output::prefault::{Prefault, is_likely};
use crate::output::sheets::Sheets;
use crate::output::turn::{copy_column, turn};
use crate::run::pour::queue::Scan;
use crate::run::pour::worker::Pour;
use crate::sys::free::fits_well;
use crate::workers::Team;
use crate::workers::{Caller, Workers};

/// Bytes of the output from which a stripe is done.
const STRIPE: usize = 64 << 20;

/// How far a pour in stripes has come.
struct Stripes<'p, 'a, T> {
    pour: &'p Pour<'a, T>,
    /// RowGroupInWork of the output, and bytes of each.
    rows: usize,
    row: usize,
    /// RowGroupInWork that a stripe has at least.
    enough: usize,
    /// RowGroupInWork that were poured, and those whose pages were found.
    first: usize,
    found: usize,
    tallies: Vec<Tally>,
}

impl<'p, 'a, T: Element> Stripes<'p, 'a, T> {
    fn new(pour: &'p Pour<'a, T>, (rows, columns): (usize, usize)) -> Self {
        let row = (columns * size_of::<T>()).max(1);
        Self {
            pour,
            rows,
            row,
            enough: STRIPE.div_ceil(row),
            first: 0,
            found: 0,
            tallies: vec![Tally::default(); columns],
        }
    }

    /// Has the pages of the next stripe found, where they are given back behind it and can stay until
    /// it is poured.
    fn find(
        &mut self,
        walk: &mut Scan<'_>,
        (workers, caller): (&Workers, &mut dyn Caller),
    ) -> Result<()> {
        let Some(finder) = self.pour.returns.finder() else {
            return Ok(());
        };
        let (rows, read_bytes) = walk.ahead()?.unwrap_or_default();
        let end = rows.max(self.enough).min(self.rows - self.first) + self.first;
        let fresh = self.found * self.row..end * self.row;
        let bytes = rows.saturating_mul(self.row);
        if !fresh.is_empty() && fits_well(fresh.len()) && is_likely(read_bytes, bytes) {
            let fresh = Prefault::new(finder.clone(), &fresh);
            workers.run(self.pour.budget.threads, caller, || fresh.find(workers))?;
            self.found = end;
        }
        Ok(())
    }

    /// Counts a stripe; tells whether it was the last one.
    fn count(&mut self, tallies: &[Tally], rows: usize) -> bool {
        for (tally, met) in self.tallies.iter_mut().zip(tallies) {
            tally.add(met);
        }
        self.first += rows;
        self.found = self.found.max(self.first);
        rows < self.enough
    }
}

/// Pours all of `out`, and leaves its sheets as they are.
pub fn pour_in_stripes<T: Element>(
    pour: &Pour<'_, T>,
    out: ArrayViewMut2<'_, T>,
    workers: &Workers,
    caller: &mut dyn Caller,
) -> Result<Vec<Tally>> {
    let mut stripes = Stripes::new(pour, out.dim());
    let sheet_rows = pour.budget.sheet_rows(out.ncols(), size_of::<T>());
    let mut sheets = Sheets::new(out, sheet_rows)?;
    let mut walk = Scan::new(pour);
    loop {
        stripes.find(&mut walk, (workers, caller))?;
        let poured = pour.run(sheets, (walk, stripes.enough), workers, caller)?;
        let bytes = |rows: usize| (stripes.first + rows) * stripes.row;
        pour.returns.give_back(bytes(0)..bytes(poured.rows));
        if stripes.count(&poured.tallies, poured.rows) {
            return Ok(stripes.tallies);
        }
        let lost = || Error::Internal("the rest of an output is lost".to_owned());
        (sheets, walk) = (poured.sheets.ok_or_else(lost)?, poured.walk);
    }
}

/// Pours all of `out`, which is in row order, and turns each stripe while its pages are there.
pub fn pour_and_turn<T: Element>(
    pour: &Pour<'_, T>,
    out: ArrayViewMut2<'_, T>,
    workers: &Workers,
    caller: &mut dyn Caller,
) -> Result<Vec<Tally>> {
    let all = 0..out.ncols();
    let mut stripes = Stripes::new(pour, out.dim());
    let sheet_rows = pour.budget.sheet_rows(all.len(), size_of::<T>());
    let (mut walk, mut rest) = (Scan::new(pour), out);
    loop {
        stripes.find(&mut walk, (workers, caller))?;
        let sheets = Sheets::new(rest.view_mut(), sheet_rows)?;
        let poured = pour.run(sheets, (walk, stripes.enough), workers, caller)?;
        let (tallies, rows) = (poured.tallies, poured.rows);
        walk = poured.walk;
        // The last sheet may have rows that are still to come, and is turned with them.
        let whole = rows.next_multiple_of(sheet_rows).min(rest.nrows());
        let stripe = rest.slice_axis_mut(Axis(0), (..whole).into());
        let mut passes = Team {
            account: pour.account,
            returns: &pour.returns.behind(stripes.first * stripes.row),
            threads: pour.budget.threads,
            workers,
            caller,
        };
        if all.len() > 1 {
            turn(
                stripe,
                (sheet_rows, from_ref(&all)),
                &copy_column,
                &mut passes,
            )?;
        }
        if stripes.count(&tallies, rows) {
            return Ok(stripes.tallies);
        }
        rest = rest.split_at(Axis(0), rows).1;
    }
}
