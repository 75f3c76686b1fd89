//! Rows of a row group that go to several parts, or of which many short runs are left out.
//!
//! ```text
//! for each tile: decode all its rows, then for each part: move its rows together, store them
//! ```
//!
//! A lane counts all that it decodes, and some rows of a tile may not be wanted. So values that are not
//! plain are marked by sentinels first, and counted and replaced when they are with their part. Where
//! that cannot be done only the rows that are wanted are decoded, run by run.

use crate::dataset::Lane;
use crate::error::Fault;
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::{Element, Rule, Tally};
use crate::output::sheets::ColumnPiece;
use crate::parquet::page::buffers::ReadBuffers;
use crate::run::pour::place::{ColumnPlace, PourBuffers, PouredColumn, TypedBuffers};
use crate::select::MixedRows;
use crate::select::parts::WORD;

/// Blocks of 64 rows without a wanted row from which rows are skipped rather than decoded.
const SKIPPED: usize = 4;

/// Values of room behind those of a part, so that registers are stored whole.
const ROOM: usize = 2 * WORD;

/// How much of a tile is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoded {
    /// All rows, by the rule of sentinels.
    All,
    /// The rows that are wanted, by the column's own rule.
    Wanted,
}

/// Stores rows one behind the other in the parts of a piece.
struct PieceWriter<'p, T> {
    parts: Box<dyn Iterator<Item = &'p mut [T]> + 'p>,
    open: &'p mut [T],
    copy: UncachedCopy,
}

impl<'p, T: Copy + 'p> PieceWriter<'p, T> {
    fn new(piece: &'p mut ColumnPiece<'_, T>, is_large: bool) -> Self {
        Self {
            parts: Box::new(piece.parts()),
            open: &mut [],
            copy: UncachedCopy::new(is_large),
        }
    }

    fn store(&mut self, mut values: &[T]) -> Result<(), Fault> {
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
        let (decoded, rule) = match &self.sentinels {
            Some(sentinels) => (Decoded::All, &sentinels.rule),
            None => (Decoded::Wanted, self.rule),
        };
        typed.lane.open(column.source, column.cells, rule)?;
        let counted = self.separate(rows, decoded, typed, buffers, tallies)?;
        if decoded == Decoded::Wanted {
            tallies[0] = counted;
        } else if tallies.iter().any(|tally| tally.overflowed > 0) {
            // Which of them is the largest is known of all rows only.
            let largest = largest_wanted(rows, column, self.rule, typed, &mut buffers.read)?;
            for tally in tallies.iter_mut().filter(|tally| tally.overflowed > 0) {
                tally.largest = largest;
            }
        }
        Ok(())
    }

    /// Follows the rows, and returns what the lane has counted.
    fn separate(
        &mut self,
        rows: &MixedRows,
        decoded: Decoded,
        typed: &mut TypedBuffers<T>,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<Tally, Fault> {
        let TypedBuffers { lane, tile, taken } = typed;
        let blocks = (buffers.tile_rows / WORD).max(1);
        let tile = tile.fit((blocks * WORD).min(rows.rows()))?;
        let taken = taken.fit(tile.len() + ROOM)?;
        let is_large = buffers.is_large;
        let writers = self.parts.iter_mut();
        let writers = writers.map(|part| PieceWriter::new(&mut part.piece, is_large));
        let mut writers: Vec<PieceWriter<'_, T>> = writers.collect();
        let mut block = 0;
        while block < rows.kept().len() {
            let most = rows.kept().len().min(block + blocks);
            let stretch = stretch(&rows.kept()[block..most]);
            let first = block * WORD;
            block += stretch.blocks;
            let count = rows.rows().min(block * WORD) - first;
            if !stretch.is_wanted {
                lane.skip(count, &mut buffers.read)?;
                continue;
            }
            let tile = &mut tile[..count];
            let wanted = first / WORD..block;
            match decoded {
                Decoded::All => lane.fill(tile, &mut buffers.read)?,
                Decoded::Wanted => {
                    let kept = &rows.kept()[wanted.clone()];
                    fill_wanted(lane, kept, tile, &mut buffers.read)?;
                }
            }
            for (part, writer) in writers.iter_mut().enumerate() {
                let count = compress(tile, &rows.mask(part)[wanted.clone()], taken);
                let taken = &mut taken[..count];
                if let Some(sentinels) = &self.sentinels {
                    tallies[part].add(&(sentinels.replace)(taken, self.rule));
                }
                if let Some(observer) = self.observer.filter(|_| part == 0 && count > 0) {
                    observer.show(self.column, taken);
                }
                writer.store(taken)?;
            }
            buffers.workers.done(count)?;
        }
        lane.finish(&mut buffers.read)
    }
}

/// Neighbouring blocks that are all skipped, or all decoded.
struct Stretch {
    blocks: usize,
    is_wanted: bool,
}

/// The first blocks of these.
fn stretch(kept: &[u64]) -> Stretch {
    let empty = kept.iter().take_while(|word| **word == 0).count();
    if empty >= SKIPPED || empty == kept.len() {
        return Stretch {
            blocks: empty,
            is_wanted: false,
        };
    }
    let mut blocks = empty;
    let mut idle = 0;
    while blocks < kept.len() && idle < SKIPPED {
        idle = if kept[blocks] == 0 { idle + 1 } else { 0 };
        blocks += 1;
    }
    Stretch {
        blocks: blocks - idle,
        is_wanted: true,
    }
}

/// Decodes the rows of a tile whose bit is set to their places, and skips the others.
fn fill_wanted<T: Element>(
    lane: &mut Lane<T>,
    masks: &[u64],
    tile: &mut [T],
    read: &mut ReadBuffers,
) -> Result<(), Fault> {
    let mut row = 0;
    // Rows before `row` that are to be decoded, or to be skipped.
    let mut waiting = 0;
    let mut is_wanted = true;
    while row < tile.len() {
        let word = masks[row / WORD] >> (row % WORD);
        let left = (tile.len() - row).min(WORD - row % WORD);
        let word = if is_wanted { word } else { !word };
        let run = (word.trailing_ones() as usize).min(left);
        waiting += run;
        row += run;
        if run < left {
            pass(lane, &mut tile[row - waiting..row], is_wanted, read)?;
            waiting = 0;
            is_wanted = !is_wanted;
        }
    }
    pass(lane, &mut tile[row - waiting..row], is_wanted, read)
}

fn pass<T: Element>(
    lane: &mut Lane<T>,
    rows: &mut [T],
    is_wanted: bool,
    read: &mut ReadBuffers,
) -> Result<(), Fault> {
    if is_wanted {
        lane.fill(rows, read)
    } else {
        lane.skip(rows.len(), read)
    }
}

/// The value of largest magnitude that overflows in the rows of any part; needed only if the load may
/// be refused because of it.
fn largest_wanted<T: Element>(
    rows: &MixedRows,
    column: PouredColumn<'_>,
    rule: &Rule<T>,
    typed: &mut TypedBuffers<T>,
    read: &mut ReadBuffers,
) -> Result<f64, Fault> {
    let TypedBuffers { lane, tile, .. } = typed;
    lane.open(column.source, column.cells, rule)?;
    let tile = tile.all_mut();
    let blocks = tile.len().div_ceil(WORD);
    let mut first = 0;
    for kept in rows.kept().chunks(blocks.max(1)) {
        let count = (rows.rows() - first).min(kept.len() * WORD);
        fill_wanted(lane, kept, &mut tile[..count], read)?;
        first += count;
    }
    Ok(lane.finish(read)?.largest)
}
