//! A report, told in Python's own types.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::run::{Report, TableReport};

pub(super) fn described(
    py: Python<'_>,
    sidecar: Option<&Py<PyAny>>,
    report: &Report,
) -> PyResult<Vec<u8>> {
    match sidecar {
        Some(sidecar) => sidecar.call1(py, (told(py, report)?,))?.extract(py),
        None => Err(PyTypeError::new_err("a file needs a sidecar")),
    }
}

fn table_told<'py>(py: Python<'py>, table: &TableReport) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("path", table.path.as_os_str())?;
    told.set_item("rows", table.rows)?;
    told.set_item("matched", table.matched)?;
    told.set_item("unmatched", table.unmatched)?;
    told.set_item("unused", table.unused)?;
    told.set_item("keys", table.keys)?;
    Ok(told)
}

pub(super) fn told<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let each = report.columns.iter();
    columns.set_item("name", PyList::new(py, each.clone().map(|c| &c.name))?)?;
    columns.set_item(
        "nulls",
        PyList::new(py, each.clone().map(|c| c.tally.nulls))?,
    )?;
    columns.set_item("nans", PyList::new(py, each.clone().map(|c| c.tally.nans))?)?;
    columns.set_item(
        "pos_infs",
        PyList::new(py, each.clone().map(|c| c.tally.pos_infs))?,
    )?;
    columns.set_item(
        "neg_infs",
        PyList::new(py, each.clone().map(|c| c.tally.neg_infs))?,
    )?;
    columns.set_item(
        "overflowed",
        PyList::new(py, each.clone().map(|c| c.tally.overflowed))?,
    )?;
    columns.set_item("filled", PyList::new(py, each.clone().map(|c| c.filled))?)?;
    columns.set_item("fill", PyList::new(py, each.clone().map(|c| c.fill))?)?;
    columns.set_item("empty", PyList::new(py, each.map(|c| c.empty))?)?;
    let seconds = PyDict::new(py);
    for (stage, spent) in &report.seconds {
        let before = seconds.get_item(stage.name())?;
        let before = before.map_or(Ok(0.0), |before| before.extract::<f64>())?;
        seconds.set_item(stage.name(), before + spent)?;
    }
    let run = PyDict::new(py);
    run.set_item("rows", report.rows)?;
    run.set_item("bytes_read", report.bytes_read)?;
    run.set_item("seconds", seconds)?;
    run.set_item("peak_scratch", report.peak_scratch)?;
    run.set_item("threads", report.threads)?;
    run.set_item("columns", columns)?;
    let tables = report.tables.iter().map(|table| table_told(py, table));
    run.set_item("tables", tables.collect::<PyResult<Vec<_>>>()?)?;
    Ok(run)
}
