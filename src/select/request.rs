//! Which rows are wanted, as it was asked for.

use std::ops::Range;

use crate::key::SeenKeys;
use crate::select::filter::FilterRequest;

/// Which of the rows with equal keys stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// Rows by their numbers, as a slice of Python: those below zero count from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowSlice {
    /// The first one.
    pub start: i64,
    /// The one behind the last; none where all others follow.
    pub stop: Option<i64>,
}

impl RowSlice {
    /// The numbers that it has of `rows` rows.
    pub fn of(self, rows: usize) -> Range<usize> {
        let from_end = |number: i64| {
            let count = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
            if number < 0 {
                rows.saturating_sub(count)
            } else {
                count.min(rows)
            }
        };
        let start = from_end(self.start);
        start..self.stop.map_or(rows, from_end).max(start)
    }
}

/// How many rows are in a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleSize {
    /// So large a share of them.
    Share(f64),
    /// So many.
    Count(usize),
}

/// How rows are divided among parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Division {
    /// By shares: where each part ends, as a share of all.
    Shares(Vec<f64>),
    /// By shares of the keys: all rows of a key are in one part.
    Keys {
        /// The columns of the key.
        columns: Vec<String>,
        /// Where each part ends.
        ends: Vec<f64>,
    },
    /// By a filter for each part.
    Filters {
        /// The filters.
        parts: Vec<FilterRequest>,
        /// A column that must have a value in every row.
        required: Option<String>,
    },
}

/// The parts of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitRequest {
    /// The names of the parts.
    pub names: Vec<String>,
    /// Which rows are in each.
    pub division: Division,
}

/// The order of rows within each part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// As they came.
    #[default]
    Source,
    /// By these columns, ascending.
    Sorted(Vec<String>),
    /// By a permutation.
    Shuffled,
}

/// Which rows are wanted, and in which order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowRequest {
    /// Which rows of the source, before all else; none where these are all.
    pub between: Option<RowSlice>,
    /// What rows have to match.
    pub filters: Option<FilterRequest>,
    /// Columns that no two rows have alike.
    pub unique: Option<UniqueRequest>,
    /// How many rows are taken.
    pub sample: Option<SampleSize>,
    /// How they are divided.
    pub split: Option<SplitRequest>,
    /// Their order.
    pub order: RowOrder,
    /// The seed of all permutations.
    pub seed: u64,
}

/// Columns that no two rows have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueRequest {
    /// The columns.
    pub columns: Vec<String>,
    /// Which row stays.
    pub keep: Keep,
    /// Keys that were seen before: no row with one of them stays. New ones are added.
    pub seen: Option<SeenKeys>,
}

impl RowRequest {
    /// Whether all rows are wanted, in one part.
    pub const fn is_all(&self) -> bool {
        self.between.is_none()
            && self.filters.is_none()
            && self.unique.is_none()
            && self.sample.is_none()
            && self.split.is_none()
    }
}
