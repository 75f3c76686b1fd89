//! Columns with gaps, and the fills that are found for them.

use crate::error::{Error, Fault};

/// The kind of fill of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillKind {
    /// The median of its values.
    Median,
    /// The mean of its values.
    Mean,
    /// Zero, because it has no values.
    Zero,
}

/// A column to fit.
#[derive(Debug, Clone, Copy)]
pub struct GapColumn {
    /// The number of the column.
    pub column: usize,
    /// How many values are not missing.
    pub count: u64,
    /// Whether any are missing.
    pub missing: bool,
    /// What gaps are filled with.
    pub fill: FillKind,
}

/// The fill that was found for a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnFill<T> {
    /// The number of the column.
    pub column: usize,
    /// The value that is written into its gaps.
    pub value: T,
}

/// The error for too little memory for medians, which is not the fault of a file.
pub fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "medians need {needed} bytes at once, and less is free; raise memory_limit by {needed} \
             bytes, or fill with fill=\"mean\" or a number"
        )
    })
}
