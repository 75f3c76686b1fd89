//! Which bytes of a file its column chunks claim: bytes that exist, and none twice.
//!
//! Chunks that share bytes make a file of kilobytes into work for days. One row group is held at a
//! time, so two chunks of one row group are compared by sorting it. Row groups lie one behind the
//! other as a rule, and a mark behind the last one shows it; only where they do not, the stretches
//! of all of them are gathered and sorted. What holds even where there is no room for that: all
//! chunks together claim no more bytes than there are.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::parquet::RowGroup;
use crate::parquet::footer::chunk::FRONT;

/// Bytes, and whose they are.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u64,
    end: u64,
    /// The leaf, or the row group where a stretch of a whole row group is meant.
    owner: usize,
}

/// What the row groups seen so far claim.
#[derive(Debug)]
pub struct ChunkRanges {
    data_end: u64,
    /// Bytes of all chunks.
    bytes: u64,
    /// What lies between the first and the last byte claimed.
    hull: Option<Range<u64>>,
    is_mixed: bool,
    spans: Scratch<Span>,
    length: usize,
}

impl ChunkRanges {
    /// Nothing is claimed yet of the data, which ends at `data_end`.
    pub fn new(data_end: u64, account: &Arc<Account>) -> Self {
        Self {
            data_end,
            bytes: 0,
            hull: None,
            is_mixed: false,
            spans: Scratch::new(account),
            length: 0,
        }
    }

    /// Takes a row group; a fault comes with the leaf that it is about.
    pub fn take(&mut self, row_group: &RowGroup) -> Result<(), (Option<usize>, Fault)> {
        self.gather(row_group)?;
        let spans = &self.spans.all()[..self.length];
        if let Some([a, b]) = overlap(spans) {
            let (start, end) = (b.start, a.end.min(b.end));
            let what = format!("it claims bytes {start} to {end}, which another column claims");
            return Err((Some(b.owner), Fault::corrupt(what)));
        }
        let bytes = spans.iter().map(|span| span.end - span.start);
        self.bytes = bytes.fold(self.bytes, u64::saturating_add);
        if self.bytes > self.data_end.saturating_sub(FRONT) {
            let what = format!(
                "with this row group the column chunks claim {} bytes, and the file has {} of data",
                self.bytes, self.data_end
            );
            return Err((None, Fault::corrupt(what)));
        }
        if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
            let new = first.start..last.end;
            let old = self.hull.take().unwrap_or(new.start..new.start);
            self.is_mixed |= new.start < old.end && old.start < new.end;
            self.hull = Some(old.start.min(new.start)..old.end.max(new.end));
        }
        Ok(())
    }

    /// Whether row groups lie among each other, so that `Interleaved` has to look at them once more.
    pub const fn is_mixed(&self) -> bool {
        self.is_mixed
    }

    /// The spans of a row group, in the order of the file.
    fn gather(&mut self, row_group: &RowGroup) -> Result<(), (Option<usize>, Fault)> {
        let most = row_group.chunks.len();
        let spans = self.spans.fit(most).map_err(|fault| (None, fault))?;
        self.length = 0;
        for (leaf, chunk) in row_group.chunks.iter().enumerate() {
            if chunk.elsewhere || chunk.encrypted {
                continue;
            }
            // Where something is nested, there are more values than rows; never less.
            if chunk.values < row_group.rows {
                let what = format!("{} values for {} rows", chunk.values, row_group.rows);
                return Err((Some(leaf), Fault::corrupt(what)));
            }
            // Nobody reads a chunk without values, and some writers say little that is true of it.
            if chunk.values == 0 {
                continue;
            }
            let extent = chunk.extent(self.data_end);
            let Range { start, end } = extent.map_err(|fault| (Some(leaf), fault))?;
            if start < end {
                spans[self.length] = Span {
                    start,
                    end,
                    owner: leaf,
                };
                self.length += 1;
            }
        }
        let spans = &mut spans[..self.length];
        if !spans.is_sorted_by_key(|span| span.start) {
            spans.sort_unstable_by_key(|span| span.start);
        }
        Ok(())
    }
}

/// Row groups that lie among each other: what each claims, neighbouring chunks as one stretch.
#[derive(Debug)]
pub struct Interleaved {
    claims: ChunkRanges,
    stretches: Scratch<Span>,
    length: usize,
    row_groups: usize,
}

impl Interleaved {
    /// Goes over the row groups once more, with what `claims` has found room in.
    pub fn new(claims: ChunkRanges, account: &Arc<Account>) -> Self {
        Self {
            claims,
            stretches: Scratch::new(account),
            length: 0,
            row_groups: 0,
        }
    }

    /// Takes a row group. False where there is no room for more.
    pub fn take(&mut self, row_group: &RowGroup) -> bool {
        if self.claims.gather(row_group).is_err() {
            return false;
        }
        let spans = &self.claims.spans.all()[..self.claims.length];
        for spans in spans.chunk_by(|a, b| a.end == b.start) {
            if self.length == self.stretches.all().len() {
                let wanted = (2 * self.length).max(256);
                if self.stretches.extend(wanted, self.length).is_err() {
                    return false;
                }
            }
            if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
                self.stretches.all_mut()[self.length] = Span {
                    start: first.start,
                    end: last.end,
                    owner: self.row_groups,
                };
                self.length += 1;
            }
        }
        self.row_groups += 1;
        true
    }

    /// Refuses bytes that two row groups claim, and tells one of them.
    pub fn finish(mut self) -> Result<(), (usize, Fault)> {
        let stretches = &mut self.stretches.all_mut()[..self.length];
        stretches.sort_unstable_by_key(|span| span.start);
        match overlap(stretches) {
            None => Ok(()),
            Some([a, b]) => {
                let what = format!(
                    "it claims bytes {} to {}, which row group {} claims",
                    b.start,
                    a.end.min(b.end),
                    a.owner.min(b.owner)
                );
                Err((a.owner.max(b.owner), Fault::corrupt(what)))
            }
        }
    }
}

/// The first two of sorted spans that share bytes.
fn overlap(spans: &[Span]) -> Option<[Span; 2]> {
    let mut pairs = spans.iter().zip(spans.iter().skip(1));
    let found = pairs.find(|(a, b)| b.start < a.end);
    found.map(|(a, b)| [*a, *b])
}
