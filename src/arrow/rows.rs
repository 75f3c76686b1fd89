//! Where the values of some rows are: side by side, or wherever indices and runs point to.

use crate::arrow::array::{ArrayData, Values};
use crate::arrow::bits::below;
use crate::arrow::storage::Scalar;
use crate::error::Fault;

/// Rows that are read at a time.
pub const BLOCK: usize = 512;
/// Bits of a word.
const WORD: usize = 64;

/// A bit for each row of a block.
pub type Mask = [u64; BLOCK / WORD];

/// The rows of a block.
#[derive(Debug)]
pub struct Rows {
    /// Which of them have a value.
    pub valid: Mask,
    /// Where the value of each row is, if it has one and they do not stand side by side.
    pub spots: [usize; BLOCK],
}

/// Where values are.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// Side by side, from a row on.
    Side(&'a Values, usize),
    /// At the spots of the rows.
    Spots(&'a Values),
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            valid: [0; BLOCK / WORD],
            spots: [0; BLOCK],
        }
    }
}

impl Rows {
    /// Finds the values of `count` rows of an array from `first` on.
    pub fn find<'a>(
        &mut self,
        array: &'a ArrayData,
        first: usize,
        count: usize,
    ) -> Result<Found<'a>, Fault> {
        match &array.valid {
            Some(valid) => valid.words(first, count, &mut self.valid),
            None => self.all(count),
        }
        match &array.values {
            Values::Dictionary { .. } | Values::Runs { .. } => {}
            Values::Null => {
                self.valid = [0; BLOCK / WORD];
                return Ok(Found::Side(&array.values, first));
            }
            values => return Ok(Found::Side(values, first)),
        }
        for (at, spot) in self.spots[..count].iter_mut().enumerate() {
            *spot = first + at;
        }
        self.follow(array)
    }

    /// Follows indices and runs to the values that they end at.
    fn follow<'a>(&mut self, array: &'a ArrayData) -> Result<Found<'a>, Fault> {
        let mut array = array;
        loop {
            array = match &array.values {
                Values::Dictionary {
                    indices,
                    scalar,
                    entries,
                } => {
                    self.each(|spot| index(indices, *scalar, spot, entries.rows))?;
                    entries
                }
                Values::Runs {
                    ends,
                    scalar,
                    first,
                    values,
                } => {
                    let mut run = 0;
                    self.each(|spot| {
                        run = find_run(ends, *scalar, (spot + first) as u64, run);
                        Ok(run)
                    })?;
                    values
                }
                values => return Ok(Found::Spots(values)),
            };
            if let Some(valid) = &array.valid {
                let spots = self.spots;
                self.keep(|row| valid.is_set(spots[row]));
            } else if matches!(array.values, Values::Null) {
                self.valid = [0; BLOCK / WORD];
            }
        }
    }

    fn all(&mut self, count: usize) {
        for (at, word) in self.valid.iter_mut().enumerate() {
            *word = below(count.saturating_sub(at * WORD).min(WORD));
        }
    }

    /// Moves the spot of each row that has a value.
    fn each(&mut self, mut to: impl FnMut(usize) -> Result<usize, Fault>) -> Result<(), Fault> {
        for (word, spots) in self.valid.iter().zip(self.spots.chunks_mut(WORD)) {
            let mut left = *word;
            while left != 0 {
                let spot = &mut spots[left.trailing_zeros() as usize];
                *spot = to(*spot)?;
                left &= left - 1;
            }
        }
        Ok(())
    }

    /// Keeps the rows that have a value still.
    fn keep(&mut self, has_value: impl Fn(usize) -> bool) {
        for (at, word) in self.valid.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                if !has_value(at * WORD + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }
}

/// An index of one of so many entries.
pub fn index(indices: &[u8], scalar: Scalar, at: usize, entries: usize) -> Result<usize, Fault> {
    let bytes = indices.get(at * scalar.bytes()..).unwrap_or_default();
    let index = scalar.integer(bytes);
    let found = index.and_then(|index| usize::try_from(index).ok());
    found.filter(|index| *index < entries).ok_or_else(|| {
        let index = index.map_or_else(
            || "an index".to_owned(),
            |index| format!("the index {index}"),
        );
        Fault::corrupt(format!(
            "{index} is none of a dictionary of {entries} entries"
        ))
    })
}

/// The run that a row of the whole array is in; `near` is one that it is in or behind, most likely.
fn find_run(ends: &[u8], scalar: Scalar, row: u64, near: usize) -> usize {
    let width = scalar.bytes();
    let end = |run: usize| {
        let bytes = ends.get(run * width..).unwrap_or_default();
        let end = scalar
            .integer(bytes)
            .and_then(|end| u64::try_from(end).ok());
        end.unwrap_or(u64::MAX)
    };
    let is_here = |run: usize| end(run) > row && (run == 0 || end(run - 1) <= row);
    if is_here(near) {
        return near;
    }
    if is_here(near + 1) {
        return near + 1;
    }
    let (mut low, mut high) = (0, ends.len() / width);
    while low < high {
        let middle = low.midpoint(high);
        if end(middle) <= row {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
