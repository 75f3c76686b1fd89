//! An array whose rows are not counted before they are written: in memory that grows without a copy, or
//! in the draft of a file, whose space is reserved ahead in steps. In row order, so that new rows come
//! behind those that are there.
//!
//! What is reserved beyond the last row is given back at the end. A full disk is an error of the step that
//! finds it, and leaves the rows before as they are.

use std::path::Path;

use ndarray::Zip;

use crate::error::{Checkpoint, Error, Result, Shortage};
use crate::output::Draft;
use crate::sys::Mapping;
use crate::sys::pages::{PageHandle, Piece};
use crate::types::Order;

/// The least and the most bytes by which an array grows at a time, where the least is enough.
const LEAST_STEP: usize = 1 << 20;
const MOST_STEP: usize = 1 << 30;

/// An array that grows.
#[derive(Debug)]
pub struct GrowingArray {
    mapping: Mapping,
    /// The file that it is in, and where the data begin there; none in memory.
    file: Option<DraftData>,
    /// Bytes of a row.
    row: usize,
}

/// Data in the draft of a file.
#[derive(Debug)]
struct DraftData {
    draft: Draft,
    start: usize,
}

/// An array whose rows are all there.
#[derive(Debug)]
pub struct GrownArray {
    /// The values.
    pub mapping: Mapping,
    /// The file that they are in.
    pub draft: Option<Draft>,
}

impl GrowingArray {
    /// An array in memory, of no rows, whose rows have so many bytes.
    pub fn in_memory(row: usize) -> Result<Self> {
        let mapping = Mapping::anonymous(0, None).map_err(|error| unmapped(&error, 0))?;
        Ok(Self {
            mapping,
            file: None,
            row,
        })
    }

    /// An array in a file, whose data begin at byte `start`.
    pub fn in_file(draft: Draft, start: usize, row: usize) -> Result<Self> {
        draft.reserve(0..start as u64, Checkpoint::NONE)?;
        let mapping = Mapping::file(draft.file(), start, start);
        Ok(Self {
            mapping: mapping.map_err(|error| Error::io(draft.target(), error))?,
            file: Some(DraftData { draft, start }),
            row,
        })
    }

    /// Bytes of a row.
    pub const fn row(&self) -> usize {
        self.row
    }

    /// Makes room for `rows` rows in all; the first `kept` have values.
    pub fn reserve(&mut self, rows: usize, kept: usize, checkpoint: Checkpoint<'_>) -> Result<()> {
        let too_many = || unaddressed(rows, self.row);
        let needed = rows.checked_mul(self.row).ok_or_else(too_many)?;
        let there = self.mapping.bytes();
        if needed <= there {
            return Ok(());
        }
        // In memory, pages that were never written take nothing, so that growing is rare.
        let share = if self.file.is_some() {
            there / 8
        } else {
            there
        };
        let step = share.clamp(LEAST_STEP, MOST_STEP);
        let ahead = needed.max(there.saturating_add(step));
        match self.resize(ahead, kept, checkpoint) {
            Err(error) if matches!(error, Error::Interrupted) => Err(error),
            // What is not there ahead may be there for these rows.
            Err(_) if ahead > needed => self.resize(needed, kept, checkpoint),
            done => done,
        }
    }

    fn resize(&mut self, bytes: usize, kept: usize, checkpoint: Checkpoint<'_>) -> Result<()> {
        if let Some(DraftData { draft, start }) = &self.file {
            let there = start + self.mapping.bytes();
            draft.reserve(there as u64..(start + bytes) as u64, checkpoint)?;
        }
        match self.mapping.resize(bytes) {
            Ok(()) => Ok(()),
            Err(_) => self.map_anew(bytes, kept),
        }
    }

    /// Maps the array once more, where the system cannot change the length of a mapping.
    fn map_anew(&mut self, bytes: usize, kept: usize) -> Result<()> {
        if let Some(DraftData { draft, start }) = &self.file {
            let mapping = Mapping::file(draft.file(), start + bytes, *start);
            self.mapping = mapping.map_err(|error| Error::io(draft.target(), error))?;
            return Ok(());
        }
        let mapping = Mapping::anonymous(bytes, None);
        let mut mapping = mapping.map_err(|error| unmapped(&error, bytes))?;
        let shape = (kept * self.row, 1);
        let from = self.mapping.view::<u8>(shape, Order::C);
        let to = mapping.view::<u8>(shape, Order::C);
        if let (Some(from), Some(to)) = (from, to) {
            Zip::from(to).and(&from).for_each(|to, from| *to = *from);
        }
        self.mapping = mapping;
        Ok(())
    }

