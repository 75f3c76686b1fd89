//! The report of a load as a dict: a row for each feature, a dict for each joined table.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::io::remote::Traffic;
use crate::kernel::Tally;
use crate::plan::Role;
use crate::run::{ColumnReport, PartReport, Report};
use crate::texts::Texts;

/// Texts between two looks at signals.
const CHECKPOINT_TEXTS: usize = 1 << 16;

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
    let columns = report
        .columns
        .iter()
        .map(|column| row(&column.tally, column.filled, column));
    let count = match report.columns.first() {
        Some(column) if column.parts.len() > 1 => column.parts.len(),
        _ => 0,
    };
    let parts = (0..count).map(|part| {
        let columns = report.columns.iter().map(|column| {
            let PartReport { tally, filled } = column.parts[part];
            row(&tally, filled, column)
        });
        columns.collect::<Vec<_>>()
    });
    let vocabularies = report.vocabularies.iter();
    let vocabularies = vocabularies.map(|own| Ok((&own.column, text_list(py, &own.texts)?)));
    let steps = report.steps.iter();
    let steps = steps.map(|own| (&own.column, own.step, own.unit.name()));
    let texts = report.text_types.iter();
    let texts = texts.map(|text| (&text.name, &text.descr));
    dict!(py, {
        "rows": report.rows,
        "bytes_read": report.bytes_read,
        "seconds": seconds_by_stage(report),
        "peak_scratch": report.peak_scratch,
        "threads": report.threads,
        "traffic": traffic(report.traffic),
        "columns": columns.collect::<Vec<_>>(),
        "parts": parts.collect::<Vec<_>>(),
        "tables": tables.collect::<PyResult<Vec<_>>>()?,
        "classes": texts_of(py, report, Role::Target)?,
        "group_keys": texts_of(py, report, Role::Group)?,
        "masked": &report.masked,
        "vocabularies": vocabularies.collect::<PyResult<Vec<_>>>()?,
        "steps": steps.collect::<Vec<_>>(),
        "text_types": texts.collect::<Vec<_>>(),
        "told": PyBytes::new(py, &report.told),
    })
}

/// Requests, bytes, bytes that were not wanted, and repeated requests.
const fn traffic(traffic: Traffic) -> (u64, u64, u64, u64) {
    (
        traffic.requests,
        traffic.bytes,
        traffic.gaps,
        traffic.retries,
    )
}

/// The texts of an array of codes.
fn texts_of<'py>(
    py: Python<'py>,
    report: &Report,
    role: Role,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let codes = report.codes.iter().find(|codes| codes.role == role);
    codes.map(|codes| text_list(py, &codes.texts)).transpose()
}

/// A list of texts: `str`, or all of them `bytes` where one is not UTF-8.
fn text_list<'py>(py: Python<'py>, all: &Texts) -> PyResult<Bound<'py, PyList>> {
    let texts = PyList::empty(py);
    let are_text = all.iter().all(|text| str::from_utf8(text).is_ok());
    for (at, text) in all.iter().enumerate() {
        if at % CHECKPOINT_TEXTS == 0 {
            py.check_signals()?;
        }
        match str::from_utf8(text) {
            Ok(text) if are_text => texts.append(PyString::new(py, text))?,
            _ => texts.append(PyBytes::new(py, text))?,
        }
    }
    Ok(texts)
}

/// What is told of a feature. A tuple, because a dict for each of thousands of features is slow.
type Row = (u64, u64, u64, u64, u64, u64, Option<f64>, bool);

const fn row(tally: &Tally, filled: u64, column: &ColumnReport) -> Row {
    (
        tally.nulls,
        tally.nans,
        tally.pos_infs,
        tally.neg_infs,
        tally.overflowed,
        filled,
        column.fill,
        column.empty,
    )
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
