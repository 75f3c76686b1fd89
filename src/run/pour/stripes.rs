//! The pour as a whole: all arrays in one pass over the files. Where pages of a file are given back,
//! it goes in stripes of some row groups, whose pages are found before and given back behind.

use std::sync::{Arc, Mutex, PoisonError};

use crate::account::Account;
use crate::dataset::{Cells, Columns, Fields, Scan, Table};
use crate::error::Result;
use crate::kernel::Tally;
use crate::output::prefault::Prefault;
use crate::plan::Budget;
use crate::run::pour::place::Bench;
use crate::run::pour::queue::{PourQueue, PourScan, SelectRows};
use crate::run::pour::target::{Ahead, Array};
use crate::run::pour::worker::{Shared, work};
use crate::workers::{Exclusive, Team};

/// Bytes of the outputs from which a stripe is done.
const STRIPE: usize = 64 << 20;

/// More rows than there are.
const ALL: usize = usize::MAX;

/// Bytes of outputs from which they do not stay in the cache until they are turned.
const LARGE: usize = 16 << 20;

/// What is poured.
pub struct Pour<'a> {
    /// The files.
    pub tables: &'a [Table],
    /// Their columns that are read: those of each array in turn.
    pub fields: &'a [Fields<'a>],
    /// Which of their rows are poured.
    pub select: SelectRows<'a>,
    /// Threads, tiles and scratch.
    pub budget: Budget,
    /// Bytes of all outputs.
    pub output_bytes: usize,
    /// Pages of an output that are to be found first.
    pub prefault: Option<Prefault>,
}

/// What one stripe has done.
struct Stripe<'a> {
    tallies: Vec<Tally>,
    rows: usize,
    scan: PourScan<'a>,
}

impl<'a> Pour<'a> {
    /// Fills `arrays` from all row groups, and returns what was met in each field.
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
        let mut scan = Scan::new(self.tables, self.fields, &account);
        let mut tallies = vec![Tally::default(); self.fields.count()];
        loop {
            if row > 0 {
                let ahead = ahead(&mut scan, enough)?;
                for array in &mut *arrays {
                    array.prefault(ahead, team)?;
                }
            }
            let stripe = self.stripe(arrays, scan, enough, team)?;
            for array in &mut *arrays {
                array.close(stripe.rows, team)?;
            }
            for (tally, met) in tallies.iter_mut().zip(&stripe.tallies) {
                tally.add(met);
            }
            if stripe.rows < enough {
                return Ok(tallies);
            }
            scan = stripe.scan;
        }
    }

    /// Has pages found where there is nothing to pour.
    fn prefault_only(&self, team: &mut Team<'_>) -> Result<()> {
        if let Some(prefault) = &self.prefault {
            let workers = team.workers;
            team.run(|| prefault.find(workers))?;
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
        let mut open = Vec::with_capacity(arrays.len());
        for array in &mut *arrays {
            open.push(array.open()?);
        }
        let shared = Shared {
            queue: Mutex::new(PourQueue::new(scan, self.select, open, enough)),
            fields: self.fields,
            budget: self.budget,
            workers: team.workers,
            exclusive: Exclusive::default(),
        };
        let account: &Arc<Account> = team.account;
        let is_large = self.output_bytes >= LARGE;
        let parts = team.run(|| {
            // No barrier after prefaulting: waiting costs more than an occasional double fault.
            if let Some(prefault) = &self.prefault {
                prefault.find(shared.workers)?;
            }
            let tile_rows = self.budget.tile_rows;
            work(
                &shared,
                Bench::new(account, shared.workers, tile_rows, is_large),
            )
        })?;
        let mut tallies = vec![Tally::default(); self.fields.count()];
        for part in parts {
            for (tally, met) in tallies.iter_mut().zip(&part) {
                tally.add(met);
            }
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

/// What is known of the row group that comes next.
fn ahead(scan: &mut PourScan<'_>, enough: usize) -> Result<Ahead> {
    let next = scan.peek()?;
    Ok(Ahead {
        enough,
        rows: next.map_or(0, |next| next.rows),
        read_bytes: next.map_or(0, |next| next.cells.iter().map(Cells::bytes).sum()),
    })
}
