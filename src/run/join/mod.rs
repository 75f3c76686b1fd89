//! The tables of a join: each of their columns made whole, cleaned and filled before it is written
//! beside the columns of the source.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`pour`] | the sequence: keys, then tables |
//! | [`queue`] | tables and columns, handed out |
//! | [`worker`] | one thread: matches tables, places columns |
//! | [`placer`] | columns on their way to the rows that they match |
//! | [`fill`] | the fill of a joined column, fitted and written |

pub mod fill;
pub mod placer;
pub mod pour;
pub mod queue;
pub mod worker;

use std::sync::Arc;

use crate::account::Account;
use crate::kernel::{Rule, Tally};
use crate::key::{KeySpec, Matcher};
use crate::plan::{JoinPlan, Plan};
use crate::run::TableReport;
use crate::sys::pages::PageRelease;

/// The columns of a join's key.
pub fn key_spec(join: &JoinPlan) -> KeySpec<'_> {
    KeySpec {
        on: &join.on,
        forms: &join.forms,
    }
}

/// What is poured.
pub struct JoinPour<'a, T> {
    /// The load.
    pub plan: &'a Plan,
    /// Its join.
    pub join: &'a JoinPlan,
    /// The names of the features.
    pub names: &'a [String],
    /// What to write for what is not plain, for each feature.
    pub rules: &'a [Rule<T>],
    /// The keys of the source.
    pub keys: &'a dyn Matcher,
    /// Leases the buffers.
    pub account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub returns: PageRelease,
}

/// What is known about a feature that has been poured.
#[derive(Debug, Clone, Copy, Default)]
pub struct ColumnState {
    /// What was met.
    pub tally: Tally,
    /// What its gaps were filled with, where that had to be fitted.
    pub fill: Option<f64>,
    /// Whether its gaps are filled as well.
    pub finished: bool,
}

impl ColumnState {
    /// A feature whose gaps are not filled yet.
    pub fn poured(tally: Tally) -> Self {
        Self {
            tally,
            ..Self::default()
        }
    }
}

/// What a join has poured.
#[derive(Debug, Default)]
pub struct JoinOutcome {
    /// Each feature.
    pub columns: Vec<ColumnState>,
    /// Each table; `None` until it is matched.
    pub tables: Vec<Option<TableReport>>,
}
