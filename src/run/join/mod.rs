//! The tables of a join: each column is put together, cleaned and filled before it is written beside
//! the columns of the source.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`pour`] | the sequence: keys, then tables |
//! | [`queue`] | tables and columns, handed out |
//! | [`worker`] | one thread: matches tables, places columns |
//! | [`vocabulary`] | the texts of a joined column |
//! | [`placer`] | values placed in the rows that they match |
//! | [`fill`] | the fill of a joined column, fitted and written |
//! | [`used`] | the rows of a table that are matched |

pub mod fill;
pub mod placer;
pub mod pour;
pub mod queue;
pub mod used;
pub mod vocabulary;
pub mod worker;

use std::sync::Arc;

use crate::account::Account;
use crate::kernel::{Rule, Tally};
use crate::key::{KeySpec, Matcher};
use crate::plan::{JoinPlan, Plan};
use crate::run::TableReport;
use crate::sys::pages::PageRelease;
use crate::texts::{TextCodes, Texts};

/// The columns of a join's key.
pub fn key_spec(join: &JoinPlan) -> KeySpec<'_> {
    KeySpec {
        on: &join.on,
        forms: &join.forms,
    }
}

/// A join that is poured.
pub struct JoinPour<'a, T> {
    /// The load.
    pub plan: &'a Plan,
    /// Its join.
    pub join: &'a JoinPlan,
    /// The names of the features.
    pub names: &'a [String],
    /// For each feature, what is written for values that are not plain numbers.
    pub rules: &'a [Rule<T>],
    /// For each feature what its texts become, where that is known before.
    pub texts: &'a [Option<TextCodes>],
    /// The keys of the source.
    pub keys: &'a dyn Matcher,
    /// Leases the buffers.
    pub account: &'a Arc<Account>,
    /// Leases texts that are learned.
    pub text_account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub release: PageRelease,
}

/// The state of a feature.
#[derive(Debug, Clone, Default)]
pub struct ColumnState {
    /// Counts of values that are not plain numbers, for each part.
    pub tallies: Vec<Tally>,
    /// What gaps are filled with, if that had to be fitted.
    pub fill: Option<f64>,
    /// Whether gaps are filled as well.
    pub finished: bool,
    /// The texts that its values are codes of.
    pub texts: Option<Arc<Texts>>,
}

impl ColumnState {
    /// A feature that is poured, with gaps that are not filled yet.
    pub fn poured(tallies: &[Tally]) -> Self {
        Self {
            tallies: tallies.to_vec(),
            ..Self::default()
        }
    }
}

/// The results of a join.
#[derive(Debug, Default)]
pub struct JoinOutcome {
    /// The state of each feature.
    pub columns: Vec<ColumnState>,
    /// The report of each table; `None` until it is matched.
    pub tables: Vec<Option<TableReport>>,
}
