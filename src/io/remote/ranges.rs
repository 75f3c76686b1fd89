//! Ranges of bytes as requests: those that lie close are joined, and long ones are cut.

use std::ops::Range;

/// Bytes between two ranges for which no request of its own is made.
const GAP: u64 = 1 << 20;
/// Ranges that are longer than a request and are read at the same time: pieces of such ranges take
/// turns, so that no reader waits for all of another one's.
const ABREAST: usize = 4;

/// A piece of an object that is fetched at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes.
    pub range: Range<u64>,
    /// Where the wanted ranges in it end, in ascending order: what is read there is not read again.
    pub ends: Vec<u64>,
    /// Bytes of it that are wanted.
    pub wanted: u64,
}

/// Ranges as pieces of at most `most` bytes, in the order in which they are needed; `ranges` are in that
/// order, wherever they lie.
pub fn pieces(ranges: &[Range<u64>], most: u64) -> Vec<Piece> {
    let mut wanted: Vec<Wanted> = ranges
        .iter()
        .enumerate()
        .filter(|(_, range)| range.start < range.end)
        .map(|(turn, range)| Wanted {
            turn,
            range: range.clone(),
        })
        .collect();
    wanted.sort_unstable_by_key(|wanted| wanted.range.start);
    let gap = GAP.min(most / 4);
    let joins = |a: &Wanted, b: &Wanted| b.range.start <= a.range.end.saturating_add(gap);
    let mut found: Vec<(usize, usize, Piece)> = Vec::new();
    for joined in wanted.chunk_by(joins) {
        for (ordinal, range) in cut(joined, most).enumerate() {
            let inside = joined.iter().filter(|own| own.meets(&range));
            let Some(turn) = inside.clone().map(|own| own.turn).min() else {
                continue;
            };
            let mut ends: Vec<u64> = inside
                .clone()
                .map(|own| own.range.end.min(range.end))
                .collect();
            ends.sort_unstable();
            ends.dedup();
            let wanted = inside.map(|own| own.shared(&range)).sum();
            found.push((
                turn,
                ordinal,
                Piece {
                    range,
                    ends,
                    wanted,
                },
            ));
        }
    }
    found.sort_by_key(|(turn, ordinal, _)| (turn / ABREAST, *ordinal, *turn));
    found.into_iter().map(|(_, _, piece)| piece).collect()
}

/// A range, and how many are needed before it.
#[derive(Debug)]
struct Wanted {
    turn: usize,
    range: Range<u64>,
}

impl Wanted {
    const fn meets(&self, other: &Range<u64>) -> bool {
        self.range.start < other.end && other.start < self.range.end
    }

    fn shared(&self, other: &Range<u64>) -> u64 {
        let end = self.range.end.min(other.end);
        end.saturating_sub(self.range.start.max(other.start))
    }
}

/// The bytes from the first range to the last, in equal pieces: a short one at the end would cost a
/// request for little.
fn cut(joined: &[Wanted], most: u64) -> impl Iterator<Item = Range<u64>> {
    let start = joined.first().map_or(0, |first| first.range.start);
    let ends = joined.iter().map(|wanted| wanted.range.end);
    let end = ends.max().unwrap_or(start);
    let count = (end - start).div_ceil(most.max(1));
    let each = (end - start).div_ceil(count.max(1));
    (0..count).map(move |piece| {
        let from = start + piece * each;
        from..end.min(from + each)
    })
}
