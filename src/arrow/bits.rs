//! Bitmaps that begin at any bit of a byte.

use crate::arrow::c_data::Buffer;

/// Bits of a word.
const WORD: usize = 64;

/// A bit for each row of an array.
#[derive(Debug, Clone)]
pub struct Bitmap {
    /// The bytes, the lowest bit of each first.
    pub bytes: Buffer,
    /// The bit of the first row.
    pub first: usize,
    /// Bits that have to be set as well: those of the structs that the rows are in.
    pub outer: Option<Box<Self>>,
}

impl Bitmap {
    /// The bit of a row.
    pub fn is_set(&self, row: usize) -> bool {
        let at = self.first + row;
        let byte = self.bytes.get(at / 8);
        byte.is_some_and(|byte| byte >> (at % 8) & 1 == 1)
            && self.outer.as_ref().is_none_or(|outer| outer.is_set(row))
    }

    /// The bits of `count` rows from `row` on, in words whose bits behind the last row are clear.
    pub fn words(&self, row: usize, count: usize, out: &mut [u64]) {
        for (at, word) in out.iter_mut().enumerate() {
            let rows = count.saturating_sub(at * WORD).min(WORD);
            *word = self.word(row + at * WORD) & below(rows);
        }
    }

    /// How many of the first `rows` rows are set.
    pub fn count(&self, rows: usize) -> usize {
        let words = (0..rows.div_ceil(WORD)).map(|at| {
            let word = self.word(at * WORD) & below((rows - at * WORD).min(WORD));
            word.count_ones() as usize
        });
        words.sum()
    }

    /// The bits of 64 rows from `row` on; those behind the last byte are clear.
    fn word(&self, row: usize) -> u64 {
        let outer = self.outer.as_ref();
        self.own_word(row) & outer.map_or(u64::MAX, |outer| outer.word(row))
    }

    fn own_word(&self, row: usize) -> u64 {
        let at = self.first + row;
        let (byte, shift) = (at / 8, at % 8);
        let bytes = self.bytes.get(byte..).unwrap_or_default();
        let low = bytes.first_chunk().map_or_else(
            || {
                let bytes = bytes.iter().enumerate();
                bytes.fold(0, |word, (at, byte)| word | u64::from(*byte) << (8 * at))
            },
            |bytes| u64::from_le_bytes(*bytes),
        );
        if shift == 0 {
            return low;
        }
        let high = bytes.get(8).copied().unwrap_or(0);
        low >> shift | u64::from(high) << (WORD - shift)
    }
}

/// A word whose first `rows` bits are set.
pub const fn below(rows: usize) -> u64 {
    match rows {
        0 => 0,
        _ => u64::MAX >> (WORD - rows),
    }
}
