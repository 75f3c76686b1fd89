//! What the caller requests, in types that cannot express anything else.

use crate::dataset::Origins;
use crate::key::Duplicates;
use crate::select::RowRequest;
use crate::types::{Dtype, Epoch, Order};

/// Which columns become features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnChoice {
    /// All that no other option names; one that is not a number is an error.
    All,
    /// All numbers that no other option names; columns that are not numbers are left out.
    Numeric,
    /// The columns of these names, in this order.
    Named(Vec<String>),
}

/// What fills missing values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// The exact median of the column, after the cast.
    Median,
    /// The mean of the column, after the cast.
    Mean,
    /// This number.
    Value(f64),
    /// Nothing: missing values are NaN.
    Nothing,
}

/// How infinities in the source are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inf {
    /// As missing values.
    Missing,
    /// As infinities.
    Keep,
}

/// How finite values that overflow the dtype are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverflowPolicy {
    /// They are an error.
    Raise,
    /// As missing values.
    Missing,
    /// As the largest finite value of the same sign.
    Clip,
}

/// How files that lack a chosen column are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingColumns {
    /// They are an error.
    Raise,
    /// As if all their values in the column were missing.
    Missing,
}

/// How missing targets are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingTargets {
    /// They are an error.
    Raise,
    /// Those of floating-point numbers are kept as NaN.
    Keep,
    /// Their rows are left out.
    Drop,
}

/// Which columns of texts become codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Categories {
    /// None: they are refused.
    Raise,
    /// All that become features.
    Codes,
    /// Those of these names.
    Named(Vec<String>),
}

/// The texts of a column, known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTexts {
    /// The name of the column.
    pub column: String,
    /// Its texts, in the order of their bytes.
    pub texts: Vec<Vec<u8>>,
}

/// Where the outputs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// To memory that the call allocates.
    Memory,
    /// The matrix to an array of the caller; the arrays beside it to memory.
    Array,
    /// To files.
    File,
}

/// How many rows a window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSize {
    /// A multiple of some rows, and not more than so many bytes, if these are enough for the multiple of
    /// one.
    Rows {
        /// The rows of which it has a multiple.
        rows: usize,
        /// The bytes.
        bytes: usize,
    },
    /// One of so many shares of all rows.
    Share(usize),
}

/// The target columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The names of the columns.
    pub names: Vec<String>,
    /// Whether a single name was given, so that `y` has one dimension.
    pub flat: bool,
}

/// Tables to be joined to the source: each row of the source gets the values of the row of each
/// table that has the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The tables, in order.
    pub tables: Origins,
    /// The columns of the key.
    pub on: Vec<String>,
    /// How duplicate keys in a table are treated.
    pub duplicates: Duplicates,
    /// The prefix of the names of a table's features; `{stem}` is the name of its file.
    pub prefix: Option<String>,
}

/// A load, as requested.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Which columns become features.
    pub columns: ColumnChoice,
    /// The columns of lists of a recipe, and how many numbers each list has; none without a recipe.
    pub widths: Option<Vec<(String, usize)>>,
    /// Which columns do not.
    pub exclude: Vec<String>,
    /// The targets.
    pub target: Option<Target>,
    /// The weights.
    pub weight: Option<String>,
    /// The groups.
    pub group: Option<String>,
    /// The columns that are passed through.
    pub passthrough: Vec<String>,
    /// Tables to be joined.
    pub join: Option<Join>,
    /// The dtype of the matrix: `F16`, `F32` or `F64`.
    pub dtype: Dtype,
    /// The order of the matrix in memory.
    pub order: Order,
    /// How infinities are treated.
    pub inf: Inf,
    /// How missing targets are treated.
    pub missing_targets: MissingTargets,
    /// Which rows are loaded, and in which order.
    pub rows: RowRequest,
    /// What fills missing values.
    pub fill: Fill,
    /// What fills missing values of single columns instead.
    pub fill_columns: Vec<(String, Fill)>,
    /// What times become numbers of; none where they are refused.
    pub datetimes: Option<Epoch>,
    /// What times of single columns become instead.
    pub datetime_columns: Vec<(String, Option<Epoch>)>,
    /// Which texts become codes.
    pub categories: Categories,
    /// The texts of columns whose codes are known before. Others are learned.
    pub known_texts: Vec<KnownTexts>,
    /// The texts of a target whose codes are known before, in the order of their bytes.
    pub known_classes: Option<Vec<Vec<u8>>>,
    /// The same of a group.
    pub known_groups: Option<Vec<Vec<u8>>>,
    /// How values that do not fit the dtype are treated.
    pub overflow: OverflowPolicy,
    /// How files that lack a column are treated.
    pub missing_columns: MissingColumns,
    /// Bytes that the call may allocate.
    pub memory_limit: Option<usize>,
    /// Where the outputs go.
    pub output: Output,
    /// Threads; `None` for as many as this process may use.
    pub threads: Option<usize>,
    /// How many rows are in memory at once, where windows of the rows are loaded one by one.
    pub window: Option<WindowSize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            columns: ColumnChoice::All,
            widths: None,
            exclude: Vec::new(),
            target: None,
            weight: None,
            group: None,
            passthrough: Vec::new(),
            join: None,
            dtype: Dtype::F32,
            order: Order::C,
            inf: Inf::Missing,
            missing_targets: MissingTargets::Raise,
            rows: RowRequest::default(),
            fill: Fill::Median,
            fill_columns: Vec::new(),
            datetimes: None,
            datetime_columns: Vec::new(),
            categories: Categories::Raise,
            known_texts: Vec::new(),
            known_classes: None,
            known_groups: None,
            overflow: OverflowPolicy::Raise,
            missing_columns: MissingColumns::Raise,
            memory_limit: None,
            output: Output::Memory,
            threads: None,
            window: None,
        }
    }
}
