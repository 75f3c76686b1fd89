//! The pour of a join: the source's own columns as ever, and beside them those of each table, every
//! one made whole, cleaned and filled before it is written.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Result};
use crate::kernel::{Real, Rule, Tally};
use crate::key::stream::KeySpec;
use crate::key::{Matcher, lookup};
use crate::output::sheets::Sheets;
use crate::output::turn::{copy_column, turn};
use crate::plan::{BlockOrigin, JoinPlan, Plan};
use crate::run::TableReport;
use crate::run::join::queue::split;
use crate::run::join::worker::{JoinShared, JoinWorker};
use crate::run::pour::queue::Scan;
use crate::run::pour::worker::{ALL, Pour};
use crate::sys::pages::PageRelease;
use crate::types::Order;
use crate::workers::Team;
use crate::workers::{Caller, Workers};

/// What the key of a join is.
pub fn shape(join: &JoinPlan) -> KeySpec<'_> {
    KeySpec {
        on: &join.on,
        forms: &join.forms,
    }
}

/// Reads the keys that tables are joined on.
pub fn keys(
    plan: &Plan,
    join: &JoinPlan,
    account: &Arc<Account>,
    (workers, caller): (&Workers, &mut dyn Caller),
) -> Result<Box<dyn Matcher>> {
    let look = |bytes| {
        workers.read(bytes);
        workers.done(0)
    };
    let slots = &join.source_keys;
    let mut found = workers.run(1, caller, || {
        lookup(shape(join), &plan.files, slots, account, &look)
    })?;
    let lost = || Error::Internal("the keys were not read".to_owned());
    found.pop().ok_or_else(lost)
}

/// What is poured.
pub struct JoinPour<'a, T> {
    /// The load.
    pub plan: &'a Plan,
    /// Its join.
    pub join: &'a JoinPlan,
    /// The names of the features.
    pub names: &'a [String],
    /// What to write for what is not plain, for each of them.
    pub rules: &'a [Rule<T>],
    /// The keys of the source.
    pub keys: &'a dyn Matcher,
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub returns: PageRelease,
}

/// What became of one feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColumnState {
    /// What was met.
    pub tally: Tally,
    /// What its gaps were filled with, where that had to be fitted.
    pub fill: Option<f64>,
    /// Whether nothing is left to do.
    pub settled: bool,
}

impl ColumnState {
    /// A feature that has only been poured yet.
    pub fn poured(tally: Tally) -> Self {
        Self {
            tally,
            ..Self::default()
        }
    }
}

impl<T: Real> JoinPour<'_, T> {
    /// Fills `out`, and tells what became of each feature and what each table had.
    pub fn run(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        workers: &Workers,
        caller: &mut dyn Caller,
    ) -> Result<(Vec<ColumnState>, Vec<TableReport>)> {
        let rows = out.nrows();
        let mut made = vec![ColumnState::default(); self.names.len()];
        self.own(out.view_mut(), &mut made, (workers, caller))?;
        let tables = split(out, &self.join.parts, self.join.tables.len());
        let shared = JoinShared::new(self, workers, rows, (made, tables));
        workers.run(self.join.threads, caller, || {
            JoinWorker::new(&shared).work()
        })?;
        let (made, reports) = shared.made();
        Ok((made, reports.into_iter().flatten().collect()))
    }

    /// Pours the source's own columns.
    fn own(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        made: &mut [ColumnState],
        (workers, caller): (&Workers, &mut dyn Caller),
    ) -> Result<()> {
        let budget = self.plan.budget;
        let sheet_rows = budget.sheet_rows(out.ncols(), size_of::<T>());
        let mut sheets = Sheets::new(out.view_mut(), sheet_rows)?;
        let mut own = Vec::new();
        for part in &self.join.parts {
            let BlockOrigin::Source(selection) = &part.origin else {
                continue;
            };
            let columns = || part.columns.clone();
            let pour = Pour {
                files: &self.plan.files,
                selection,
                names: &self.names[columns()],
                rules: &self.rules[columns()],
                order: self.plan.options.order,
                budget,
                account: self.account,
                // A page of the output holds columns of tables, too, which are still to come.
                returns: PageRelease::default(),
                fresh: None,
                observer: None,
            };
            let walk = Scan::new(&pour);
            let poured = pour.run(sheets.columns(columns()), (walk, ALL), workers, caller)?;
            for (made, tally) in made[columns()].iter_mut().zip(poured.tallies) {
                made.tally = tally;
            }
            own.push(columns());
        }
        if self.plan.options.order == Order::F {
            return Ok(());
        }
        let mut passes = Team {
            account: self.account,
            returns: &PageRelease::default(),
            threads: budget.threads,
            workers,
            caller,
        };
        turn(out, (sheet_rows, &own), &copy_column, &mut passes)
    }
}
