//! Rows that go to several parts, or of which many short runs are left out, as the pour follows them:
//! tile by tile, which of its rows are decoded, and which of those go to each part. All columns of a row
//! group follow the same tiles.

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

    /// The number of rows in a part.
    pub fn count(&self, part: usize) -> usize {
        let tiles = self.tiles.iter();
        tiles
            .map(|tile| tile.parts.get(part).map_or(0, |mask| ones(mask)))
            .sum()
    }
}
