//! The rows of a row group that a filter keeps, read from its columns block by block. The columns take
//! turns, so each has buffers of its own; all of them are leased and serve the next row group as well.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::RowGroup;
use crate::error::{Checkpoint, Fault, Result};
use crate::key::column::{KEY_ROWS, KeyColumn};
use crate::parquet::page::buffers::ReadBuffers;
use crate::select::filter::bind::{Filter, SeenEntries};
use crate::select::filter::cells::FilterCells;
use crate::select::filter::pages::pages;

/// Reads the columns of a filter.
#[derive(Debug)]
pub struct FilterReader<'a> {
    filter: &'a Filter,
    account: Arc<Account>,
    /// One for each column.
    readers: Vec<ReadBuffers>,
    columns: Vec<Option<KeyColumn>>,
    kept: Scratch<u64>,
    /// What was found of dictionaries in the row group.
    seen: SeenEntries,
    skipped: u64,
}

impl<'a> FilterReader<'a> {
    /// A reader whose buffers are leased from `account`.
    pub fn new(filter: &'a Filter, account: &Arc<Account>) -> Self {
        let columns = filter.columns().iter();
        Self {
            filter,
            account: Arc::clone(account),
            readers: columns.map(|_| ReadBuffers::new(account)).collect(),
            columns: Vec::with_capacity(filter.columns().len()),
            kept: Scratch::new(account),
            seen: SeenEntries::default(),
            skipped: 0,
        }
    }

    /// Rows that were skipped so far, because the bounds of their pages exclude them.
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The rows of a row group that are kept, a bit for each, the first one the lowest. `checkpoint` is
    /// polled block by block, with the bytes read.
    pub fn read(
        &mut self,
        row_group: &RowGroup<FilterCells>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<&[u64]> {
        let read = self.open(row_group);
        let read = read.and_then(|()| self.blocks(row_group, checkpoint));
        // Lanes hold leases, which the next row group may need elsewhere.
        self.columns.clear();
        checkpoint.check_after(row_group.source.bytes_read())?;
        // Damage found in a file that has changed since it was opened is not the file's fault.
        row_group.source.verify()?;
        read?;
        Ok(&self.kept.all()[..row_group.rows.div_ceil(64)])
    }

    fn open(&mut self, row_group: &RowGroup<FilterCells>) -> Result<()> {
        let at_column = |at: usize, fault: Fault| {
            let name = self.filter.columns()[at].name.as_str();
            fault.at(row_group.place(Some(name)))
        };
        let RowGroup { source, layout, .. } = row_group;
        self.columns.clear();
        self.seen.clear();
        for (at, cells) in row_group.cells.iter().enumerate() {
            let column = &self.filter.columns()[at];
            let known = column.slot(*layout).zip(column.form(*layout));
            let known = known.zip(cells.stored.as_ref());
            let opened = known.map(|((slot, form), stored)| {
                let opened = KeyColumn::new(source, stored, slot, form, &self.account)?;
                Ok(opened.cut(self.filter.deciding(at)))
            });
            let opened = opened
                .transpose()
                .map_err(|fault: Fault| at_column(at, fault))?;
            self.columns.push(opened);
        }
        Ok(())
    }

    /// Reads the rows that can be kept, block by block, and skips all others.
    fn blocks(
        &mut self,
        row_group: &RowGroup<FilterCells>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        let RowGroup { layout, rows, .. } = row_group;
        let whole = |fault: Fault| fault.at(row_group.place(None));
        let pages = pages(row_group, &self.account).map_err(whole)?;
        let candidates = self.filter.candidates(*layout, *rows, &pages);
        drop(pages);
        let kept = self.kept.fit(rows.div_ceil(64)).map_err(whole)?;
        kept.fill(0);
        let mut row = 0;
        for range in candidates {
            self.skip(row_group, range.start - row)?;
            row = range.start;
            while row < range.end {
                let count = KEY_ROWS.min(range.end - row);
                self.each(row_group, |column, reader| column.read(count, reader))?;
                let words = &mut self.kept.all_mut()[row / 64..(row + count).div_ceil(64)];
                self.filter
                    .keep(*layout, &self.columns, count, &mut self.seen, words);
                row += count;
                checkpoint.check_after(row_group.source.bytes_read())?;
            }
        }
        self.skip(row_group, rows - row)?;
        self.each(row_group, KeyColumn::finish)
    }

    fn skip(&mut self, row_group: &RowGroup<FilterCells>, rows: usize) -> Result<()> {
        if rows > 0 {
            self.skipped += rows as u64;
            self.each(row_group, |column, reader| column.skip(rows, reader))?;
        }
        Ok(())
    }

    /// Does something with each column that the file has.
    fn each(
        &mut self,
        row_group: &RowGroup<FilterCells>,
        mut step: impl FnMut(&mut KeyColumn, &mut ReadBuffers) -> Result<(), Fault>,
    ) -> Result<()> {
        let columns = self.columns.iter_mut().zip(&mut self.readers);
        for (at, (column, reader)) in columns.enumerate() {
            if let Some(column) = column {
                step(column, reader).map_err(|fault| {
                    let name = self.filter.columns()[at].name.as_str();
                    fault.at(row_group.place(Some(name)))
                })?;
            }
        }
        Ok(())
    }
}
