//! The pour of a join: the source's own columns as ever, and beside them those of each table, every
//! one made whole, cleaned and filled before it is written.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Result};
use crate::join::stream::Shape;
use crate::join::{Find, lookup};
use crate::kernel::{Real, Rule, Tally};
use crate::output::mapping::Returns;
use crate::plan::{Joined, Order, Origin, Plan};
use crate::run::crew::{Crew, Watch};
use crate::run::joiner::{Joiner, Shared};
use crate::run::medians::Passes;
use crate::run::pour::{ALL, Pour};
use crate::run::report::TableReport;
use crate::run::sheets::Sheets;
use crate::run::tables::split;
use crate::run::tasks::Walk;
use crate::run::turn::{as_it_is, turn};

/// What the key of a join is.
pub fn shape(join: &Joined) -> Shape<'_> {
    Shape {
        on: &join.on,
        forms: &join.forms,
    }
}

/// Reads the keys that tables are joined on.
pub fn keys(
    plan: &Plan,
    join: &Joined,
    account: &Arc<Account>,
    (crew, watch): (&Crew, &mut dyn Watch),
) -> Result<Box<dyn Find>> {
    let look = |bytes| {
        crew.read(bytes);
        crew.done(0)
    };
    let slots = &join.source_keys;
    let mut found = crew.run(1, watch, || {
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
    pub join: &'a Joined,
    /// The names of the features.
    pub names: &'a [String],
    /// What to write for what is not plain, for each of them.
    pub rules: &'a [Rule<T>],
    /// The keys of the source.
    pub keys: &'a dyn Find,
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub returns: Returns,
}

/// What became of one feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    /// What was met.
    pub tally: Tally,
    /// What its gaps were filled with, where that had to be fitted.
    pub fill: Option<f64>,
    /// Whether nothing is left to do.
    pub settled: bool,
}

impl Made {
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
        crew: &Crew,
        watch: &mut dyn Watch,
    ) -> Result<(Vec<Made>, Vec<TableReport>)> {
        let rows = out.nrows();
        let mut made = vec![Made::default(); self.names.len()];
        self.own(out.view_mut(), &mut made, (crew, watch))?;
        let tables = split(out, &self.join.parts, self.join.tables.len());
        let shared = Shared::new(self, crew, rows, (made, tables));
        crew.run(self.join.threads, watch, || Joiner::new(&shared).work())?;
        let (made, reports) = shared.made();
        Ok((made, reports.into_iter().flatten().collect()))
    }

    /// Pours the source's own columns.
    fn own(
        &self,
        mut out: ArrayViewMut2<'_, T>,
        made: &mut [Made],
        (crew, watch): (&Crew, &mut dyn Watch),
    ) -> Result<()> {
        let geometry = self.plan.geometry;
        let sheet_rows = geometry.sheet_rows(out.ncols(), size_of::<T>());
        let mut sheets = Sheets::new(out.view_mut(), sheet_rows)?;
        let mut own = Vec::new();
        for part in &self.join.parts {
            let Origin::Source(selection) = &part.origin else {
                continue;
            };
            let columns = || part.columns.clone();
            let pour = Pour {
                files: &self.plan.files,
                selection,
                names: &self.names[columns()],
                rules: &self.rules[columns()],
                order: self.plan.options.order,
                geometry,
                account: self.account,
                // A page of the output holds columns of tables, too, which are still to come.
                returns: Returns::default(),
                fresh: None,
                onlooker: None,
            };
            let walk = Walk::new(&pour);
            let poured = pour.run(sheets.columns(columns()), (walk, ALL), crew, watch)?;
            for (made, tally) in made[columns()].iter_mut().zip(poured.tallies) {
                made.tally = tally;
            }
            own.push(columns());
        }
        if self.plan.options.order == Order::F {
            return Ok(());
        }
        let mut passes = Passes {
            account: self.account,
            returns: &Returns::default(),
            threads: geometry.threads,
            crew,
            watch,
        };
        turn(out, (sheet_rows, &own), &as_it_is, &mut passes)
    }
}
