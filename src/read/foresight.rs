//! How much of a column chunk will be wanted at once, told from the pages that were seen.
//!
//! Lanes take turns with one window, so what is read beyond the wanted rows is read again later, and
//! what is not read takes a call more. This is only a guess: nothing but the number of reads rests
//! on it. `benchmarks/NOTES.md` says what guessing badly cost.

use crate::read::page::PageHeader;

/// Bytes from which a page is read straight to where it stays: to copy as many takes longer than to
/// read once more.
const LARGE: u64 = 16 << 10;

/// How the bytes of a page are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As its rows are wanted.
    InPieces,
    /// Together, and decompressed to where they stay.
    Together,
    /// Straight to where they stay.
    Straight,
}

/// What is known of the pages of a chunk.
#[derive(Debug, Default)]
pub struct Foresight {
    /// Values of the chunk.
    values: u64,
    last: Option<Last>,
}

/// A page that had values; the next one is like it.
#[derive(Debug, Clone, Copy)]
struct Last {
    bytes: u64,
    values: u64,
    way: Way,
}

impl Foresight {
    /// Of a chunk of so many values no page of which was seen.
    pub const fn new(values: u64) -> Self {
        Self { values, last: None }
    }

    /// Sees a page of values, and how it is read.
    pub const fn see(&mut self, header: &PageHeader, way: Way) {
        if header.values > 0 {
            self.last = Some(Last {
                bytes: header.bytes,
                values: header.values,
                way,
            });
        }
    }

    /// Bytes that `rows` rows will take, headers aside, where `left` bytes lie ahead; a
    /// thirty-second more, for pages grow with their dictionary. With them the rest of a page that
    /// is read together, and none of one that is read straight to where it stays.
    pub fn bytes(&self, rows: usize, left: u64) -> u64 {
        let bytes = match self.last {
            None => share(left, rows, self.values),
            Some(last) if last.way == Way::InPieces => share(last.bytes, rows, last.values),
            Some(last) if last.way == Way::Straight && last.bytes >= LARGE => 0,
            Some(last) => share(last.bytes, rows, last.values).max(last.bytes),
        };
        bytes.saturating_add(bytes / 32)
    }
}

/// The bytes of `rows` rows, where so many bytes are those of `all` rows.
pub fn share(bytes: u64, rows: usize, all: u64) -> u64 {
    let share = u128::from(bytes) * rows as u128 / u128::from(all.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}
