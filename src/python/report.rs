//! The report of a load as a dict: a row for each feature, a dict for each joined table.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::run::Report;

/// What a load found and did; `columns` are in the order of the features.
pub(super) fn run_report<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let tables = report.tables.iter().map(|table| {
        dict!(py, {
            "path": table.path.as_os_str(),
            "rows": table.rows,
            "matched": table.matched,
            "unmatched": table.unmatched,
            "unused": table.unused,
            "keys": table.keys,
        })
    });
    // A tuple, because a dict for each of thousands of features is slow.
    let columns = report.columns.iter().map(|column| {
        (
            column.tally.nulls,
            column.tally.nans,
            column.tally.pos_infs,
            column.tally.neg_infs,
            column.tally.overflowed,
            column.filled,
            column.fill,
            column.empty,
        )
    });
    dict!(py, {
        "rows": report.rows,
        "bytes_read": report.bytes_read,
        "seconds": seconds_by_stage(report),
        "peak_scratch": report.peak_scratch,
        "threads": report.threads,
        "columns": columns.collect::<Vec<_>>(),
        "tables": tables.collect::<PyResult<Vec<_>>>()?,
    })
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
