//! What a load met and did.

use std::path::PathBuf;

use crate::error::{Error, MissingValues, Overflow, Result};
use crate::kernel::Tally;
use crate::plan::rules::missing;
use crate::plan::{Extra, Feature, Fill, Options, OverflowPolicy};
use crate::workers::Stage;

/// What happened to one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// What was met.
    pub tally: Tally,
    /// Values that were filled.
    pub filled: u64,
    /// What they were, or would have been, filled with.
    pub fill: Option<f64>,
    /// Whether it has no value that is not missing.
    pub empty: bool,
}

impl ColumnReport {
    /// Values that are not missing, among `rows` of a column whose missing values are filled.
    pub const fn count(&self, rows: u64) -> u64 {
        rows - self.filled
    }
}

/// What a joined table had for the rows of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableReport {
    /// The table.
    pub path: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Rows of the source that found a row in it.
    pub matched: u64,
    /// Rows of the source that found none: their values are missing.
    pub unmatched: u64,
    /// Rows of it that no row of the source found.
    pub unused: u64,
    /// What was noticed about its keys.
    pub keys: &'static str,
}

/// What a load met and did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Rows.
    pub rows: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Seconds by stage.
    pub seconds: Vec<(Stage, f64)>,
    /// The most scratch that was leased at once.
    pub peak_scratch: usize,
    /// Threads.
    pub threads: usize,
    /// The features.
    pub columns: Vec<ColumnReport>,
    /// The joined tables.
    pub tables: Vec<TableReport>,
}

/// The report of a feature of `rows` rows before its fill is fitted.
pub fn column(feature: &Feature, tally: Tally, rows: u64, options: &Options) -> ColumnReport {
    let missing = missing(&tally, options);
    let empty = missing == rows;
    let fill = feature.fill;
    ColumnReport {
        name: feature.name.clone(),
        tally,
        filled: if fill == Fill::Nothing { 0 } else { missing },
        fill: match fill {
            Fill::Value(value) => Some(value),
            Fill::Median | Fill::Mean if empty => Some(0.0),
            Fill::Median | Fill::Mean | Fill::Nothing => None,
        },
        empty,
    }
}

/// Refuses values that do not fit, where that was asked for.
pub fn refuse_overflow(columns: &[ColumnReport], options: &Options) -> Result<()> {
    let met = columns.iter().filter(|column| column.tally.overflowed > 0);
    let columns: Vec<Overflow> = met
        .map(|column| Overflow {
            column: column.name.clone(),
            count: column.tally.overflowed,
            largest: column.tally.largest,
        })
        .collect();
    if options.overflow != OverflowPolicy::Raise || columns.is_empty() {
        return Ok(());
    }
    Err(Error::CastOverflow {
        columns,
        dtype: options.dtype.name(),
    })
}

/// Refuses missing targets, weights and groups.
pub fn refuse_missing(extra: &Extra, tallies: &[Tally], options: &Options) -> Result<()> {
    if extra.dtype.is_floating() && options.keep_missing_targets {
        return Ok(());
    }
    let missing = |tally: &Tally| tally.nulls + tally.nans;
    let met = extra
        .names
        .iter()
        .zip(tallies)
        .filter(|(_, tally)| missing(tally) > 0);
    let columns: Vec<MissingValues> = met
        .map(|(name, tally)| MissingValues {
            column: name.clone(),
            nulls: tally.nulls,
            nans: tally.nans,
        })
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    Err(Error::MissingTarget {
        array: extra.role.name(),
        columns,
        can_keep: extra.dtype.is_floating(),
    })
}
