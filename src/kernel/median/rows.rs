//! Many columns compared with their brackets, row after row: values below the bracket of their
//! column are counted, and those inside are kept.
//!
//! ```text
//! for each value: count it if it is below `low`, at `low` or at `high`; keep it if between
//! ```
//!
//! 1. `COLUMNS_AT_ONCE` neighbours of a row are compared together, each with the bracket of its own
//!    column.
//! 2. Those inside are found as the bytes of two words that are not zero, and written one by one.

use crate::kernel::Real;
use crate::kernel::isa::kernel;
use crate::kernel::median::bracket::Bracket;
use crate::kernel::median::counts::Counts;

/// Columns whose values are compared together.
pub const COLUMNS_AT_ONCE: usize = 16;
/// The most rows that are counted before [`InBrackets::empty`].
pub const BLOCK: usize = 256;

/// The brackets of `COLUMNS_AT_ONCE` columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brackets<T> {
    /// The lower ends.
    pub low: [T; COLUMNS_AT_ONCE],
    /// The upper ends.
    pub high: [T; COLUMNS_AT_ONCE],
}

impl<T: Real> Brackets<T> {
    /// Brackets that hold nothing.
    pub const fn closed() -> Self {
        Self {
            low: [T::INFINITY; COLUMNS_AT_ONCE],
            high: [T::NEG_INFINITY; COLUMNS_AT_ONCE],
        }
    }

    /// The bracket of a column.
    pub const fn of(&self, column: usize) -> Bracket<T> {
        Bracket {
            low: self.low[column],
            high: self.high[column],
        }
    }

    /// Sets the bracket of a column.
    pub const fn set(&mut self, column: usize, bracket: Bracket<T>) {
        self.low[column] = bracket.low;
        self.high[column] = bracket.high;
    }
}

/// What a block of rows has in the brackets of its columns.
#[derive(Debug)]
pub struct InBrackets<T> {
    present: [u32; COLUMNS_AT_ONCE],
    below: [u32; COLUMNS_AT_ONCE],
    at_low: [u32; COLUMNS_AT_ONCE],
    at_high: [u32; COLUMNS_AT_ONCE],
    inside: Box<[[T; BLOCK]; COLUMNS_AT_ONCE]>,
    lengths: [usize; COLUMNS_AT_ONCE],
}

impl<T: Real> Default for InBrackets<T> {
    fn default() -> Self {
        Self {
            present: [0; COLUMNS_AT_ONCE],
            below: [0; COLUMNS_AT_ONCE],
            at_low: [0; COLUMNS_AT_ONCE],
            at_high: [0; COLUMNS_AT_ONCE],
            inside: Box::new([[T::MISSING; BLOCK]; COLUMNS_AT_ONCE]),
            lengths: [0; COLUMNS_AT_ONCE],
        }
    }
}

impl<T: Real> InBrackets<T> {
    /// Passes on the counts and the values inside for each of the first `columns`, and begins anew.
    pub fn empty(&mut self, columns: usize, mut take: impl FnMut(usize, Counts, &[T])) {
        for column in 0..columns {
            let counts = Counts {
                present: self.present[column].into(),
                below: self.below[column].into(),
                at_low: self.at_low[column].into(),
                at_high: self.at_high[column].into(),
            };
            take(column, counts, &self.inside[column][..self.lengths[column]]);
        }
        self.present = [0; COLUMNS_AT_ONCE];
        self.below = [0; COLUMNS_AT_ONCE];
        self.at_low = [0; COLUMNS_AT_ONCE];
        self.at_high = [0; COLUMNS_AT_ONCE];
        self.lengths = [0; COLUMNS_AT_ONCE];
    }

    #[inline(always)]
    fn row(&mut self, row: &[T; COLUMNS_AT_ONCE], brackets: &Brackets<T>) {
        let mut between = [0_u8; COLUMNS_AT_ONCE];
        for column in 0..COLUMNS_AT_ONCE {
            self.present[column] += u32::from(!row[column].is_nan());
            let value = row[column].order();
            let low = brackets.low[column].order();
            let high = brackets.high[column].order();
            self.below[column] += u32::from(value < low);
            self.at_low[column] += u32::from(value == low);
            self.at_high[column] += u32::from(value == high);
            between[column] = u8::from(value > low) & u8::from(value < high);
        }
        each_marked(between, |column| {
            let length = self.lengths[column];
            self.inside[column][length % BLOCK] = row[column];
            self.lengths[column] = length + 1;
        });
    }
}

/// Calls `each` with the places of the bytes that are one.
#[inline(always)]
pub(super) fn each_marked(marks: [u8; COLUMNS_AT_ONCE], mut each: impl FnMut(usize)) {
    let (words, _) = marks.as_chunks::<8>();
    for (half, word) in words.iter().enumerate() {
        let mut word = u64::from_le_bytes(*word);
        while word != 0 {
            each(half * 8 + word.trailing_zeros() as usize / 8);
            word &= word - 1;
        }
    }
}

/// Where some neighbouring columns are in a row, and their brackets.
#[derive(Debug, Clone, Copy)]
pub struct Sieve<T> {
    /// The first column.
    pub at: usize,
    /// How many columns, at most `COLUMNS_AT_ONCE`.
    pub columns: usize,
    /// Their brackets.
    pub brackets: Brackets<T>,
}

kernel! {
    /// Counts at most `BLOCK` rows, each `stride` values after the one before: row after row, each
    /// with all sieves, so that memory is read in its own order.
    pub fn count<T: Real>(
        rows: &[T],
        stride: usize,
        sieves: &[Sieve<T>],
        found: &mut [InBrackets<T>],
    ) {
        for row in rows.chunks(stride).take(BLOCK) {
            for (sieve, found) in sieves.iter().zip(&mut *found) {
                let values = row.get(sieve.at..).unwrap_or_default();
                let is_whole = sieve.columns == COLUMNS_AT_ONCE;
                if let Some(values) = values.first_chunk().filter(|_| is_whole) {
                    found.row(values, &sieve.brackets);
                } else {
                    let mut padded = [T::MISSING; COLUMNS_AT_ONCE];
                    let columns = sieve.columns.min(values.len());
                    padded[..columns].copy_from_slice(&values[..columns]);
                    found.row(&padded, &sieve.brackets);
                }
            }
        }
    }
}
