//! The sequence of a join: the keys of the source, then the tables.

use ndarray::ArrayViewMut2;

use crate::error::{Checkpoint, Error, Result};
use crate::kernel::Real;
use crate::key::{Matcher, SourceRows, read_source_keys};
use crate::plan::{JoinPlan, Plan};
use crate::run::join::queue::split;
use crate::run::join::worker::{JoinShared, JoinWorker};
use crate::run::join::{ColumnState, JoinOutcome, JoinPour, key_spec};
use crate::workers::Team;

/// Reads the keys that tables are joined on.
pub fn keys(plan: &Plan, join: &JoinPlan, team: &mut Team<'_>) -> Result<Box<dyn Matcher>> {
    let workers = team.workers;
    let account = team.account;
    let mut found = workers.run(1, team.caller, || {
        let poll = |bytes| workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        let rows = plan.chosen.as_ref().map(|chosen| SourceRows {
            parts: chosen.selection.counts().len(),
            part_of: Box::new(chosen.selection.parts()),
        });
        read_source_keys(
            key_spec(join),
            &plan.files,
            &join.source_keys,
            rows,
            account,
            checkpoint,
        )
    })?;
    let lost = || Error::Internal("the keys were not read".to_owned());
    found.pop().ok_or_else(lost)
}

impl<T: Real> JoinPour<'_, T> {
    /// Fills the columns of tables in `out`. `columns` is the state of each feature before.
    pub fn run(
        &self,
        out: ArrayViewMut2<'_, T>,
        columns: Vec<ColumnState>,
        team: &mut Team<'_>,
    ) -> Result<JoinOutcome> {
        let rows = out.nrows();
        let tables = split(out, &self.join.blocks, self.join.tables.len());
        let shared = JoinShared::new(self, team.workers, rows, columns, tables);
        team.workers.run(self.join.threads, team.caller, || {
            JoinWorker::new(&shared).work()
        })?;
        Ok(shared.outcome())
    }
}
