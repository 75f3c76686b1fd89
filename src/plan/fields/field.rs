//! A column of the files, and the columns of the matrix that it becomes: one, or a block of them.

use std::ops::Range;

use crate::plan::options::Fill;

/// One column of the matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The name of the column.
    pub name: String,
    /// The type of the column in the first file that has it.
    pub type_name: String,
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

/// What becomes of the values of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Encode {
    /// Each is a number, which is cast.
    Number,
    /// Each is a list of numbers, of which each has a column of its own.
    Vector,
}

impl Field {
    /// How many columns of the matrix it becomes.
    pub fn width(&self) -> usize {
        self.columns.len()
    }
}
