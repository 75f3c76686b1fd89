//! The rows of a source, chosen while planning: the shape of the matrix depends on them. Only what
//! decides about rows is read for it.

use std::sync::Arc;

use crate::account::Account;
use crate::dataset::Dataset;
use crate::error::{Checkpoint, Result};
use crate::parquet::Kind;
use crate::plan::budget::threads;
use crate::plan::options::{MissingColumns, MissingTargets, Options};
use crate::select::choose::{Choice, short};
use crate::select::filter::{Condition, Constant, FilterRequest, Operator};
use crate::select::read::columns::{KeyColumns, KeyUse};
use crate::select::request::RowOrder;
use crate::select::{KeyLookup, RowRequest, RowSelection, choose};
use crate::sys::free::free_memory;
use crate::workers::{Call, Caller, Progress, Stage, Team, Workers};

/// Bytes of a row for the order of rows, and while rows are sorted.
const ORDER_BYTES: usize = 8;
const SORT_BYTES: usize = 16;

/// The rows of a source, chosen.
#[derive(Debug)]
pub struct ChosenRowsOfSource {
    /// The rows, and the part of each.
    pub selection: RowSelection,
    /// The names of the parts; none without a split.
    pub names: Vec<String>,
    /// The columns that were read to choose them.
    pub read: Vec<String>,
    /// Bytes that were read for it.
    pub bytes_read: u64,
    /// Rows that were left out because others have their keys.
    pub duplicates: usize,
}

/// Polls while threads choose.
struct Polled<'a>(Checkpoint<'a>);

impl Caller for Polled<'_> {
    fn check(&mut self) -> Result<()> {
        self.0.check()
    }

    fn report(&mut self, _: Progress) -> Result<()> {
        Ok(())
    }
}

/// Chooses the rows that the options ask for; none where these are all.
pub fn chosen(
    dataset: &Dataset,
    options: &Options,
    checkpoint: Checkpoint<'_>,
) -> Result<Option<ChosenRowsOfSource>> {
    let request = request(dataset, options)?;
    // Where windows begin and end in the row groups has to be known.
    if request.is_all() && options.window.is_none() {
        return Ok(None);
    }
    let workers = Workers::new(Stage::Rows, dataset.rows()?, 1, Call::begin());
    let account = account(options);
    let mut caller = Polled(checkpoint);
    let mut team = Team {
        workers: &workers,
        caller: &mut caller,
        threads: threads(options),
        account: &account,
    };
    let Choice {
        selection,
        read,
        duplicates,
    } = choose(lookup(dataset, options), &request, &mut team).map_err(short)?;
    Ok(Some(ChosenRowsOfSource {
        selection,
        read,
        duplicates,
        names: request.split.map_or_else(Vec::new, |split| split.names),
        bytes_read: workers.bytes_read(),
    }))
}

/// What is known of rows is leased here: what the limit allows, or else what is free.
pub fn account(options: &Options) -> Arc<Account> {
    let free = || free_memory().unwrap_or(usize::MAX);
    Account::new(options.memory_limit.unwrap_or_else(free))
}

/// The rows that the options ask for, those without a target left out where it says so.
fn request(dataset: &Dataset, options: &Options) -> Result<RowRequest> {
    let mut request = options.rows.clone();
    let targets = options.target.iter().flat_map(|target| &target.names);
    if options.missing_targets != MissingTargets::Drop {
        return Ok(request);
    }
    let mut conditions = Vec::new();
    for name in targets {
        conditions.push(is_there(dataset, name)?);
    }
    if conditions.is_empty() {
        return Ok(request);
    }
    let filters = request.filters.get_or_insert_with(|| FilterRequest {
        option: "target_missing",
        any: vec![Vec::new()],
    });
    for list in &mut filters.any {
        list.extend(conditions.iter().cloned());
    }
    Ok(request)
}

/// The condition that a column has a value that is not missing.
fn is_there(dataset: &Dataset, name: &str) -> Result<Condition> {
    let mut is_float = false;
    for layout in &dataset.layouts {
        let kind = layout.column(name)?.and_then(|column| column.kind.ok());
        is_float |= matches!(kind, Some(Kind::F16 | Kind::F32 | Kind::F64));
    }
    // No NaN is as large as any number.
    let (operator, value) = if is_float {
        (Operator::GreaterOrEqual, Constant::Float(f64::NEG_INFINITY))
    } else {
        (Operator::IsNot, Constant::Null)
    };
    Ok(Condition {
        column: name.to_owned(),
        operator,
        values: vec![value],
    })
}

/// Bytes that the order of so many rows takes, while it is made.
pub fn order_bytes(options: &Options, rows: usize) -> usize {
    let each = match options.rows.order {
        RowOrder::Source => 0,
        RowOrder::Sorted(_) => SORT_BYTES,
        RowOrder::Shuffled => ORDER_BYTES,
    };
    rows.saturating_mul(each)
}

/// The columns that rows are sorted by.
pub fn sort_columns(dataset: &Dataset, options: &Options) -> Result<Option<KeyColumns>> {
    let RowOrder::Sorted(names) = &options.rows.order else {
        return Ok(None);
    };
    lookup(dataset, options).columns(names, "sort_by").map(Some)
}

const fn lookup<'a>(dataset: &'a Dataset, options: &Options) -> KeyLookup<'a> {
    KeyLookup {
        dataset,
        use_of: KeyUse::ROWS,
        may_lack: matches!(options.missing_columns, MissingColumns::Missing),
    }
}
