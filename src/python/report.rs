//! The report of a load as a dict: a row for each feature, a dict for each joined table.

use std::ffi::OsStr;

use pyo3::prelude::*;

use crate::run::{ColumnReport, Report, TableReport};

#[derive(IntoPyObject)]
pub(super) struct RunReport<'a> {
    rows: u64,
    bytes_read: u64,
    seconds: Vec<(&'static str, f64)>,
    peak_scratch: usize,
    threads: usize,
    /// In the order of the features.
    columns: Vec<ColumnRow>,
    tables: Vec<TableInfo<'a>>,
}

impl<'a> From<&'a Report> for RunReport<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            rows: report.rows,
            bytes_read: report.bytes_read,
            seconds: seconds_by_stage(report),
            peak_scratch: report.peak_scratch,
            threads: report.threads,
            columns: report.columns.iter().map(ColumnRow::from).collect(),
            tables: report.tables.iter().map(TableInfo::from).collect(),
        }
    }
}

/// Adds up the seconds of stages that ran several times; each stage stays where it ran first.
fn seconds_by_stage(report: &Report) -> Vec<(&'static str, f64)> {
    let mut sums: Vec<(&'static str, f64)> = Vec::new();
    for (stage, spent) in &report.seconds {
        match sums.iter_mut().find(|(name, _)| *name == stage.name()) {
            Some((_, sum)) => *sum += spent,
            None => sums.push((stage.name(), *spent)),
        }
    }
    sums
}

/// Nulls, NaNs, positive and negative infinities, overflows and fills of a feature, its fill value,
/// and whether it is empty. A tuple, because a dict for each of thousands of features is slow.
#[derive(IntoPyObject)]
struct ColumnRow(u64, u64, u64, u64, u64, u64, Option<f64>, bool);

impl From<&ColumnReport> for ColumnRow {
    fn from(column: &ColumnReport) -> Self {
        Self(
            column.tally.nulls,
            column.tally.nans,
            column.tally.pos_infs,
            column.tally.neg_infs,
            column.tally.overflowed,
            column.filled,
            column.fill,
            column.empty,
        )
    }
}

#[derive(IntoPyObject)]
struct TableInfo<'a> {
    path: &'a OsStr,
    rows: u64,
    matched: u64,
    unmatched: u64,
    unused: u64,
    keys: &'static str,
}

impl<'a> From<&'a TableReport> for TableInfo<'a> {
    fn from(table: &'a TableReport) -> Self {
        Self {
            path: table.path.as_os_str(),
            rows: table.rows,
            matched: table.matched,
            unmatched: table.unmatched,
            unused: table.unused,
            keys: table.keys,
        }
    }
}
