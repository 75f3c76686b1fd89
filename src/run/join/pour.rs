//! The sequence of a join: the keys of the source, its own columns, and the tables.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Result};
use crate::kernel::Real;
use crate::key::{Matcher, read_source_keys};
use crate::output::sheets::Sheets;
use crate::output::turn::{copy_column, turn};
use crate::plan::{BlockOrigin, JoinPlan, Plan};
use crate::run::join::queue::split;
use crate::run::join::worker::{JoinShared, JoinWorker};
use crate::run::join::{ColumnState, JoinOutcome, JoinPour, key_spec};
use crate::run::pour::queue::Scan;
use crate::run::pour::worker::{ALL, Pour};
use crate::sys::pages::PageRelease;
use crate::types::Order;
use crate::workers::Team;
use crate::workers::{Caller, Workers};

/// Reads the keys that tables are joined on.
pub fn keys(
    plan: &Plan,
    join: &JoinPlan,
    account: &Arc<Account>,
    workers: &Workers,
    caller: &mut dyn Caller,
) -> Result<Box<dyn Matcher>> {
    let spec = key_spec(join);
    let checkpoint = |bytes| {
        workers.read(bytes);
        workers.done(0)
    };
    let slots = &join.source_keys;
    let mut found = workers.run(1, caller, || {
        read_source_keys(spec, &plan.files, slots, account, &checkpoint)
    })?;
    let lost = || Error::Internal("the keys were not read".to_owned());
    found.pop().ok_or_else(lost)
}

impl<T: Real> JoinPour<'_, T> {
    /// Fills `out`.
    pub fn run(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        workers: &Workers,
        caller: &mut dyn Caller,
    ) -> Result<JoinOutcome> {
        let rows = out.nrows();
        let mut columns = vec![ColumnState::default(); self.names.len()];
        self.own(out.view_mut(), &mut columns, workers, caller)?;
        let tables = split(out, &self.join.parts, self.join.tables.len());
        let shared = JoinShared::new(self, workers, rows, columns, tables);
        workers.run(self.join.threads, caller, || {
            JoinWorker::new(&shared).work()
        })?;
        Ok(shared.outcome())
    }

    /// Pours the source's own columns.
    fn own(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        states: &mut [ColumnState],
        workers: &Workers,
        caller: &mut dyn Caller,
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
            for (state, tally) in states[columns()].iter_mut().zip(poured.tallies) {
                state.tally = tally;
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
