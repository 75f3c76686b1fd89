//! The tables of a join: each of their columns made whole, cleaned and filled before it is written
//! beside the columns of the source.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Result};
use crate::kernel::{Real, Rule, Tally};
use crate::key::stream::KeySpec;
use crate::key::{Matcher, lookup};
use crate::plan::{JoinPlan, Plan};
use crate::run::TableReport;
use crate::run::join::queue::split;
use crate::run::join::worker::{JoinShared, JoinWorker};
use crate::sys::pages::PageRelease;
use crate::workers::Team;

/// What the key of a join is.
pub fn shape(join: &JoinPlan) -> KeySpec<'_> {
    KeySpec {
        on: &join.on,
        forms: &join.forms,
    }
}

/// Reads the keys that tables are joined on.
pub fn keys(plan: &Plan, join: &JoinPlan, team: &mut Team<'_>) -> Result<Box<dyn Matcher>> {
    let workers = team.workers;
    let account = team.account;
    let look = |bytes| {
        workers.read(bytes);
        workers.check()
    };
    let slots = &join.source_keys;
    let mut found = workers.run(1, team.caller, || {
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
    /// Fills the columns of tables in `out`, notes what became of each, and returns what each table
    /// had.
    pub fn run(
        &self,
        out: ArrayViewMut2<'_, T>,
        states: &mut Vec<ColumnState>,
        team: &mut Team<'_>,
    ) -> Result<Vec<TableReport>> {
        let rows = out.nrows();
        let tables = split(out, &self.join.parts, self.join.tables.len());
        let made = std::mem::take(states);
        let shared = JoinShared::new(self, team.workers, rows, (made, tables));
        team.workers.run(self.join.threads, team.caller, || {
            JoinWorker::new(&shared).work()
        })?;
        let (made, reports) = shared.made();
        *states = made;
        Ok(reports.into_iter().flatten().collect())
    }
}
