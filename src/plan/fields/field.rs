//! A column of the files, and the columns of the matrix that it becomes: one, or a block of them.

use std::ops::Range;

use crate::plan::fields::encode::Encode;
use crate::plan::options::Fill;

/// One column of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The name of the column.
    pub name: String,
    /// The type of the column in the first file that has it.
    pub type_name: String,
    /// How its values are recoded before they are cast.
    pub encode: Encode,
    /// How many units one tick is of a time, in the file whose ticks are the finest.
    pub tick: Option<f64>,
    /// What fills missing values of the column.
    pub fill: Fill,
}

/// One column of the files that becomes columns of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name of the column in the files.
    pub name: String,
    /// Which columns of the matrix it becomes.
    pub columns: Range<usize>,
    /// What becomes of its values.
    pub encode: Encode,
}

impl Field {
    /// How many columns of the matrix it becomes.
    pub fn width(&self) -> usize {
        self.columns.len()
    }
}
