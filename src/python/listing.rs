//! The files of a source, listed for Python as text.

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

use crate::dataset::listing;
use crate::python::interrupts::PyCaller;

/// Lists the files of sources, each a path, a folder or a glob.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn list_files(
    py: Python<'_>,
    sources: Vec<PathBuf>,
    option: &str,
) -> PyResult<Vec<OsString>> {
    let files = PyCaller::run(py, |checkpoint| listing::list(&sources, option, checkpoint))?;
    Ok(files.into_iter().map(PathBuf::into_os_string).collect())
}
