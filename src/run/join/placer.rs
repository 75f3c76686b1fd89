//! Values of a table placed in the rows that they match: decoded tile by tile, and placed while the
//! tile is in the cache.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{Cells, Lane, RowGroup, Scan, Slot, TableFields};
use crate::error::{Error, Fault, Place, Result};
use crate::io::Source;
use crate::kernel::{Element, Rule};
use crate::key::Matches;
use crate::parquet::page::buffers::ReadBuffers;
use crate::plan::{ItemSlot, JoinedTable};
use crate::texts::TextCodes;
use crate::workers::Workers;

/// Rows that are decoded between two polls for cancellation, where no tile is needed.
const CHECKPOINT_ROWS: usize = 64 << 10;

/// A table whose rows are matched.
#[derive(Debug)]
pub struct MatchedTable<'a> {
    /// The table.
    pub table: &'a JoinedTable,
    /// Which rows of the source match which rows of the table.
    pub matches: Matches,
    /// The file.
    pub source: Arc<Source>,
}

impl MatchedTable<'_> {
    /// The place of a column, for errors.
    pub fn place(&self, column: &str) -> Place {
        Place::column(self.source.path(), column)
    }
}

/// Some columns of a matched table.
#[derive(Debug, Clone, Copy)]
pub struct MatchedColumns<'a> {
    /// The table.
    pub of: &'a MatchedTable<'a>,
    /// Where the columns are in the table.
    pub slots: &'a [ItemSlot],
    /// The names of the columns.
    pub names: &'a [String],
    /// For each column what its texts become.
    pub texts: &'a [Option<TextCodes>],
}

impl MatchedColumns<'_> {
    /// The error for a fault of the table, or of one of the columns.
    pub fn place(&self, fault: Fault, column: Option<usize>) -> Error {
        let name = column.and_then(|at| self.names.get(at));
        let place = Place::file(self.of.source.path());
        fault.at(place.in_column(name.map(String::as_str)))
    }
}

/// One column of a row group that is to be placed.
struct PlacedChunk<'a> {
    matched: &'a MatchedTable<'a>,
    row_group: &'a RowGroup<Cells>,
    /// The number of the column.
    at: usize,
    /// The first row in the table.
    first: usize,
    /// How far the matches were followed before.
    cursor: usize,
}

/// Places columns one by one, with the same buffers.
#[derive(Debug)]
pub struct Placer<'a, E: Element> {
    lane: Lane<E>,
    tile: Scratch<E>,
    tile_rows: usize,
    rule: Rule<E>,
    /// The largest magnitude among units of a clock in the columns that were placed last.
    farthest: Vec<f64>,
    account: &'a Arc<Account>,
    workers: &'a Workers,
}

impl<'a, E: Element> Placer<'a, E> {
    /// A placer without buffers yet, whose values are cleaned by `rule`.
    pub fn new(
        rule: Rule<E>,
        tile_rows: usize,
        account: &'a Arc<Account>,
        workers: &'a Workers,
    ) -> Self {
        Self {
            lane: Lane::new(account),
            tile: Scratch::new(account),
            tile_rows,
            rule,
            farthest: Vec::new(),
            account,
            workers,
        }
    }

    /// The largest magnitude among units of a clock, in each of the columns that were placed last.
    pub fn farthest(&self) -> &[f64] {
        &self.farthest
    }

    /// Gives all buffers back to the account.
    pub fn release_buffers(&mut self) {
        self.lane.release_buffers();
        self.tile.clear();
    }

