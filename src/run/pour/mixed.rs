//! Rows of a row group that go to several parts, or of which many short runs are left out.
//!
//! ```text
//! for each tile: decode the rows that are kept, then for each part: move its rows together, store them
//! ```
//!
//! A lane counts what it decodes, whatever its part. So where there are several parts, values that are
//! not plain are marked by sentinels first, and counted and replaced when they are with their part.

use crate::error::Fault;
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::{Element, Tally};
use crate::output::sheets::ColumnPiece;
use crate::run::pour::place::{ColumnPlace, PourBuffers, PouredColumn, TypedBuffers};
use crate::select::MixedRows;
use crate::select::mixed::MixedTile;

/// Values of room behind those of a part, so that registers are stored whole.
const ROOM: usize = 128;

/// Stores rows one behind the other in the parts of a piece.
pub(super) struct PieceWriter<'p, T> {
    parts: Box<dyn Iterator<Item = &'p mut [T]> + 'p>,
    open: &'p mut [T],
    copy: UncachedCopy,
}

impl<'p, T: Copy + 'p> PieceWriter<'p, T> {
    pub(super) fn new(piece: &'p mut ColumnPiece<'_, T>, is_large: bool) -> Self {
        Self {
            parts: Box::new(piece.parts()),
            open: &mut [],
            copy: UncachedCopy::new(is_large),
        }
    }

    pub(super) fn store(&mut self, mut values: &[T]) -> Result<(), Fault> {
        while !values.is_empty() {
            if self.open.is_empty() {
                let more = || Fault::corrupt("more rows are taken than were counted");
                self.open = self.parts.next().ok_or_else(more)?;
            }
            let count = values.len().min(self.open.len());
            let (now, later) = values.split_at(count);
            let (to, rest) = std::mem::take(&mut self.open).split_at_mut(count);
            self.copy.store(now, to);
            self.open = rest;
            values = later;
        }
        Ok(())
    }
}

impl<T: Element> ColumnPlace<'_, T> {
    /// Decodes the rows of several parts, and writes the tally of each.
    pub(super) fn pour_mixed(
        &mut self,
        rows: &MixedRows,
        column: PouredColumn<'_>,
        typed: &mut TypedBuffers<T>,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<(), Fault> {
        let sentinels = self.sentinels.filter(|_| self.parts.len() > 1);
        let TypedBuffers { lane, tile, taken } = typed;
        let rule = sentinels.as_ref().map_or(self.rule, |own| &own.rule);
        lane.open(column.source, column.cells, rule)?;
        let tile = tile.fit(MixedRows::TILE + ROOM)?;
        let taken = taken.fit(MixedRows::TILE + ROOM)?;
        let is_large = buffers.is_large;
        let mut row = self.parts.first().map_or(0, |part| part.first);
        let writers = self.parts.iter_mut();
        let writers = writers.map(|part| PieceWriter::new(&mut part.piece, is_large));
        let mut writers: Vec<PieceWriter<'_, T>> = writers.collect();
        let is_only = writers.len() == 1;
        for MixedTile {
            rows,
            count,
            kept,
            parts,
        } in rows.tiles()
        {
            let before = lane.tally();
            if rows == count {
                lane.fill(&mut tile[..*rows], &mut buffers.read)?;
            } else {
                lane.fill_wanted(*rows, kept, tile, &mut buffers.read)?;
            }
            // Without a null or the like there is no sentinel.
            let marked = sentinels.filter(|_| lane.tally() != before);
            for (part, writer) in writers.iter_mut().enumerate() {
                let taken = if is_only {
                    &mut tile[..*count]
                } else {
                    let count = compress(&tile[..*count], &parts[part], taken);
                    &mut taken[..count]
                };
                if let Some(sentinels) = &marked {
                    tallies[part].add(&(sentinels.replace)(taken, self.rule));
                }
                if let Some(observer) = self.observer.filter(|_| part == 0 && !taken.is_empty()) {
                    observer.show(self.column, Some(row), taken);
                    row += taken.len();
                }
                writer.store(taken)?;
            }
            buffers.workers.done(*count)?;
        }
        let counted = lane.finish(&mut buffers.read)?;
        if sentinels.is_none() {
            tallies[0] = counted;
            return Ok(());
        }
        tallies[0].reach(counted.farthest);
        if let Some(tally) = tallies.iter_mut().find(|tally| tally.overflowed > 0) {
            tally.largest = counted.largest;
        }
        Ok(())
    }
}