    /// Makes the array shorter, where the system cannot change the length of a mapping.
    fn cut_anew(&mut self, bytes: usize, kept: usize) -> Result<()> {
        if let Some(DraftData { draft, start }) = &self.file {
            // Such a system may also cut no file that is mapped.
            self.mapping = Mapping::anonymous(0, None).map_err(|error| unmapped(&error, 0))?;
            draft.cut((start + bytes) as u64)?;
        }
        self.map_anew(bytes, kept)
    }

    /// The memory from a row on.
    pub const fn piece(&mut self, row: usize) -> Piece<'_> {
        self.mapping.piece(row * self.row)
    }

    /// A handle that prefaults pages.
    pub fn handle(&self) -> PageHandle {
        self.mapping.handle()
    }

    /// Has finished pages of the file kept in memory, or not.
    pub const fn hold(&mut self, is_held: bool) {
        self.mapping.hold_if(is_held);
    }

    /// Gives the pages of some rows back to the system, where they are in a file and not held.
    pub fn give_back(&self, rows: std::ops::Range<usize>) {
        let bytes = rows.start * self.row..rows.end * self.row;
        self.mapping.release().give_back(bytes);
    }

    /// Ends the array with so many rows; the space behind them is given back.
    pub fn finish(mut self, rows: usize) -> Result<GrownArray> {
        let bytes = rows * self.row;
        if bytes < self.mapping.bytes() && self.mapping.resize(bytes).is_err() {
            self.cut_anew(bytes, rows)?;
        }
        let draft = match self.file {
            None => None,
            Some(DraftData { draft, start }) => {
                draft.cut((start + bytes) as u64)?;
                Some(draft)
            }
        };
        Ok(GrownArray {
            mapping: self.mapping,
            draft,
        })
    }
}

/// The error for more rows than have addresses.
fn unaddressed(rows: usize, row: usize) -> Error {
    let what = format!("{rows} rows of {row} bytes are more than can be addressed");
    Shortage::new(what).into()
}

/// The error for memory that the system does not give.
fn unmapped(error: &std::io::Error, bytes: usize) -> Error {
    Shortage::new(format!(
        "{bytes} bytes for the rows so far cannot be had ({error}); write them to a file with \
         out=\"X.npy\", halve them with dtype=\"float16\", or take fewer columns"
    ))
    .needing(bytes, None)
    .at(crate::error::Place::file(Path::new("")))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(array: &mut GrowingArray, rows: std::ops::Range<usize>) {
        array
            .reserve(rows.end, rows.start, Checkpoint::NONE)
            .unwrap();
        let piece = array.piece(rows.start);
        let mut view = piece.view::<u64>((rows.len(), 1), Order::C).unwrap();
        for (at, value) in rows.zip(view.iter_mut()) {
            *value = at as u64;
        }
    }

    fn values(mapping: &mut Mapping, rows: usize) -> Vec<u64> {
        let view = mapping.view::<u64>((rows, 1), Order::C).unwrap();
        view.iter().copied().collect()
    }

    #[test]
    fn rows_stay_while_memory_grows() {
        let mut array = GrowingArray::in_memory(8).unwrap();
        for first in (0..1_000_000).step_by(100_000) {
            write(&mut array, first..first + 100_000);
        }
        let mut grown = array.finish(999_999).unwrap();
        assert_eq!(grown.mapping.bytes(), 999_999 * 8);
        assert_eq!(
            values(&mut grown.mapping, 999_999),
            (0..999_999).collect::<Vec<_>>()
        );
    }

    #[test]
    fn rows_stay_where_mappings_cannot_change() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::new(&folder.path().join("a"), 0, false, Checkpoint::NONE).unwrap();
        let mut file = GrowingArray::in_file(draft, 4096, 8).unwrap();
        let mut memory = GrowingArray::in_memory(8).unwrap();
        for array in [&mut file, &mut memory] {
            write(array, 0..1000);
            array.map_anew(array.mapping.bytes(), 1000).unwrap();
            assert_eq!(
                values(&mut array.mapping, 1000),
                (0..1000).collect::<Vec<_>>()
            );
            array.cut_anew(500 * 8, 500).unwrap();
            let kept = values(&mut array.mapping, 500);
            assert_eq!(kept, (0..500).collect::<Vec<_>>());
        }
        let file = file.file.unwrap();
        assert_eq!(file.draft.file().metadata().unwrap().len(), 4096 + 500 * 8);
    }

    #[test]
    fn a_file_is_as_long_as_its_rows() {
        let folder = tempfile::tempdir().unwrap();
        let draft = Draft::new(&folder.path().join("a"), 0, false, Checkpoint::NONE).unwrap();
        let mut array = GrowingArray::in_file(draft, 4096, 8).unwrap();
        write(&mut array, 0..10);
        write(&mut array, 10..300_000);
        let grown = array.finish(300_000).unwrap();
        let file = grown.draft.as_ref().unwrap().file();
        assert_eq!(file.metadata().unwrap().len(), 4096 + 300_000 * 8);
    }
}
