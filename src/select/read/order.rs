//! Whether the rows of a source stand in the order of some columns, and whether equal keys stand
//! together: ascending, nulls last, NaN behind all other numbers, both zeros equal.
//!
//! Where rows are sorted they are read once, and one key is held. Where they are not, they are read
//! again from the first row on, and a set of hashes counts the different keys, in at most 24 bytes
//! each: equal keys stand together if there are as many keys as runs of equal ones.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;

use crate::account::Account;
use crate::error::{Checkpoint, Error, Fault, Result};
use crate::key::{DistinctSet, KeyHasher};
use crate::select::read::blocks::{Block, BlockReader};
use crate::select::read::columns::{KeyColumns, KeyLookup};
use crate::select::read::neighbours::{HeldKey, compare};
use crate::select::read::walk::{Direction, Walk};
use crate::sys::free::free_memory;
use crate::workers::{Call, Caller, Stage, Workers};

/// A row of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPlace {
    /// The file.
    pub path: PathBuf,
    /// The row group in it.
    pub row_group: usize,
    /// The row in that.
    pub row: usize,
}

/// What is known of the order of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFacts {
    /// The number of rows whose key is less than that of the row before.
    pub violations: u64,
    /// The first of them.
    pub first_violation: Option<RowPlace>,
    /// The number of runs of equal keys.
    pub runs: u64,
    /// The number of different keys.
    pub groups: u64,
}

/// Different keys, as hashes.
struct KeyCount {
    hasher: KeyHasher,
    seen: DistinctSet,
}

/// Rows that pass by in order.
struct Watch {
    facts: OrderFacts,
    last: HeldKey,
    /// Whether there was a row.
    began: bool,
    keys: Option<KeyCount>,
}

/// Reads whether rows stand in the order of the columns of these names.
pub fn order(
    lookup: KeyLookup<'_>,
    names: &[String],
    caller: &mut dyn Caller,
) -> Result<OrderFacts> {
    let columns = lookup.columns(names, "sorted_by")?;
    let account = Account::new(free_memory().unwrap_or(usize::MAX));
    let workers = Workers::new(Stage::Rows, lookup.dataset.rows()?, 1, Call::begin());
    let read = workers.run(1, caller, || {
        let mut watch = Watch::new(&columns, &account, None);
        read(lookup, &columns, &account, &workers, &mut watch)?;
        if watch.facts.violations == 0 {
            watch.facts.groups = watch.facts.runs;
            return Ok(watch.facts);
        }
        let keys = KeyCount {
            hasher: KeyHasher::random(),
            seen: DistinctSet::new(&account),
        };
        let mut watch = Watch::new(&columns, &account, Some(keys));
        read(lookup, &columns, &account, &workers, &mut watch)?;
        Ok(watch.facts)
    })?;
    let gone = || Error::Internal("the order of rows is gone".to_owned());
    read.into_iter().next().ok_or_else(gone)
}

/// Has all rows pass by, or those up to the first violation where keys are not counted.
fn read(
    lookup: KeyLookup<'_>,
    columns: &KeyColumns,
    account: &Arc<Account>,
    workers: &Workers,
    watch: &mut Watch,
) -> Result<()> {
    let files = &lookup.dataset.files;
    let mut walk = Walk::new(files, columns, Direction::Forward, account);
    let mut reader = BlockReader::new(columns, account, workers);
    let poll = |bytes| workers.check_after(bytes);
    while let Some(row_group) = walk.next_group()? {
        let read = reader.read(&row_group, |block| {
            if let Some(row) = watch.add(block, Checkpoint::new(&poll))? {
                watch.facts.first_violation = Some(RowPlace {
                    path: row_group.source.path().to_path_buf(),
                    row_group: row_group.number,
                    row,
                });
            }
            Ok(())
        });
        // Damage found in a file that has changed since it was opened is not the file's fault.
        row_group.source.verify()?;
        read.map_err(scarce)?;
        if watch.keys.is_none() && watch.facts.violations > 0 {
            return Ok(());
        }
    }
    Ok(())
}

impl Watch {
    fn new(columns: &KeyColumns, account: &Arc<Account>, keys: Option<KeyCount>) -> Self {
        Self {
            facts: OrderFacts::default(),
            last: HeldKey::new(columns, account),
            began: false,
            keys,
        }
    }

    /// Adds the rows of a block, and returns the first one of all whose key is less than that of the
    /// row before, if it is in this block: its number in the row group.
    fn add(
        &mut self,
        block: &Block<'_>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Option<usize>, Fault> {
        let columns = block.columns;
        let mut first = None;
        for row in 0..block.rows {
            let order = match row.checked_sub(1) {
                Some(before) => compare(columns, row, before),
                // The first row of all follows nothing, and begins a run.
                None if !self.began => Ordering::Greater,
                None => self.last.compared_with(columns, row).reverse(),
            };
            if order == Ordering::Equal {
                continue;
            }
            self.facts.runs += 1;
            if order == Ordering::Less {
                if self.facts.violations == 0 {
                    first = Some(block.first + row);
                }
                self.facts.violations += 1;
            }
            if let Some(keys) = &mut self.keys {
                let hash = keys.hasher.hash(columns, row);
                self.facts.groups += u64::from(keys.seen.insert(hash, checkpoint)?);
            }
        }
        if let Some(last) = block.rows.checked_sub(1) {
            self.began = true;
            self.last.hold(columns, last)?;
        }
        Ok(first)
    }
}

/// The error for too little memory for the keys.
fn scarce(error: Error) -> Error {
    let Error::Scarce { needed, .. } = error else {
        return error;
    };
    Fault::Scarce { needed }.short(|needed| {
        format!(
            "sorted_by: to count different keys {needed} bytes are needed at once, and less is \
             free; ask for fewer columns"
        )
    })
}
