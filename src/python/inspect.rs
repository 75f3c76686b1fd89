//! Facts from footers as dicts, which Python makes its own classes from.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::dataset::inspect as footers;
use crate::python::interrupts::PyCaller;

/// Reads footers and returns what they know.
#[pyfunction]
#[pyo3(signature = (paths, /))]
pub(super) fn inspect(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let facts = PyCaller::run(py, |checkpoint| footers::inspect(&paths, checkpoint))?;
    let files = facts.files.iter().map(|file| {
        dict!(py, {
            "path": file.path.as_os_str(),
            "bytes": file.identity.bytes,
            "rows": file.rows,
            "row_groups": file.row_groups(),
        })
    });
    let columns = facts.columns.iter().map(|column| {
        dict!(py, {
            "name": &column.name,
            "type": &column.type_name,
            "nullable": column.nullable,
            "nulls": column.nulls,
            "min": column.range.map(|(min, _)| min),
            "max": column.range.map(|(_, max)| max),
            "codecs": &column.codecs,
            "encodings": &column.encodings,
            "compressed_bytes": column.bytes,
            "taken": column.refusal.is_none(),
            "reason": column.refusal,
        })
    });
    dict!(py, {
        "files": files.collect::<PyResult<Vec<_>>>()?,
        "columns": columns.collect::<PyResult<Vec<_>>>()?,
    })
}
