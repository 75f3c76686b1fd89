//! An output while it is poured: sheets of rows, in which each column is contiguous.
//!
//! In row order the values of a column are a row apart, and a cache line would be fetched and written
//! again for each column that has values in it. So a sheet is a number of rows in column order, until
//! it is turned. An output in column order is one sheet, and stays one. Sheets are split here, into
//! pieces that cannot overlap, by safe code.

use ndarray::{ArrayViewMut1, ArrayViewMut2, ArrayViewMut3, Axis};

use crate::error::{Error, Result};

/// Rows of an output that are still to be handed out. Columns are the first axis of a sheet.
#[derive(Debug)]
pub struct Sheets<'a, T> {
    /// The rest of the sheet that was begun.
    open: ArrayViewMut2<'a, T>,
    /// Sheets of which no row was handed out.
    whole: ArrayViewMut3<'a, T>,
    /// The last sheet, which may have fewer rows.
    last: ArrayViewMut2<'a, T>,
}

/// Some rows of an output: all columns, or those that are left after a split.
#[derive(Debug)]
pub struct RowBand<'a, T> {
    head: ArrayViewMut2<'a, T>,
    whole: ArrayViewMut3<'a, T>,
    tail: ArrayViewMut2<'a, T>,
}

/// One column of a band of rows.
#[derive(Debug)]
pub struct ColumnPiece<'a, T> {
    head: ArrayViewMut1<'a, T>,
    whole: ArrayViewMut2<'a, T>,
    tail: ArrayViewMut1<'a, T>,
}

impl<'a, T> Sheets<'a, T> {
    /// Divides an output into sheets. In row order they have `sheet_rows` rows.
    pub fn new(out: ArrayViewMut2<'a, T>, sheet_rows: usize) -> Result<Self> {
        let strange = || Error::Internal("an output is in neither order".to_owned());
        Self::of(out, sheet_rows).ok_or_else(strange)
    }

    fn of(out: ArrayViewMut2<'a, T>, sheet_rows: usize) -> Option<Self> {
        let (rows, columns) = out.dim();
        if !out.is_standard_layout() || columns == 1 {
            let (open, last) = out.reversed_axes().split_at(Axis(1), rows);
            let whole = ArrayViewMut3::from_shape((0, columns, 1), &mut []).ok()?;
            return (open.is_standard_layout() || columns == 1).then_some(Self {
                open,
                whole,
                last,
            });
        }
        let sheet_rows = sheet_rows.max(1);
        let sheets = rows / sheet_rows;
        let (whole, last) = out
            .into_slice()?
            .split_at_mut(sheets * sheet_rows * columns);
        let open = ArrayViewMut2::from_shape((columns, 0), &mut []).ok()?;
        let whole = ArrayViewMut3::from_shape((sheets, columns, sheet_rows), whole).ok()?;
        let last = ArrayViewMut2::from_shape((columns, rows % sheet_rows), last).ok()?;
        Some(Self { open, whole, last })
    }

    /// The number of rows that are left.
    pub fn rows(&self) -> usize {
        let (sheets, _, rows) = self.whole.dim();
        self.open.ncols() + sheets * rows + self.last.ncols()
    }

    /// The next `count` rows, and those that are left; `None` if there are fewer.
    pub fn take(self, count: usize) -> Option<(RowBand<'a, T>, Self)> {
        if count > self.rows() {
            return None;
        }
        let left = count - self.open.ncols().min(count);
        let (head, open) = self.open.split_at(Axis(1), count - left);
        let (sheets, _, sheet_rows) = self.whole.dim();
        let (whole, others) = self
            .whole
            .split_at(Axis(0), sheets.min(left / sheet_rows.max(1)));
        let left = left - whole.dim().0 * sheet_rows;
        // The last rows begin another sheet, if they need more than the open one.
        let (begun, others, last) = match others.dim().0 {
            _ if left == 0 => (open, others, self.last),
            0 => {
                let rows = self.last.ncols();
                let (begun, none) = self.last.split_at(Axis(1), rows);
                (begun, others, none)
            }
            _ => {
                let (begun, others) = others.split_at(Axis(0), 1);
                (begun.index_axis_move(Axis(0), 0), others, self.last)
            }
        };
        let (tail, open) = begun.split_at(Axis(1), left);
        let rest = Self {
            open,
            whole: others,
            last,
        };
        Some((RowBand { head, whole, tail }, rest))
    }
}

/// Rows that are handed out by themselves.
impl<'a, T> From<RowBand<'a, T>> for Sheets<'a, T> {
    fn from(band: RowBand<'a, T>) -> Self {
        Self {
            open: band.head,
            whole: band.whole,
            last: band.tail,
        }
    }
}

impl<'a, T> RowBand<'a, T> {
    /// The number of columns that are left.
    pub fn columns(&self) -> usize {
        self.head.nrows()
    }

    /// The first column, and those that are left.
    pub fn split(self) -> (ColumnPiece<'a, T>, Self) {
        let (head, heads) = self.head.split_at(Axis(0), 1);
        let (whole, wholes) = self.whole.split_at(Axis(1), 1);
        let (tail, tails) = self.tail.split_at(Axis(0), 1);
        let piece = ColumnPiece {
            head: head.index_axis_move(Axis(0), 0),
            whole: whole.index_axis_move(Axis(1), 0),
            tail: tail.index_axis_move(Axis(0), 0),
        };
        let others = Self {
            head: heads,
            whole: wholes,
            tail: tails,
        };
        (piece, others)
    }
}

impl<T> ColumnPiece<'_, T> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.head.len() + self.whole.len() + self.tail.len()
    }

    /// All rows, if they are contiguous in memory.
    pub fn contiguous(&mut self) -> Option<&mut [T]> {
        let rows = self.rows();
        self.parts().find(|part| part.len() == rows)
    }

    /// The rows, in contiguous parts.
    pub fn parts(&mut self) -> impl Iterator<Item = &mut [T]> {
        let head = std::iter::once(self.head.view_mut());
        let tail = std::iter::once(self.tail.view_mut());
        let parts = head.chain(self.whole.outer_iter_mut()).chain(tail);
        parts.filter_map(ArrayViewMut1::into_slice)
    }
}
