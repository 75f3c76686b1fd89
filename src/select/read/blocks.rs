//! The key columns of one row group, read block by block.

use std::sync::Arc;

use crate::account::Account;
use crate::dataset::{RowGroup, StoredColumn};
use crate::error::{Error, Fault, Result};
use crate::key::KeySlot;
use crate::key::column::{KEY_ROWS, KeyColumn};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Chunk, Key, Nesting};
use crate::select::parts::WORD;
use crate::select::read::columns::KeyColumns;
use crate::workers::Workers;

/// What reads key columns; a thread keeps it from one row group to the next.
#[derive(Debug)]
pub struct BlockReader<'a> {
    columns: &'a KeyColumns,
    account: &'a Arc<Account>,
    workers: &'a Workers,
    /// One for each column: they take turns, and each would read what the others pass over.
    buffers: Vec<ReadBuffers>,
}

/// A block of rows.
#[derive(Debug)]
pub struct Block<'a> {
    /// The columns, which hold these rows.
    pub columns: &'a [KeyColumn],
    /// The first row in the row group.
    pub first: usize,
    /// The number of rows.
    pub rows: usize,
}

impl Block<'_> {
    /// The rows of the block that are set in `kept`, which has a bit for each row of the row group.
    pub fn kept(&self, kept: &[u64]) -> impl Iterator<Item = usize> {
        let is_kept = |row: &usize| {
            let at = self.first + row;
            kept[at / WORD] >> (at % WORD) & 1 == 1
        };
        (0..self.rows).filter(is_kept)
    }
}

impl<'a> BlockReader<'a> {
    /// A reader without buffers yet, which are leased from `account`.
    pub fn new(columns: &'a KeyColumns, account: &'a Arc<Account>, workers: &'a Workers) -> Self {
        let buffers = columns.names.iter().map(|_| ReadBuffers::new(account));
        Self {
            buffers: buffers.collect(),
            columns,
            account,
            workers,
        }
    }

    /// Shows all rows of a row group to `each`, block by block.
    pub fn read(
        &mut self,
        row_group: &RowGroup<Option<StoredColumn>>,
        mut each: impl FnMut(&Block<'_>) -> Result<(), Fault>,
    ) -> Result<()> {
        self.read_while(row_group, |block| each(block).map(|()| true))
    }

    /// Shows rows of a row group to `each`, block by block, until it says `false`.
    pub fn read_while(
        &mut self,
        row_group: &RowGroup<Option<StoredColumn>>,
        mut each: impl FnMut(&Block<'_>) -> Result<bool, Fault>,
    ) -> Result<()> {
        let at = |fault: Fault, column: Option<usize>| -> Error {
            let name = column.and_then(|at| self.columns.names.get(at));
            fault.at(row_group.place(name.map(String::as_str)))
        };
        let mut columns = Vec::with_capacity(self.columns.names.len());
        for (number, stored) in row_group.cells.iter().enumerate() {
            let slot = self.columns.slots[row_group.layout][number];
            let slot = slot.filter(|_| stored.is_some()).unwrap_or(KeySlot {
                leaf: 0,
                key: Key::Null,
                nesting: Nesting::flat(true),
            });
            let nothing = StoredColumn::Chunk(Chunk::default());
            let stored = stored.as_ref().unwrap_or(&nothing);
            let form = &self.columns.forms[number];
            let column = KeyColumn::new(&row_group.source, stored, &slot, form, self.account);
            columns.push(column.map_err(|fault| at(fault, Some(number)))?);
        }
        for first in (0..row_group.rows).step_by(KEY_ROWS) {
            self.workers.check()?;
            let rows = KEY_ROWS.min(row_group.rows - first);
            for (number, column) in columns.iter_mut().enumerate() {
                let read = column.read(rows, &mut self.buffers[number]);
                read.map_err(|fault| at(fault, Some(number)))?;
            }
            let block = Block {
                columns: &columns,
                first,
                rows,
            };
            if !each(&block).map_err(|fault| at(fault, None))? {
                return Ok(());
            }
        }
        for (number, column) in columns.iter_mut().enumerate() {
            let finished = column.finish(&mut self.buffers[number]);
            finished.map_err(|fault| at(fault, Some(number)))?;
        }
        Ok(())
    }
}
