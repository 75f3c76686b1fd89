//! Rows that go to several parts, or of which many short runs are left out, as the pour follows them:
//! tile by tile, which of its rows are decoded, and which of those go to each part. All columns of a row
//! group follow the same tiles.

use crate::error::Fault;
use crate::kernel::bytes::unpack::ones;
use crate::kernel::moves::extract::extract;
use crate::select::parts::{PartRows, WORD};

/// Blocks of 64 rows in a tile, so that its values stay in the first cache on their way to the parts.
const BLOCKS: usize = 64;

/// The rows of a row group, tile by tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedRows {
    tiles: Vec<MixedTile>,
}

/// Some rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedTile {
    /// The number of rows, those that are left out included.
    pub rows: usize,
    /// The number of rows that are in any part.
    pub count: usize,
    /// Which rows these are, a bit for each row.
    pub kept: Vec<u64>,
    /// For each part, which of them it has: a bit for each of those that are kept.
    pub parts: Vec<Vec<u64>>,
}

/// A run of rows, and the part that they go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRun {
    /// Rows that are skipped.
    pub skip: usize,
    /// Rows that are taken after them.
    pub take: usize,
    /// Where these go.
    pub part: usize,
}

impl MixedRows {
    /// The most rows of a tile.
    pub const TILE: usize = BLOCKS * WORD;

    /// The rows of a row group, with the part of each.
    pub fn new(rows: &PartRows) -> Self {
        let tiles = (0..rows.blocks()).step_by(BLOCKS).map(|first| {
            let end = rows.blocks().min(first + BLOCKS);
            let kept: Vec<u64> = (first..end).map(|block| rows.kept(block)).collect();
            let parts = (0..rows.most_parts()).map(|part| {
                let words: Vec<u64> = (first..end).map(|block| rows.mask(block, part)).collect();
                let mut own = vec![0; kept.len()];
                extract(&words, &kept, &mut own);
                own
            });
            MixedTile {
                rows: rows.rows().min(end * WORD) - first * WORD,
                count: ones(&kept),
                parts: parts.collect(),
                kept,
            }
        });
        Self {
            tiles: tiles.collect(),
        }
    }

    /// The tiles.
    pub fn tiles(&self) -> &[MixedTile] {
        &self.tiles
    }

    /// Calls `each` with the runs of rows that go to one part, in order.
    pub fn for_each_run(
        &self,
        each: &mut dyn FnMut(PartRun) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut run = PartRun {
            skip: 0,
            take: 0,
            part: 0,
        };
        for tile in &self.tiles {
            let mut kept = 0;
            for row in 0..tile.rows {
                if !is_set(&tile.kept, row) {
                    if run.take > 0 {
                        each(run)?;
                        (run.skip, run.take) = (0, 0);
                    }
                    run.skip += 1;
                    continue;
                }
                let part = tile.parts.iter().position(|part| is_set(part, kept));
                let part = part.unwrap_or_default();
                kept += 1;
                if run.take > 0 && run.part != part {
                    each(run)?;
                    (run.skip, run.take) = (0, 0);
                }
                run.part = part;
                run.take += 1;
            }
        }
        each(run)
    }

    /// The number of rows in a part.
    pub fn count(&self, part: usize) -> usize {
        let tiles = self.tiles.iter();
        tiles
            .map(|tile| tile.parts.get(part).map_or(0, |mask| ones(mask)))
            .sum()
    }
}

fn is_set(mask: &[u64], at: usize) -> bool {
    mask.get(at / WORD)
        .is_some_and(|word| word >> (at % WORD) & 1 == 1)
}
