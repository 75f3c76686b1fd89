//! What the caller asked for, in types that cannot say anything else.

use std::path::PathBuf;

use crate::key::Duplicates;
use crate::types::{Dtype, Order};

/// Which columns become features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChoice {
    /// All that are not named elsewhere; one that is not a number is an error.
    All,
    /// All that are numbers; the others are left out.
    Numeric,
    /// These, in this order.
    Named(Vec<String>),
}

/// What fills missing values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// The exact median of the column after the cast.
    Median,
    /// The mean of the column after the cast.
    Mean,
    /// This number.
    Value(f64),
    /// Nothing: NaN stays.
    Nothing,
}

/// What an infinity in the source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inf {
    /// A missing value.
    Missing,
    /// An infinity.
    Keep,
}

/// What a finite value is that does not fit the dtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverflowPolicy {
    /// An error.
    Raise,
    /// A missing value.
    Missing,
    /// The largest finite value of its sign.
    Clip,
}

/// What a file without a chosen column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingColumns {
    /// An error.
    Raise,
    /// Rows whose value is missing.
    Missing,
}

/// Where the outputs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// To memory that the call allocates.
    Memory,
    /// The matrix to an array of the caller's; what stands beside it to memory.
    Array,
    /// To files.
    File,
}

/// The target columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Their names.
    pub names: Vec<String>,
    /// Whether one column was named by itself, so that `y` has one dimension.
    pub flat: bool,
}

/// Tables to be joined to the source: each row of it gets the values of the row with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The tables, in order.
    pub tables: Vec<PathBuf>,
    /// The columns of the key.
    pub on: Vec<String>,
    /// What a key is that stands twice in a table.
    pub duplicates: Duplicates,
    /// What stands before the names of a table's features; `{stem}` is the name of its file.
    pub prefix: Option<String>,
}

/// A load, as asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which columns become features.
    pub columns: ColumnChoice,
    /// Which do not.
    pub exclude: Vec<String>,
    /// The targets.
    pub target: Option<Target>,
    /// The weights.
    pub weight: Option<String>,
    /// The groups.
    pub group: Option<String>,
    /// Tables to be joined.
    pub join: Option<Join>,
    /// The dtype of the matrix: `F16`, `F32` or `F64`.
    pub dtype: Dtype,
    /// How it lies in memory.
    pub order: Order,
    /// What infinities are.
    pub inf: Inf,
    /// Whether a missing value in a floating target stays NaN.
    pub keep_missing_targets: bool,
    /// What fills missing values.
    pub fill: Fill,
    /// What fills those of single columns.
    pub fill_columns: Vec<(String, Fill)>,
    /// What values are that do not fit.
    pub overflow: OverflowPolicy,
    /// What files are that lack a column.
    pub missing_columns: MissingColumns,
    /// Bytes that the call may allocate.
    pub memory_limit: Option<usize>,
    /// Where the outputs go.
    pub output: Output,
    /// Threads; `None`: as many as this process may use.
    pub threads: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            columns: ColumnChoice::All,
            exclude: Vec::new(),
            target: None,
            weight: None,
            group: None,
            join: None,
            dtype: Dtype::F32,
            order: Order::C,
            inf: Inf::Missing,
            keep_missing_targets: false,
            fill: Fill::Median,
            fill_columns: Vec::new(),
            overflow: OverflowPolicy::Raise,
            missing_columns: MissingColumns::Raise,
            memory_limit: None,
            output: Output::Memory,
            threads: None,
        }
    }
}
