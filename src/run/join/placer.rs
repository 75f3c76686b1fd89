//! Columns of one table on their way to the rows that they match: decoded piece by piece, and
//! placed while the piece is in the cache.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Place, Result};
use crate::io::Source;
use crate::kernel::{Element, Rule};
use crate::key::Matches;
use crate::parquet::lane::numbers::ColumnChunk;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Chunk, Lane};
use crate::plan::{JoinedTable, Slot};
use crate::workers::Workers;

/// Rows of a column that are decoded between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 64 << 10;

/// A table whose rows have been matched.
#[derive(Debug)]
pub struct MatchedTable<'a> {
    /// The table.
    pub table: &'a JoinedTable,
    /// The rows of the source that its rows belong to.
    pub matches: Matches,
    /// The file.
    pub source: Arc<Source>,
}

/// Some columns of a matched table.
#[derive(Debug, Clone, Copy)]
pub struct MatchedColumns<'a> {
    /// The table.
    pub of: &'a MatchedTable<'a>,
    /// Where the columns are in it.
    pub slots: &'a [Slot],
    /// Their names.
    pub names: &'a [String],
}

impl MatchedColumns<'_> {
    /// The error for a fault in a row group, or in one of the columns.
    pub fn place(&self, fault: Fault, row_group: Option<usize>, column: Option<usize>) -> Error {
        fault.at(Place {
            path: self.of.source.path().to_path_buf(),
            row_group,
            column: column.and_then(|at| self.names.get(at).cloned()),
        })
    }
}

/// A chunk of a row group that is to be placed.
struct PlacedChunk<'a> {
    matched: &'a MatchedTable<'a>,
    chunk: Chunk,
    slot: Slot,
    /// The first of its rows in the table.
    first: usize,
    /// The cursor after the chunks before.
    cursor: usize,
}

/// Places columns, one after the other, with the same buffers.
#[derive(Debug)]
pub struct Placer<'a, E: Element> {
    lane: Option<Lane<E>>,
    tile: Scratch<E>,
    tile_rows: usize,
    rule: Rule<E>,
    account: &'a Arc<Account>,
    workers: &'a Workers,
}

impl<'a, E: Element> Placer<'a, E> {
    /// Places values that are cleaned by `rule`.
    pub fn new(
        rule: Rule<E>,
        tile_rows: usize,
        account: &'a Arc<Account>,
        workers: &'a Workers,
    ) -> Self {
        Self {
            lane: None,
            tile: Scratch::new(account),
            tile_rows,
            rule,
            account,
            workers,
        }
    }

    /// Gives all buffers back.
    pub fn release_buffers(&mut self) {
        self.lane = None;
        self.tile.clear();
    }

    /// Places columns of a table, each in its own of `places`, with one value for each row of the
    /// source. Rows that match nothing stay as they are.
    pub fn place(
        &mut self,
        columns: MatchedColumns<'_>,
        reader: &mut ReadBuffers,
        places: &mut [&mut [E]],
    ) -> Result<()> {
        let of = columns.of;
        let mut row_groups = of.table.file.walk(&of.source, self.account);
        let data_end = row_groups.data_end();
        let (mut first, mut cursor, mut row_group) = (0_usize, 0, 0);
        let rows = usize::try_from(of.table.file.rows).unwrap_or(usize::MAX);
        while let Some(found) = row_groups.next()? {
            let count = usize::try_from(found.rows).unwrap_or(usize::MAX);
            let end = first.checked_add(count).filter(|end| *end <= rows);
            let Some(end) = end else {
                let what = "the row groups have more rows than the footer said";
                return Err(columns.place(Fault::corrupt(what), Some(row_group), None));
            };
            let mut reached = cursor;
            for (at, (slot, out)) in columns.slots.iter().zip(&mut *places).enumerate() {
                let at_it = |fault| columns.place(fault, Some(row_group), Some(at));
                let chunk = found.chunk(slot.leaf, slot.kind.physical(), data_end);
                let piece = PlacedChunk {
                    matched: of,
                    chunk: chunk.map_err(at_it)?,
                    slot: *slot,
                    first,
                    cursor,
                };
                let end = self.piece(&piece, reader, out);
                reached = reached.max(end.map_err(at_it)?);
            }
            (first, cursor, row_group) = (end, reached, row_group + 1);
        }
        Ok(())
    }

    /// Places a chunk and returns the cursor after it.
    fn piece(
        &mut self,
        piece: &PlacedChunk<'_>,
        reader: &mut ReadBuffers,
        out: &mut [E],
    ) -> Result<usize, Fault> {
        let rows = usize::try_from(piece.chunk.values).unwrap_or(usize::MAX);
        let same = piece.matched.matches.is_same();
        let stretch = ColumnChunk {
            source: &piece.matched.source,
            chunk: &piece.chunk,
            kind: piece.slot.kind,
            nullable: piece.slot.nullable,
            rule: &self.rule,
        };
        let lane = match &mut self.lane {
            Some(lane) => {
                lane.reopen(&stretch)?;
                lane
            }
            none => none.insert(Lane::new(&stretch, self.account)?),
        };
        let mut cursor = piece.cursor;
        if same {
            for out in out[piece.first..piece.first + rows].chunks_mut(CHECKPOINT_ROWS) {
                lane.fill(out, reader)?;
                self.workers.done(0)?;
            }
        } else {
            let tile = self.tile.fit(self.tile_rows.min(rows))?;
            let mut first = piece.first;
            while first < piece.first + rows {
                let end = (first + tile.len()).min(piece.first + rows);
                let tile = &mut tile[..end - first];
                lane.fill(tile, reader)?;
                cursor = piece.matched.matches.scatter(tile, first..end, cursor, out);
                self.workers.done(0)?;
                first = end;
            }
        }
        lane.finish(reader)?;
        Ok(cursor)
    }
}
