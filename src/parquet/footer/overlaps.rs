//! Which bytes of a file its column chunks claim: bytes that exist, and none twice.
//!
//! With chunks that share bytes, a file of kilobytes could claim days of work. One row group is held
//! at a time, so the chunks of one row group are compared by sorting them. Row groups follow each other
//! as a rule, which one range around all of them shows; only where they do not, the spans of all of
//! them are gathered and sorted. Even where memory does not suffice for that, all chunks together claim
//! no more bytes than there are.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::parquet::RowGroup;
use crate::parquet::footer::chunk::FRONT;

/// Bytes, and what claims them.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u64,
    end: u64,
    /// The leaf; or the row group, where spans of whole row groups are compared.
    owner: usize,
}

/// What the row groups seen so far claim.
#[derive(Debug)]
pub struct ChunkRanges {
    data_end: u64,
    /// Bytes of all chunks.
    bytes: u64,
    /// From the first to the last byte claimed.
    hull: Option<Range<u64>>,
    are_interleaved: bool,
    spans: Scratch<Span>,
    length: usize,
}

impl ChunkRanges {
    /// No claims yet on the data, which end at `data_end`.
    pub fn new(data_end: u64, account: &Arc<Account>) -> Self {
        Self {
            data_end,
            bytes: 0,
            hull: None,
            are_interleaved: false,
            spans: Scratch::new(account),
            length: 0,
        }
    }

    /// Takes a row group; a fault is returned with the leaf that it is about.
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
            self.are_interleaved |= new.start < old.end && old.start < new.end;
            self.hull = Some(old.start.min(new.start)..old.end.max(new.end));
        }
        Ok(())
    }

    /// Whether row groups are interleaved, so that [`Interleaved`] has to compare them.
    pub const fn are_interleaved(&self) -> bool {
        self.are_interleaved
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
            // A nested column has more values than rows; none has fewer.
            if chunk.values < row_group.rows {
                let what = format!("{} values for {} rows", chunk.values, row_group.rows);
                return Err((Some(leaf), Fault::corrupt(what)));
            }
            // A chunk without values is never read, and some writers describe it wrongly.
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

/// Row groups that are interleaved: the spans of each, adjacent chunks as one.
#[derive(Debug)]
pub struct Interleaved {
    ranges: ChunkRanges,
    merged: Scratch<Span>,
    length: usize,
    row_groups: usize,
}

impl Interleaved {
    /// Goes over the row groups once more, with the buffers of `ranges`.
    pub fn new(ranges: ChunkRanges, account: &Arc<Account>) -> Self {
        Self {
            ranges,
            merged: Scratch::new(account),
            length: 0,
            row_groups: 0,
        }
    }

    /// Takes a row group; false where memory does not suffice.
    pub fn take(&mut self, row_group: &RowGroup) -> bool {
        if self.ranges.gather(row_group).is_err() {
            return false;
        }
        let spans = &self.ranges.spans.all()[..self.ranges.length];
        for spans in spans.chunk_by(|a, b| a.end == b.start) {
            if self.length == self.merged.all().len() {
                let wanted = (2 * self.length).max(256);
                if self.merged.extend(wanted, self.length).is_err() {
                    return false;
                }
            }
            if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
                self.merged.all_mut()[self.length] = Span {
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

    /// Refuses bytes that two row groups claim; the fault is returned with the number of one of them.
    pub fn finish(mut self) -> Result<(), (usize, Fault)> {
        let merged = &mut self.merged.all_mut()[..self.length];
        merged.sort_unstable_by_key(|span| span.start);
        match overlap(merged) {
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
