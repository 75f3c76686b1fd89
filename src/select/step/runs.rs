//! Of rows with equal keys the first or the last one, where rows stand in the order of their keys: then
//! equal keys follow each other, and no set of them is needed. Row groups are read side by side; of each
//! two keys are held, and where two row groups meet they are compared.
//!
//! Rows that are not in order are noticed by then at the latest, and nothing is chosen.

use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering as Memory};

use crate::account::Account;
use crate::dataset::{RowGroup, StoredColumn};
use crate::error::{Fault, Result};
use crate::select::parts::WORD;
use crate::select::read::blocks::{Block, BlockReader};
use crate::select::read::columns::KeyColumns;
use crate::select::read::neighbours::{HeldKey, compare};
use crate::select::read::pass::Visited;
use crate::select::request::Keep;
use crate::select::selection::{GroupRows, RowSelection};

/// Keeps one row of each run of equal keys.
pub struct Runs<'a> {
    /// The rows that are chosen so far.
    pub selection: &'a RowSelection,
    /// Which row of a run stays.
    pub keep: Keep,
    columns: &'a KeyColumns,
    account: &'a Arc<Account>,
    descends: AtomicBool,
}

/// The rows of a row group that stay, and what its neighbours must know.
pub struct GroupRuns {
    rows: usize,
    kept: Vec<u64>,
    /// The first of its chosen rows and the last one that was seen; without any there is nothing here.
    ends: Option<(usize, usize)>,
    first: HeldKey,
    last: HeldKey,
}

impl<'a> Runs<'a> {
    /// No row was seen yet.
    pub const fn new(
        selection: &'a RowSelection,
        keep: Keep,
        columns: &'a KeyColumns,
        account: &'a Arc<Account>,
    ) -> Self {
        Self {
            selection,
            keep,
            columns,
            account,
            descends: AtomicBool::new(false),
        }
    }

    /// One row of each run of a row group, or some of them where a key is less than the one before.
    pub fn visit(
        &self,
        reader: &mut BlockReader<'_>,
        row_group: &RowGroup<Option<StoredColumn>>,
    ) -> Result<GroupRuns> {
        let chosen = self.selection.kept(row_group.at);
        let mut runs = GroupRuns {
            rows: row_group.rows,
            kept: chosen.clone(),
            ends: None,
            first: HeldKey::new(self.columns, self.account),
            last: HeldKey::new(self.columns, self.account),
        };
        if self.descends.load(Memory::Relaxed) {
            return Ok(runs);
        }
        reader.read_while(row_group, |block| {
            if !runs.add(block, &chosen, self.keep)? {
                self.descends.store(true, Memory::Relaxed);
            }
            Ok(!self.descends.load(Memory::Relaxed))
        })?;
        Ok(runs)
    }

    /// The rows that stay of row groups in their order; `None` where a key is less than one before.
    pub fn joined(self, visited: Vec<Visited<GroupRuns>>) -> Option<Vec<GroupRows>> {
        if self.descends.into_inner() {
            return None;
        }
        let mut groups = vec![GroupRows::None; self.selection.len()];
        let mut runs: Vec<_> = visited
            .into_iter()
            .filter(|visited| visited.found.ends.is_some())
            .collect();
        runs.sort_unstable_by_key(|visited| visited.at);
        for at in 1..runs.len() {
            let (before, after) = runs.split_at_mut(at);
            let (before, after) = (&mut before[at - 1].found, &mut after[0].found);
            match before.last.compared(&after.first) {
                Ordering::Less => {}
                Ordering::Equal => meet(before, after, self.keep),
                Ordering::Greater => return None,
            }
        }
        for Visited { at, found } in runs {
            groups[at] = GroupRows::of_mask(found.rows, found.kept);
        }
        Some(groups)
    }
}

/// Has one row of a run stay that goes from one row group to the next.
fn meet(before: &mut GroupRuns, after: &mut GroupRuns, keep: Keep) {
    let dropped = match keep {
        Keep::First => (&mut after.kept, after.ends.map(|ends| ends.0)),
        Keep::Last => (&mut before.kept, before.ends.map(|ends| ends.1)),
    };
    if let (kept, Some(row)) = dropped {
        kept[row / WORD] &= !(1 << (row % WORD));
    }
}

impl GroupRuns {
    /// Adds the rows of a block that are chosen; `false` where a key is less than the one before.
    fn add(&mut self, block: &Block<'_>, chosen: &[u64], keep: Keep) -> Result<bool, Fault> {
        let columns = block.columns;
        let mut before = None;
        for row in block.kept(chosen) {
            let at = block.first + row;
            let order = match (before, self.ends) {
                (Some(before), _) => compare(columns, row, before),
                (None, Some(_)) => self.last.compared_with(columns, row).reverse(),
                (None, None) => {
                    self.first.hold(columns, row)?;
                    Ordering::Greater
                }
            };
            let (first, last) = self.ends.unwrap_or((at, at));
            match order {
                Ordering::Less => return Ok(false),
                Ordering::Equal => {
                    let dropped = match keep {
                        Keep::First => at,
                        Keep::Last => last,
                    };
                    self.kept[dropped / WORD] &= !(1 << (dropped % WORD));
                }
                Ordering::Greater => {}
            }
            self.ends = Some((first, at));
            before = Some(row);
        }
        if let Some(last) = before {
            self.last.hold(columns, last)?;
        }
        Ok(true)
    }
}
