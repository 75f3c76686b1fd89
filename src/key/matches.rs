//! What a table has for the rows of the source: for each of them one row of the table, or none.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault, Result};

/// Buckets that places are sorted into first.
const BUCKETS: usize = 1024;
/// Places that are sorted between two polls for cancellation.
const CHECKPOINT_PLACES: usize = 64 << 10;
/// Stands for no row.
pub const NONE: u32 = u32::MAX;

/// Rows that are compared together.
const COMPARED: usize = 256;
/// Rows that are copied together where they are neighbours in the table as well.
const COPIED: usize = 16;

/// How the keys of a table compare with those of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchKind {
    /// They are the same, row by row: nothing is looked up.
    Equal,
    /// Both ascend: they are merged.
    Sorted,
    /// Neither: those of the table are looked up.
    Unsorted,
}

impl MatchKind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Sorted => "sorted",
            Self::Unsorted => "unsorted",
        }
    }
}

/// Which row of a table belongs to which row of the source.
#[derive(Debug)]
pub struct Matches {
    /// How the keys compare.
    pub kind: MatchKind,
    /// Rows of the source that have a row in the table.
    pub matched: u64,
    /// Rows of the table that belong to no row of the source.
    pub unused: u64,
    /// For each row of the source its row in the table, or `NONE`; nothing where keys are equal.
    rows: Scratch<u32>,
    len: usize,
    /// The matched rows of the source in the order of the table, where that is another one and
    /// needed.
    order: Scratch<u32>,
    ascending: bool,
}

impl Matches {
    /// Each row belongs to the row at its own place.
    pub fn same(rows: usize, account: &Arc<Account>) -> Self {
        Self {
            kind: MatchKind::Equal,
            matched: rows as u64,
            unused: 0,
            rows: Scratch::new(account),
            len: 0,
            order: Scratch::new(account),
            ascending: true,
        }
    }

    /// No row matches yet.
    pub fn none(rows: usize, kind: MatchKind, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut matches = Self {
            kind,
            matched: 0,
            len: rows,
            ..Self::same(rows, account)
        };
        matches.rows.fit(rows)?.fill(NONE);
        Ok(matches)
    }

    /// Whether each row of the table belongs to the row of the source at its own place.
    pub fn is_same(&self) -> bool {
        self.kind == MatchKind::Equal
    }

    /// The row of the table for each row of the source.
    pub fn rows(&self) -> &[u32] {
        &self.rows.all()[..self.len]
    }

    /// The row of the table for each row of the source, to be written.
    pub fn rows_mut(&mut self) -> &mut [u32] {
        &mut self.rows.all_mut()[..self.len]
    }

    /// Counts what was matched, in a table of `table_rows` rows.
    pub(super) fn finish(&mut self, table_rows: u64, used: u64) {
        let mut last = 0;
        let mut matched = 0_u64;
        let mut ascending = true;
        for row in self.rows().iter().filter(|row| **row != NONE) {
            ascending &= *row >= last;
            last = *row;
            matched += 1;
        }
        self.matched = matched;
        self.ascending = ascending;
        self.unused = table_rows.saturating_sub(used);
    }

    /// Makes it possible to scatter a table whose rows come in several pieces of a row group, or in
    /// several row groups. `checkpoint` is polled for cancellation.
    pub fn prepare_pieces(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        if self.ascending {
            return Ok(());
        }
        let rows = &self.rows.all()[..self.len];
        let matched = usize::try_from(self.matched).unwrap_or(0);
        let order = self.order.fit(matched)?;
        let sources = (0_u32..).zip(rows).filter(|(_, row)| **row != NONE);
        for (order, (source, _)) in order.iter_mut().zip(sources) {
            *order = source;
        }
        Ok(sort(order, rows, checkpoint)?)
    }

