//! Medians of columns that lie in contiguous pieces, as in sheets before they are turned: where the
//! bracket of the first rows missed, one from rows all over the column is counted along its pieces.
//!
//! ```text
//! for each column: a bracket from a sample of all rows
//!                  for each piece: count it
//! ```
//!
//! That reads each value once more, at the speed of memory, and the turn can fill the gaps. Where this
//! bracket misses as well, or memory for what it keeps is refused, the median is left to be found in the
//! output.

use ndarray::ArrayView2;

use crate::account::Scratch;
use crate::error::Result;
use crate::fit::gaps::{ColumnFill, GapColumn};
use crate::kernel::Real;
use crate::kernel::median::bracket::{self, SURE};
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::counts::Counts;
use crate::workers::Team;

/// Values of the sample. See `benchmarks/NOTES.md`.
const SAMPLE: usize = 8192;

/// An output whose columns lie in pieces, one for each sheet.
#[derive(Debug, Clone, Copy)]
pub struct ColumnPieces<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    /// Rows of a piece; the last one may have fewer.
    height: usize,
    /// The first rows, which fills are fitted on.
    fitted: usize,
}

/// The medians that were found, and the columns whose median was not.
#[derive(Debug)]
pub struct SoughtMedians<T> {
    /// Those that were found.
    pub found: Vec<ColumnFill<T>>,
    /// The columns whose bracket missed.
    pub missed: Vec<GapColumn>,
}

/// The buffers of a thread.
struct Finder<T> {
    caught: InBracket<T>,
    sample: Vec<T>,
    /// Values inside the bracket.
    kept: Scratch<T>,
}

impl<'a, T: Real> ColumnPieces<'a, T> {
    /// The pieces of an output of which `fitted` rows count, in sheets of `sheet_rows` rows or in column
    /// order; `None` where it is in rows.
    pub fn of(
        out: &'a ArrayView2<'_, T>,
        sheet_rows: Option<usize>,
        fitted: usize,
    ) -> Option<Self> {
        let (rows, columns) = out.dim();
        let values = match sheet_rows {
            Some(_) => out.to_slice(),
            None => out.t().to_slice(),
        };
        Some(Self {
            values: values?,
            rows,
            columns,
            height: sheet_rows.unwrap_or(rows).max(1),
            fitted,
        })
    }

    /// The medians of columns, as far as a bracket from a sample finds them.
    pub fn medians(self, gaps: &[GapColumn], team: &mut Team<'_>) -> Result<SoughtMedians<T>> {
        let account = team.account;
        let workers = team.workers;
        let begin = || {
            Ok(Finder {
                caught: InBracket::default(),
                sample: Vec::with_capacity(SAMPLE),
                kept: Scratch::new(account),
            })
        };
        let sought = team.for_each(gaps, begin, |finder, gap| {
            workers.check()?;
            Ok((*gap, finder.median(self, *gap)))
        })?;
        let mut medians = SoughtMedians {
            found: Vec::with_capacity(gaps.len()),
            missed: Vec::new(),
        };
        for (gap, median) in sought {
            let column = gap.column;
            match median {
                Some(value) => medians.found.push(ColumnFill { column, value }),
                None => medians.missed.push(gap),
            }
        }
        Ok(medians)
    }

    /// The piece of a column that begins with the row `first`, as far as its rows count.
    fn piece(self, column: usize, first: usize) -> &'a [T] {
        let height = self.height.min(self.rows - first);
        let start = first * self.columns + column * height;
        &self.values[start..start + height.min(self.fitted - first)]
    }

    fn value(self, column: usize, row: usize) -> T {
        let first = row - row % self.height;
        self.piece(column, first)[row - first]
    }
}

impl<T: Real> Finder<T> {
    /// The median of a column; `None` where the bracket misses, or where memory is refused.
    fn median(&mut self, pieces: ColumnPieces<'_, T>, gap: GapColumn) -> Option<T> {
        let places = bracket::places(pieces.fitted, SAMPLE);
        self.sample.clear();
        self.sample
            .extend(places.map(|row| pieces.value(gap.column, row)));
        let picked = self.sample.len();
        let ends = bracket::bracket(&mut self.sample, SURE);
        let room = bracket::expected(pieces.fitted, picked, SURE);
        let kept = self.kept.fit(room).ok()?;
        let mut counts = Counts::default();
        let mut length = 0;
        for first in (0..pieces.fitted).step_by(pieces.height) {
            for values in pieces.piece(gap.column, first).chunks(STRETCH) {
                self.caught.count(values, ends);
                let inside = self.caught.inside();
                kept.get_mut(length..length + inside.len())?
                    .copy_from_slice(inside);
                counts.add(self.caught.counts);
                length += inside.len();
            }
        }
        let middle = bracket::middle(gap.count, ends, counts, &mut kept[..length]);
        middle.map(|middle| middle.median(gap.count))
    }
}
