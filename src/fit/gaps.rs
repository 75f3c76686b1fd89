//! Columns whose missing values are to be filled, and with what.

use crate::error::{Error, Fault, Place, Shortage};

/// What a column is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FillKind {
    /// Its median.
    Median,
    /// Its mean.
    Mean,
    /// Zero, because it has no values.
    Zero,
}

/// A column to fit.
#[derive(Debug, Clone, Copy)]
pub struct GapColumn {
    /// Which column.
    pub column: usize,
    /// How many of its values are not missing.
    pub count: u64,
    /// Whether it has gaps to write to.
    pub missing: bool,
    /// What it is filled with.
    pub fill: FillKind,
}

/// The fill that was found for a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnFill<T> {
    /// Which column.
    pub column: usize,
    /// What its gaps are filled with.
    pub value: T,
}

/// Too little memory for medians is not the fault of a file.
pub fn scarce(fault: Fault) -> Error {
    match fault {
        Fault::Scarce { needed } => Error::from(Shortage {
            needed: Some(needed),
            ..Shortage::new(format!(
                "medians need {needed} bytes at once, and less is free; raise memory_limit by \
                 {needed} bytes, or fill with fill=\"mean\" or a number"
            ))
        }),
        fault => fault.at(Place::default()),
    }
}
