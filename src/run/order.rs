//! The order of the rows of each part: sorted by keys, or shuffled.

use std::sync::Arc;

use crate::account::Account;
use crate::error::{Checkpoint, Error, Fault, Result};
use crate::key::sorting::{SortColumn, SortKeys};
use crate::output::arrange::PartOrder;
use crate::plan::Plan;
use crate::select::parts::WORD;
use crate::select::read::blocks::BlockReader;
use crate::select::read::columns::KeyColumns;
use crate::select::read::walk::{Direction, Walk};
use crate::select::request::RowOrder;
use crate::select::{Permutation, Purpose};
use crate::workers::Team;

/// Rows that are numbered between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 20;

/// The orders of the parts whose rows are not in order already.
pub fn orders(plan: &Plan, team: &mut Team<'_>) -> Result<Vec<PartOrder>> {
    let account = plan.order_account();
    match &plan.options.rows.order {
        RowOrder::Source => Ok(Vec::new()),
        RowOrder::Sorted(_) => {
            let workers = team.workers;
            let sorted = workers.run(1, team.caller, || sorted(plan, workers, &account))?;
            Ok(sorted.into_iter().flatten().collect())
        }
        RowOrder::Shuffled => shuffled(plan, &account, team),
    }
}

fn shuffled(plan: &Plan, account: &Arc<Account>, team: &mut Team<'_>) -> Result<Vec<PartOrder>> {
    let workers = team.workers;
    let mut first = 0;
    let mut orders = Vec::new();
    for (part, count) in plan.parts().into_iter().enumerate() {
        let purpose = Purpose::Shuffle(part);
        let permutation = Permutation::new(count, plan.options.rows.seed, purpose);
        let mut rows = crate::account::Scratch::new(account);
        let order = rows.fit(count).map_err(scarce)?;
        for row in 0..count {
            let place = permutation.place(row as u64);
            order[usize::try_from(place).unwrap_or(usize::MAX)] = row as u64;
            if row % CHECKPOINT_ROWS == 0 {
                workers.check()?;
            }
        }
        orders.push(PartOrder { first, rows });
        first += count;
    }
    Ok(orders)
}
