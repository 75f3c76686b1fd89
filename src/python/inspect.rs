//! Facts from footers as dicts, which Python makes its own classes from.

use std::ffi::OsStr;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::dataset::Table;
use crate::dataset::inspect as footers;
use crate::dataset::inspect::ColumnFacts;
use crate::python::interrupts::PyCaller;

/// Reads footers and returns what they know.
#[pyfunction]
#[pyo3(signature = (paths, /))]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn inspect(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let facts = PyCaller::run(py, |checkpoint| footers::inspect(&paths, checkpoint))?;
    let inspection = Inspection {
        files: facts.files.iter().map(FileInfo::new).collect(),
        columns: facts.columns.iter().map(ColumnInfo::new).collect(),
    };
    inspection.into_pyobject(py)
}

#[derive(IntoPyObject)]
struct Inspection<'a> {
    files: Vec<FileInfo<'a>>,
    columns: Vec<ColumnInfo<'a>>,
}

#[derive(IntoPyObject)]
struct FileInfo<'a> {
    path: &'a OsStr,
    bytes: u64,
    rows: u64,
    row_groups: u64,
}

impl<'a> FileInfo<'a> {
    fn new(file: &'a Table) -> Self {
        Self {
            path: file.path.as_os_str(),
            bytes: file.identity.bytes(),
            rows: file.rows,
            row_groups: file.row_groups(),
        }
    }
}

#[derive(IntoPyObject)]
struct ColumnInfo<'a> {
    name: &'a str,
    #[pyo3(item("type"))]
    type_name: &'a str,
    nullable: bool,
    nulls: Option<u64>,
    min: Option<f64>,
    max: Option<f64>,
    codecs: &'a [&'static str],
    encodings: &'a [&'static str],
    compressed_bytes: u64,
    taken: bool,
    reason: Option<&'static str>,
}

impl<'a> ColumnInfo<'a> {
    fn new(column: &'a ColumnFacts) -> Self {
        Self {
            name: &column.name,
            type_name: &column.type_name,
            nullable: column.nullable,
            nulls: column.nulls,
            min: column.range.map(|(min, _)| min),
            max: column.range.map(|(_, max)| max),
            codecs: &column.codecs,
            encodings: &column.encodings,
            compressed_bytes: column.bytes,
            taken: column.refusal.is_none(),
            reason: column.refusal,
        }
    }
}
