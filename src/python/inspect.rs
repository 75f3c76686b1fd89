//! What footers tell, in Python's own types.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::dataset::inspect as inspection;
use crate::dataset::inspect::ColumnFacts;
use crate::error::Checkpoint;
use crate::python::errors::detached;
use crate::python::interrupts::PyCaller;

/// Tells what the footers say.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn inspect(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let mut caller = PyCaller::new(None);
    let facts = detached(py, || {
        let poll = caller.poll();
        inspection::inspect(&paths, Checkpoint::new(&poll))
    });
    let facts = facts.map_err(|error| caller.reason(py, error))?;
    let files = PyList::empty(py);
    for file in &facts.files {
        let told = PyDict::new(py);
        told.set_item("path", file.path.as_os_str())?;
        told.set_item("bytes", file.identity.bytes())?;
        told.set_item("rows", file.rows)?;
        told.set_item("row_groups", file.row_groups())?;
        files.append(told)?;
    }
    let columns = PyList::empty(py);
    for column in &facts.columns {
        columns.append(column_told(py, column)?)?;
    }
    let inspection = PyDict::new(py);
    inspection.set_item("files", files)?;
    inspection.set_item("columns", columns)?;
    Ok(inspection)
}

fn column_told<'py>(py: Python<'py>, column: &ColumnFacts) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("name", &column.name)?;
    told.set_item("type", &column.type_name)?;
    told.set_item("nullable", column.nullable)?;
    told.set_item("nulls", column.nulls)?;
    told.set_item("min", column.range.map(|range| range.0))?;
    told.set_item("max", column.range.map(|range| range.1))?;
    told.set_item("codecs", &column.codecs)?;
    told.set_item("encodings", &column.encodings)?;
    told.set_item("compressed_bytes", column.bytes)?;
    told.set_item("taken", column.refusal.is_none())?;
    told.set_item("reason", column.refusal)?;
    Ok(told)
}