    /// Copies the values `tile` of the rows `range` of a table to the rows of the source that match
    /// them, in `out`. Returns the cursor of the next piece; it begins at 0, and pieces come in order.
    pub fn scatter<T: Copy>(
        &self,
        tile: &[T],
        range: Range<usize>,
        cursor: usize,
        out: &mut [T],
    ) -> usize {
        let first = u32::try_from(range.start).unwrap_or(NONE);
        let end = u32::try_from(range.end).unwrap_or(NONE);
        let tile = &tile[..range.len()];
        if self.ascending {
            let rows = &self.rows()[cursor..];
            let rows = &rows[..before(rows, end)];
            copy(rows, tile, first, &mut out[cursor..cursor + rows.len()]);
            return cursor + rows.len();
        }
        if self.order.all().is_empty() {
            // The whole table is at hand: its rows are taken in the order of the source.
            copy(self.rows(), tile, first, out);
            return cursor;
        }
        let order = &self.order.all()[cursor..];
        let mut placed = 0;
        for source in order {
            let row = self.rows()[*source as usize];
            if row >= end {
                break;
            }
            out[*source as usize] = tile[(row - first) as usize];
            placed += 1;
        }
        cursor + placed
    }
}

/// The number of ascending rows, some of them `NONE`, before the first that is at least `end`.
fn before(rows: &[u32], end: u32) -> usize {
    // `NONE` does not count as one.
    let is_beyond = |row: &u32| row.wrapping_sub(end) < NONE - end;
    let any = |rows: &[u32]| {
        rows.iter()
            .fold(0, |any, row| any | u32::from(is_beyond(row)))
    };
    let whole = rows
        .chunks(COMPARED)
        .take_while(|rows| any(rows) == 0)
        .count()
        * COMPARED;
    let rest = rows.get(whole..).unwrap_or_default();
    let within = rest.iter().position(is_beyond).unwrap_or(rest.len());
    whole.min(rows.len()) + within
}

/// Sorts places by their rows: in place into buckets, and then each bucket, so that no step takes
/// long.
fn sort(order: &mut [u32], rows: &[u32], checkpoint: Checkpoint<'_>) -> Result<()> {
    let row = |place: u32| rows[place as usize];
    let largest = order.iter().map(|place| row(*place)).max().unwrap_or(0);
    let shift = (u32::BITS - largest.leading_zeros()).saturating_sub(BUCKETS.ilog2());
    let bucket = |place: u32| (row(place) >> shift) as usize % BUCKETS;
    let mut ends = [0_usize; BUCKETS];
    for places in order.chunks(CHECKPOINT_PLACES) {
        for place in places {
            ends[bucket(*place)] += 1;
        }
        checkpoint.check()?;
    }
    let mut nexts = [0; BUCKETS];
    let mut sum = 0;
    for (next, end) in nexts.iter_mut().zip(&mut ends) {
        *next = sum;
        sum += *end;
        *end = sum;
    }
    let starts = nexts;
    let mut moved = 0_usize;
    for at in 0..BUCKETS {
        while nexts[at] < ends[at] {
            // A place of another bucket is swapped into it.
            let home = bucket(order[nexts[at]]);
            order.swap(nexts[at], nexts[home]);
            nexts[home] += 1;
            moved += 1;
            if moved.is_multiple_of(CHECKPOINT_PLACES) {
                checkpoint.check()?;
            }
        }
    }
    for (start, end) in starts.into_iter().zip(ends) {
        order[start..end].sort_unstable_by_key(|place| (row(*place), *place));
        checkpoint.check()?;
    }
    Ok(())
}

/// Copies to each place the value of its row; places without a row stay as they are.
fn copy<T: Copy>(rows: &[u32], tile: &[T], first: u32, out: &mut [T]) {
    let (blocks, few) = rows.as_chunks::<COPIED>();
    let (outs, rest) = out[..rows.len()].as_chunks_mut::<COPIED>();
    for (rows, out) in blocks.iter().zip(outs) {
        let steps = (0_u32..).zip(rows);
        let apart = steps.fold(0, |apart, (step, row)| {
            apart | (row.wrapping_sub(rows[0]) ^ step)
        });
        let start = rows[0].wrapping_sub(first) as usize;
        match tile.get(start..).and_then(<[T]>::first_chunk) {
            Some(side_by_side) if apart == 0 => *out = *side_by_side,
            _ => one_by_one(rows, tile, first, out),
        }
    }
    one_by_one(few, tile, first, rest);
}

#[inline(always)]
fn one_by_one<T: Copy>(rows: &[u32], tile: &[T], first: u32, out: &mut [T]) {
    for (row, out) in rows.iter().zip(out) {
        // No row is beyond any tile.
        if let Some(value) = tile.get(row.wrapping_sub(first) as usize) {
            *out = *value;
        }
    }
}
