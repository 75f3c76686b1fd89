//! Rows that go to several parts, or of which many short runs are left out, as the pour follows them:
//! tile by tile, which of its rows are decoded, and which of those go to each part. All columns of a row
//! group follow the same tiles.

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
                let words = (first..end).map(|block| rows.mask(block, part));
                among(words, &kept)
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

fn ones(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
}

/// Those bits of `words` that are set in `kept`, one behind the other.
fn among(words: impl Iterator<Item = u64>, kept: &[u64]) -> Vec<u64> {
    let mut found = Vec::with_capacity(kept.len() + 1);
    let (mut open, mut filled) = (0, 0);
    for (word, kept) in words.zip(kept) {
        let bits = extract(word, *kept);
        let count = kept.count_ones() as usize;
        open |= bits << filled;
        if filled + count >= WORD {
            found.push(open);
            open = if filled == 0 {
                0
            } else {
                bits >> (WORD - filled)
            };
            filled = filled + count - WORD;
        } else {
            filled += count;
        }
    }
    if filled > 0 {
        found.push(open);
    }
    found
}

/// The bits of a word that are set in `kept`, moved together.
const fn extract(word: u64, kept: u64) -> u64 {
    if kept == u64::MAX || word & kept == 0 {
        return word & kept;
    }
    let (mut left, mut found, mut at) = (kept, 0, 0);
    while left != 0 {
        let bit = left & left.wrapping_neg();
        if word & bit != 0 {
            found |= 1 << at;
        }
        left ^= bit;
        at += 1;
    }
    found
}
