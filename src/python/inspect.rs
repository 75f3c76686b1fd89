//! Facts from footers, and about the order of rows, as dicts which Python makes its own classes from.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::account::Account;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, inspect as footers};
use crate::python::errors::detached;
use crate::python::interrupts::PyCaller;
use crate::python::source::PyOrigins;
use crate::select::KeyLookup;
use crate::select::read::columns::KeyUse;
use crate::select::read::order;

/// Reads footers and returns what they know.
#[pyfunction]
#[pyo3(signature = (origins, /))]
pub(super) fn inspect(py: Python<'_>, origins: PyOrigins) -> PyResult<Bound<'_, PyDict>> {
    let facts = PyCaller::run(py, |checkpoint| footers::inspect(&origins.0, checkpoint))?;
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
            "width": column.width,
            "taken": column.refusal.is_none(),
            "reason": column.refusal,
            "only_named": column.only_named,
        })
    });
    dict!(py, {
        "files": files.collect::<PyResult<Vec<_>>>()?,
        "columns": columns.collect::<PyResult<Vec<_>>>()?,
    })
}

/// Reads whether the rows stand in the order of some columns.
#[pyfunction]
#[pyo3(signature = (origins, sorted_by, /))]
pub(super) fn inspect_order(
    py: Python<'_>,
    origins: PyOrigins,
    sorted_by: Vec<String>,
) -> PyResult<Bound<'_, PyDict>> {
    let account = Account::new(SURVEY_BYTES);
    let dataset = PyCaller::run(py, |checkpoint| {
        Dataset::new(&origins.0, &account, checkpoint)
    })?;
    let lookup = KeyLookup {
        dataset: &dataset,
        use_of: KeyUse::ORDER,
        may_lack: false,
    };
    let mut caller = PyCaller::new(None);
    let found = detached(py, || order::order(lookup, &sorted_by, &mut caller));
    let found = found.map_err(|error| caller.reason(py, error))?;
    let first = found.first_violation.as_ref();
    dict!(py, {
        "violations": found.violations,
        "first_violation": first.map(|at| (at.path.as_os_str(), at.row_group, at.row)),
        "runs": found.runs,
        "groups": found.groups,
    })
}
