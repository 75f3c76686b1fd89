//! The rows of a row group that a filter keeps, read from its columns block by block. The columns take
//! turns, so each has buffers of its own; all of them are leased and serve the next row group as well.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{Columns, RowGroup};
use crate::error::{Checkpoint, Fault, Result};
use crate::key::column::{KEY_ROWS, KeyColumn};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{self, Chunk, Hints};
use crate::select::filter::bind::Filter;

/// Words of 64 rows in a block.
const WORDS: usize = KEY_ROWS / 64;

/// One column of a row group, as a filter wants it.
#[derive(Debug, Clone, Copy)]
pub struct FilterCells {
    /// Its chunk; `None` if the file lacks the column.
    pub chunk: Option<Chunk>,
    /// What may save reading it.
    pub hints: Hints,
}

impl Columns for &Filter {
    type Cells = FilterCells;

    fn count(&self) -> usize {
        self.columns().len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.columns().get(at).map(|column| column.name.as_str())
    }

    fn hinted(&self, layout: usize) -> Vec<usize> {
        let slots = self.columns().iter();
        let slots = slots.filter_map(|column| column.slot(layout));
        slots.map(|slot| slot.leaf).collect()
    }

    fn cells(
        &self,
        at: usize,
        layout: usize,
        row_group: &parquet::RowGroup,
        data_end: u64,
    ) -> Result<FilterCells, Fault> {
        let Some(slot) = self.columns()[at].slot(layout) else {
            return Ok(FilterCells {
                chunk: None,
                hints: Hints::default(),
            });
        };
        Ok(FilterCells {
            chunk: Some(row_group.chunk(slot.leaf, slot.key.physical(), data_end)?),
            hints: row_group.hints(slot.leaf),
        })
    }
}

/// Reads the columns of a filter.
#[derive(Debug)]
pub struct FilterReader<'a> {
    filter: &'a Filter,
    account: Arc<Account>,
    /// One for each column.
    readers: Vec<ReadBuffers>,
    columns: Vec<Option<KeyColumn>>,
    kept: Scratch<u64>,
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
        }
    }

    /// The rows of a row group that are kept, a bit for each, the first one the lowest. `checkpoint` is
    /// polled block by block, with the bytes read.
    pub fn read(
        &mut self,
        row_group: &RowGroup<FilterCells>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<&[u64]> {
        let read = self.blocks(row_group, checkpoint);
        // Lanes hold leases, which the next row group may need elsewhere.
        self.columns.clear();
        checkpoint.check_after(row_group.source.bytes_read())?;
        // Damage found in a file that has changed since it was opened is not the file's fault.
        row_group.source.verify()?;
        read?;
        Ok(&self.kept.all()[..row_group.rows.div_ceil(64)])
    }

    fn blocks(
        &mut self,
        row_group: &RowGroup<FilterCells>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        let at_column = |at: usize, fault: Fault| {
            let name = self.filter.columns()[at].name.as_str();
            fault.at(row_group.place(Some(name)))
        };
        let RowGroup {
            source,
            layout,
            rows,
            ..
        } = row_group;
        self.columns.clear();
        for (at, cells) in row_group.cells.iter().enumerate() {
            let column = &self.filter.columns()[at];
            let known = column.slot(*layout).zip(column.form(*layout));
            let known = known.zip(cells.chunk.as_ref());
            let opened = known.map(|((slot, form), chunk)| {
                KeyColumn::new(source, chunk, slot, form, &self.account)
            });
            let opened = opened.transpose().map_err(|fault| at_column(at, fault))?;
            self.columns.push(opened);
        }
        let words = rows.div_ceil(64);
        let kept = self.kept.fit(words);
        let kept = kept.map_err(|fault| fault.at(row_group.place(None)))?;
        let mut left = *rows;
        for block in kept.chunks_mut(WORDS) {
            let rows = left.min(KEY_ROWS);
            for (at, column) in self.columns.iter_mut().enumerate() {
                if let Some(column) = column {
                    let read = column.read(rows, &mut self.readers[at]);
                    read.map_err(|fault| at_column(at, fault))?;
                }
            }
            self.filter.keep(*layout, &self.columns, rows, block);
            left -= rows;
            checkpoint.check_after(source.bytes_read())?;
        }
        for (at, column) in self.columns.iter_mut().enumerate() {
            if let Some(column) = column {
                let finished = column.finish(&mut self.readers[at]);
                finished.map_err(|fault| at_column(at, fault))?;
            }
        }
        Ok(())
    }
}
