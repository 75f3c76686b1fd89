//! Sources: the files that they stand for, and tables in memory, which hold what other packages handed out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::prelude::*;

use crate::account::Account;
use crate::arrow;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Origin, listing};
use crate::error::Place;
use crate::python::capsule::Handed;
use crate::python::errors::{detached, raised};
use crate::python::interrupts::PyCaller;

/// Batches of another package, held where they are.
#[pyclass(frozen, module = "onecopy._native")]
pub(super) struct Frame(pub(super) Arc<arrow::Frame>);

#[pymethods]
impl Frame {
    /// Takes over what an object hands out; `name` is what errors call it.
    #[new]
    fn new(py: Python<'_>, name: &str, source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let handed = Handed::by(source)?;
        let handed = handed.map_err(|fault| {
            let place = Place::memory(Path::new(name));
            raised(py, fault.at(place))
        })?;
        let account = Account::new(SURVEY_BYTES);
        let taken = detached(py, || match handed {
            Handed::Stream(stream) => arrow::Frame::of_stream(name, stream, &account),
            Handed::Batch(schema, batch) => {
                let mut frame = arrow::Frame::new(name, &schema, &account)?;
                frame.add(batch)?;
                Ok(frame)
            }
        });
        let frame = taken.map_err(|error| raised(py, error))?;
        Ok(Self(Arc::new(frame)))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Where the rows of a source come from, as Python has it: a path, or a frame.
#[derive(FromPyObject)]
pub(super) enum PyOrigin<'py> {
    Frame(PyRef<'py, Frame>),
    File(PathBuf),
}

impl PyOrigin<'_> {
    /// The same for the core.
    pub(super) fn all(given: &[Self]) -> Vec<Origin> {
        let origins = given.iter().map(|origin| match origin {
            PyOrigin::Frame(frame) => Origin::Frame(Arc::clone(&frame.0)),
            PyOrigin::File(path) => Origin::File(path.clone()),
        });
        origins.collect()
    }
}

/// Lists the files of sources, each a path, a folder or a glob.
#[pyfunction]
pub(super) fn list_files(
    py: Python<'_>,
    sources: Vec<PathBuf>,
    option: &str,
) -> PyResult<Vec<OsString>> {
    let files = PyCaller::run(py, |checkpoint| listing::list(&sources, option, checkpoint))?;
    Ok(files.into_iter().map(PathBuf::into_os_string).collect())
}
