//! The row groups of a source, from the first to the last or the other way round.

use std::slice::from_ref;
use std::sync::Arc;

use crate::account::Account;
use crate::dataset::{Columns, RowGroup, Scan, Table, WantedGroups};
use crate::error::Result;

/// From which end row groups are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first row group.
    Forward,
    /// From the last row group. Those of one file are held at a time.
    Backward,
}

/// A walk over the row groups of some files.
pub enum Walk<'a, C: Columns> {
    /// From the first to the last.
    Forward(Box<Scan<'a, C>>),
    /// From the last to the first.
    Backward(BackwardWalk<'a, C>),
}

/// A walk from the last row group to the first.
pub struct BackwardWalk<'a, C: Columns> {
    /// Files that are still to come.
    files: &'a [Table],
    columns: C,
    account: Arc<Account>,
    /// Row groups of the file that was opened last.
    held: Vec<RowGroup<C::Cells>>,
}

impl<'a, C: Columns + Copy> Walk<'a, C> {
    /// A walk in a direction; footers are leased from `account`.
    pub fn new(
        files: &'a [Table],
        columns: C,
        direction: Direction,
        account: &Arc<Account>,
    ) -> Self {
        match direction {
            Direction::Forward => Self::Forward(Box::new(Scan::new(files, columns, account))),
            Direction::Backward => Self::Backward(BackwardWalk {
                files,
                columns,
                account: Arc::clone(account),
                held: Vec::new(),
            }),
        }
    }

    /// Says which row groups are read, so that no others are fetched ahead.
    #[must_use]
    pub fn wanting(self, wanted: WantedGroups<'a>) -> Self {
        match self {
            Self::Forward(scan) => Self::Forward(Box::new(scan.wanting(wanted))),
            backward @ Self::Backward(_) => backward,
        }
    }

    /// The next row group; `None` after the last one.
    pub fn next_group(&mut self) -> Result<Option<RowGroup<C::Cells>>> {
        match self {
            Self::Forward(scan) => scan.next(),
            Self::Backward(walk) => walk.next_group(),
        }
    }
}

impl<C: Columns + Copy> BackwardWalk<'_, C> {
    fn next_group(&mut self) -> Result<Option<RowGroup<C::Cells>>> {
        loop {
            if let Some(row_group) = self.held.pop() {
                return Ok(Some(row_group));
            }
            let Some((file, before)) = self.files.split_last() else {
                return Ok(None);
            };
            self.files = before;
            let first: u64 = before.iter().map(Table::row_groups).sum();
            let first = usize::try_from(first).unwrap_or(usize::MAX);
            let mut scan = Scan::new(from_ref(file), self.columns, &self.account);
            while let Some(mut row_group) = scan.next()? {
                row_group.at += first;
                self.held.push(row_group);
            }
        }
    }
}
