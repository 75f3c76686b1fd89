//! The pour as a whole: all arrays in one pass over the files. Where pages of an output file are given
//! back, row groups are poured in stripes: the pages of a stripe are prefaulted before it and given
//! back after it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::account::Account;
use crate::dataset::{Cells, Columns, Fields, Scan, Table, WantedGroups};
use crate::error::Result;
use crate::kernel::Tally;
use crate::output::prefault::Prefault;
use crate::plan::Budget;
use crate::run::pour::place::PourBuffers;
use crate::run::pour::queue::{PourQueue, PourScan, SelectRows, StripeSize};
use crate::run::pour::target::{Array, NextStripe};
use crate::run::pour::worker::{PourShared, work};
use crate::workers::{Exclusive, Team};

/// Bytes of the outputs from which a stripe is complete.
const STRIPE: usize = 64 << 20;

/// More rows than any output has: a stripe without an end.
const ALL: usize = usize::MAX;

/// Bytes from which outputs do not stay in the cache until their sheets are turned.
const LARGE: usize = 16 << 20;

/// What is poured.
pub struct Pour<'a> {
    /// The files.
    pub files: &'a [Table],
    /// The columns that are read: those of each array in turn.
    pub fields: &'a [Fields<'a>],
    /// Which rows are poured, and where they go.
    pub select: SelectRows<'a>,
    /// Which row groups have such rows.
    pub wanted: WantedGroups<'a>,
    /// The number of parts that they go to.
    pub parts: usize,
    /// Threads, tiles and scratch.
    pub budget: Budget,
    /// Bytes of all outputs.
    pub output_bytes: usize,
    /// Pages of an output that are prefaulted first.
    pub prefault: Option<Prefault>,
}

/// A stripe that has been poured.
struct Stripe<'a> {
    tallies: Vec<Tally>,
    rows: usize,
    /// The row groups that are left.
    scan: PourScan<'a>,
}

impl<'a> Pour<'a> {
    /// Fills `arrays` from all row groups, and returns the tallies of each column, one for each part.
    pub fn run(
        &self,
        arrays: &mut [Box<dyn Array + '_>],
        team: &mut Team<'_>,
    ) -> Result<Vec<Tally>> {
        if self.fields.count() == 0 {
            self.prefault_only(team)?;
            return Ok(Vec::new());
        }
        let row: usize = arrays.iter().map(|array| array.released_row()).sum();
        let enough = if row == 0 { ALL } else { STRIPE.div_ceil(row) };
        let account = Account::new(self.budget.metadata_bytes);
        let mut scan = Scan::new(self.files, self.fields, &account).wanting(self.wanted);
        let columns: usize = arrays.iter().map(|array| array.columns()).sum();
        let mut tallies = vec![Tally::default(); columns * self.parts];
        loop {
            if row > 0 {
                let next = next_stripe(&mut scan, enough)?;
                for array in &mut *arrays {
                    array.prefault(next, team)?;
                }
            }
            let stripe = self.stripe(arrays, scan, enough, team)?;
            for array in &mut *arrays {
                array.close(stripe.rows, team)?;
            }
            add(&mut tallies, &stripe.tallies);
            if stripe.rows < enough {
                return Ok(tallies);
            }
            scan = stripe.scan;
        }
    }

    /// Prefaults pages where there is nothing to pour.
    fn prefault_only(&self, team: &mut Team<'_>) -> Result<()> {
        if let Some(prefault) = &self.prefault {
            let workers = team.workers;
            team.run(|| prefault.run(workers))?;
        }
        Ok(())
    }

    /// Pours the next row groups, until there are `enough` rows.
    fn stripe(
        &self,
        arrays: &mut [Box<dyn Array + '_>],
        scan: PourScan<'a>,
        enough: usize,
        team: &mut Team<'_>,
    ) -> Result<Stripe<'a>> {
        let columns = arrays.iter().map(|array| array.columns()).sum();
        let mut open = Vec::with_capacity(arrays.len());
        for array in &mut *arrays {
            open.push(array.open()?);
        }
        let size = StripeSize {
            parts: self.parts,
            enough,
        };
        let shared = PourShared {
            queue: Mutex::new(PourQueue::new(scan, self.select, open, size)),
            fields: self.fields,
            columns,
            parts: self.parts,
            budget: self.budget,
            workers: team.workers,
            exclusive: Exclusive::default(),
        };
        let account: &Arc<Account> = team.account;
        let is_large = self.output_bytes >= LARGE;
        let threads = team.run(|| {
            // No barrier after prefaulting: waiting costs more than an occasional double fault.
            if let Some(prefault) = &self.prefault {
                prefault.run(shared.workers)?;
            }
            let tile_rows = self.budget.tile_rows;
            let buffers = PourBuffers::new(account, shared.workers, tile_rows, is_large);
            work(&shared, buffers)
        })?;
        let mut tallies = vec![Tally::default(); columns * self.parts];
        for thread in &threads {
            add(&mut tallies, thread);
        }
        let queue = shared.queue.into_inner();
        let (rows, scan) = queue.unwrap_or_else(PoisonError::into_inner).end();
        Ok(Stripe {
            tallies,
            rows,
            scan,
        })
    }
}

/// Adds up the tallies of each column.
fn add(tallies: &mut [Tally], others: &[Tally]) {
    for (tally, other) in tallies.iter_mut().zip(others) {
        tally.add(other);
    }
}

/// What is known of the next stripe, by its first row group.
fn next_stripe(scan: &mut PourScan<'_>, enough: usize) -> Result<NextStripe> {
    let next = scan.peek()?;
    Ok(NextStripe {
        enough,
        rows: next.map_or(0, |next| next.rows),
        read_bytes: next.map_or(0, |next| next.cells.iter().map(Cells::bytes).sum()),
    })
}
