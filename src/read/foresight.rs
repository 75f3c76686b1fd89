//! How much of a column chunk will be wanted at once, told from the pages that were seen.
//!
//! Lanes take turns with one window, so what is read beyond the wanted rows is read again later, and
//! what is not read takes a call more. This is only a guess: nothing but the number of reads rests
//! on it. `benchmarks/NOTES.md` says what guessing badly cost.

use crate::read::page::PageHeader;

/// Bytes from which a page is read straight to where it stays: to copy as many takes longer than to
/// read once more.
const LARGE: u64 = 16 << 10;

/// What is known of the pages of a chunk.
#[derive(Debug, Default)]
pub struct Foresight {
    /// Values in pages that lie ahead.
    values: u64,
    last: Option<Last>,
}

/// A page that had values; the next one is like it.
#[derive(Debug, Clone, Copy)]
struct Last {
    bytes: u64,
    values: u64,
    straight: bool,
}

impl Foresight {
    /// Of a chunk of so many values no page of which was seen.
    pub const fn new(values: u64) -> Self {
        Self { values, last: None }
    }

    /// Sees a page of values, and whether it can be read `straight` to where it stays.
    pub fn see(&mut self, header: &PageHeader, straight: bool) {
        if header.values == 0 {
            return;
        }
        self.values = self.values.saturating_sub(header.values);
        self.last = Some(Last {
            bytes: header.bytes,
            values: header.values,
            straight,
        });
    }

    /// Bytes that `rows` rows and the rest of their page will take, headers aside, where `left`
    /// bytes lie ahead; a thirty-second more, for pages grow with their dictionary. None of a page
    /// that is to be read straight to where it stays.
    pub fn bytes(&self, rows: usize, left: u64) -> u64 {
        let of_rows = |bytes: u64, values: u64| {
            let bytes = u128::from(bytes) * rows as u128 / u128::from(values.max(1));
            u64::try_from(bytes).unwrap_or(u64::MAX)
        };
        let bytes = match self.last {
            None => of_rows(left, self.values),
            Some(last) if last.straight && last.bytes >= LARGE => 0,
            Some(last) => of_rows(last.bytes, last.values).max(last.bytes),
        };
        bytes.saturating_add(bytes / 32)
    }
}