    /// Places each column of a table in its place, which has one value for each row of the source.
    /// Rows that match nothing stay as they are.
    pub fn place(
        &mut self,
        columns: MatchedColumns<'_>,
        buffers: &mut ReadBuffers,
        places: &mut [&mut [E]],
    ) -> Result<()> {
        let of = columns.of;
        self.farthest = vec![0.0; places.len()];
        let slots: Vec<Slot> = columns.slots.iter().map(|column| column.slot).collect();
        let fields = TableFields {
            slots: &slots,
            names: columns.names,
            texts: columns.texts,
        };
        let mut scan = Scan::opened(&of.table.file, &of.source, fields, self.account);
        let rows = usize::try_from(of.table.file.rows).unwrap_or(usize::MAX);
        let mut first = 0_usize;
        let mut cursor = 0;
        while let Some(row_group) = scan.next()? {
            let end = first.checked_add(row_group.rows);
            let Some(end) = end.filter(|end| *end <= rows) else {
                let what = "the row groups have more rows than the footer said";
                return Err(Fault::corrupt(what).at(row_group.place(None)));
            };
            let mut reached = cursor;
            let mut at = 0;
            for slots in columns.slots.chunk_by(|a, b| a.slot.leaf == b.slot.leaf) {
                let chunk = PlacedChunk {
                    matched: of,
                    row_group: &row_group,
                    at,
                    first,
                    cursor,
                };
                let places = &mut places[at..at + slots.len()];
                let end = match places {
                    [out] if !slots[0].slot.nesting.is_vector() => self.chunk(&chunk, buffers, out),
                    places => self.lists(&chunk, slots, buffers, places),
                };
                let name = columns.names.get(at).map(String::as_str);
                let end = end.map_err(|fault| fault.at(row_group.place(name)))?;
                reached = reached.max(end);
                at += slots.len();
            }
            first = end;
            cursor = reached;
        }
        Ok(())
    }

    /// Places some of the items of a chunk of lists, and returns how far the matches were followed.
    fn lists(
        &mut self,
        chunk: &PlacedChunk<'_>,
        slots: &[ItemSlot],
        buffers: &mut ReadBuffers,
        places: &mut [&mut [E]],
    ) -> Result<usize, Fault> {
        let row_group = chunk.row_group;
        let matches = &chunk.matched.matches;
        self.lane
            .open(&row_group.source, &row_group.cells[chunk.at], &self.rule)?;
        let width = slots.first().map_or(1, |column| column.slot.width);
        let rows = row_group.rows;
        let height = (self.tile_rows / width).clamp(1, rows.max(1));
        let tile = self.tile.fit(height * (width + 1))?;
        let (lists, column) = tile.split_at_mut(height * width);
        let end = chunk.first + rows;
        let (mut first, mut cursor) = (chunk.first, chunk.cursor);
        while first < end {
            let next = end.min(first + height);
            let lists = &mut lists[..(next - first) * width];
            let column = &mut column[..next - first];
            self.lane.fill(lists, buffers)?;
            let mut reached = cursor;
            for (place, slot) in places.iter_mut().zip(slots) {
                for (list, value) in lists.chunks_exact(width).zip(&mut *column) {
                    *value = list[slot.item];
                }
                if matches.is_same() {
                    place[first..next].copy_from_slice(column);
                } else {
                    reached = matches.scatter(column, first..next, cursor, place);
                }
            }
            cursor = reached;
            self.workers.check()?;
            first = next;
        }
        self.lane.finish(buffers)?;
        Ok(cursor)
    }

    /// Places a chunk, and returns how far the matches were followed.
    fn chunk(
        &mut self,
        chunk: &PlacedChunk<'_>,
        buffers: &mut ReadBuffers,
        out: &mut [E],
    ) -> Result<usize, Fault> {
        let row_group = chunk.row_group;
        let matches = &chunk.matched.matches;
        let cells = &row_group.cells[chunk.at];
        self.lane.open(&row_group.source, cells, &self.rule)?;
        let rows = row_group.rows;
        let end = chunk.first + rows;
        let mut cursor = chunk.cursor;
        if matches.is_same() {
            for out in out[chunk.first..end].chunks_mut(CHECKPOINT_ROWS) {
                self.lane.fill(out, buffers)?;
                self.workers.check()?;
            }
        } else {
            let tile = self.tile.fit(self.tile_rows.min(rows))?;
            let mut first = chunk.first;
            while first < end {
                let next = end.min(first + tile.len());
                let tile = &mut tile[..next - first];
                self.lane.fill(tile, buffers)?;
                cursor = matches.scatter(tile, first..next, cursor, out);
                self.workers.check()?;
                first = next;
            }
        }
        let tally = self.lane.finish(buffers)?;
        let farthest = &mut self.farthest[chunk.at];
        *farthest = farthest.max(tally.farthest);
        Ok(cursor)
    }
}
