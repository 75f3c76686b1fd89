//! The rows of a share that fills are fitted on, as they lie in memory.

use ndarray::{ArrayView2, s};

use crate::error::{Error, Result};
use crate::fit::pieces::ColumnPieces;
use crate::kernel::Real;

/// Rows in memory.
#[derive(Debug)]
pub enum HeldRows<'a, T> {
    /// Row after row.
    InRows(ArrayView2<'a, T>),
    /// In columns, or in sheets that are still to be turned.
    InPieces(ColumnPieces<'a, T>),
}

impl<'a, T: Real> HeldRows<'a, T> {
    /// The first `fitted` rows of an output, which may be in sheets.
    pub fn new(
        out: &'a ArrayView2<'_, T>,
        sheet_rows: Option<usize>,
        fitted: usize,
    ) -> Result<Self> {
        let fitted = fitted.min(out.nrows());
        if sheet_rows.is_none() && out.is_standard_layout() {
            return Ok(Self::InRows((*out).slice_move(s![..fitted, ..])));
        }
        let strange = || Error::Internal("an output is neither C nor F".to_owned());
        let pieces = ColumnPieces::of(out, sheet_rows, fitted);
        pieces.map(Self::InPieces).ok_or_else(strange)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::InRows(rows) => rows.nrows(),
            Self::InPieces(pieces) => pieces.fitted(),
        }
    }

    /// A value.
    pub fn value(&self, row: usize, column: usize) -> T {
        match self {
            Self::InRows(rows) => rows[[row, column]],
            Self::InPieces(pieces) => pieces.value(column, row),
        }
    }
}
