//! Texts of an array in memory as codes, streaming. Those of files are looked up by their own lane.

use crate::arrow::array::Array;
use crate::arrow::bytes::ArrayBytesLane;
use crate::error::Fault;
use crate::kernel::{Cleaner, Element, Rule, Tally, clean};
use crate::parquet::lane::bytes::Shown;
use crate::parquet::lane::categories::check;
use crate::parquet::{Kind, Stored};
use crate::texts::{Coder, TextCodes};

/// Rows that are looked up between two casts.
const STAGE: usize = 512;
/// Rows of a word.
const WORD: usize = 64;

/// A column of texts that becomes codes.
#[derive(Debug)]
pub struct ArrayCodes<T: Element> {
    lane: ArrayBytesLane,
    coder: Coder,
    is_text: bool,
    rule: Rule<T>,
    tally: Tally,
}

impl<T: Element> ArrayCodes<T> {
    /// Opens a lane; none where the values are no texts with codes.
    pub fn new(array: &Array, stored: &Stored, rule: &Rule<T>) -> Option<Self> {
        let Kind::Text { is_text, .. } = stored.kind else {
            return None;
        };
        Some(Self {
            lane: ArrayBytesLane::new(array),
            coder: stored.texts.as_ref().map(TextCodes::open)?,
            is_text,
            rule: *rule,
            tally: Tally::default(),
        })
    }

    /// Fills `out` with the codes of the next rows.
    pub fn fill(&mut self, out: &mut [T]) -> Result<(), Fault> {
        self.take(out.len(), None, out).map(|_| ())
    }

    /// Fills the front of `out` with those of the next `rows` rows whose bit is set in `wanted`, and
    /// returns how many they are.
    pub fn fill_wanted(
        &mut self,
        rows: usize,
        wanted: &[u64],
        out: &mut [T],
    ) -> Result<usize, Fault> {
        self.take(rows, Some(wanted), out)
    }

    /// Skips the next rows, which are not counted.
    pub fn skip(&mut self, rows: usize) -> Result<(), Fault> {
        self.lane.skip(rows)
    }

    /// What was counted so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Checks that nothing is left, and returns what was counted.
    pub fn finish(&self) -> Result<Tally, Fault> {
        self.lane.finish()?;
        Ok(self.tally)
    }

    fn take(&mut self, rows: usize, wanted: Option<&[u64]>, out: &mut [T]) -> Result<usize, Fault> {
        let is_wanted =
            |row: usize| wanted.is_none_or(|wanted| wanted[row / WORD] >> (row % WORD) & 1 == 1);
        let Self {
            lane,
            coder,
            is_text,
            rule,
            tally,
        } = self;
        let mut filled = 0;
        for first in (0..rows).step_by(STAGE) {
            let mut stage = [0.0_f64; STAGE];
            let mut nulls = [false; STAGE];
            let (mut row, mut count) = (first, 0);
            lane.show(STAGE.min(rows - first), &mut |shown| {
                row += 1;
                if !is_wanted(row - 1) {
                    return Ok(());
                }
                nulls[count] = matches!(shown, Shown::Null);
                if let Shown::Value(text) = shown {
                    stage[count] = coder.code(text, |text| check(text, *is_text))?;
                }
                count += 1;
                Ok(())
            })?;
            let out = &mut out[filled..filled + count];
            clean(&stage[..count], out, &mut Cleaner { rule, tally });
            for (out, is_null) in out.iter_mut().zip(nulls) {
                if is_null {
                    *out = rule.null;
                    tally.nulls += 1;
                }
            }
            filled += count;
        }
        Ok(filled)
    }
}

/// Takes the texts of an array; of those rows that are wanted, where `wanted` says so for the number of a
/// row.
pub fn texts_of(
    array: &Array,
    is_text: bool,
    wanted: &dyn Fn(usize) -> bool,
    take: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut row = 0;
    ArrayBytesLane::new(array).show(array.rows(), &mut |shown| {
        row += 1;
        match shown {
            Shown::Value(text) if wanted(row - 1) => {
                check(text, is_text)?;
                take(text)
            }
            _ => Ok(()),
        }
    })
}
