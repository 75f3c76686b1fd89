//! Streams: batches of another package that are read once, and whose columns are known before.

use std::path::Path;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::account::Account;
use crate::arrow::FrameStream;
use crate::dataset::Outline;
use crate::dataset::table::SURVEY_BYTES;
use crate::error::Place;
use crate::python::errors::{detached, raised};
use crate::python::source::capsule::Handed;
use crate::workers::lock;

/// Batches of another package that are yet to come.
#[pyclass(frozen, module = "onecopy._native")]
pub(in crate::python) struct Stream {
    outline: Outline,
    batches: Mutex<Option<FrameStream>>,
}

#[pymethods]
impl Stream {
    /// Takes over the stream of an object; `name` is what errors call it.
    #[new]
    fn new(py: Python<'_>, name: &str, source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let handed = Handed::by(source)?;
        let handed =
            handed.map_err(|fault| raised(py, fault.at(Place::memory(Path::new(name)))))?;
        let Handed::Stream(stream) = handed else {
            return Err(PyTypeError::new_err(format!("{name} hands out no stream")));
        };
        let account = Account::new(SURVEY_BYTES);
        let taken = detached(py, || FrameStream::new(name, stream, &account));
        let batches = taken.map_err(|error| raised(py, error))?;
        Ok(Self {
            outline: Outline {
                name: batches.name().to_path_buf(),
                leaves: batches.schema().leaves,
                schema: Arc::clone(batches.schema()),
            },
            batches: Mutex::new(Some(batches)),
        })
    }

    fn __repr__(&self) -> String {
        format!("a stream of {}", self.outline.name.display())
    }
}

impl Stream {
    /// What is known of it before it is read.
    pub(super) fn outline(&self) -> Outline {
        self.outline.clone()
    }

    /// Takes its batches, which can be done once.
    pub(in crate::python) fn take(&self) -> PyResult<FrameStream> {
        lock(&self.batches).take().ok_or_else(|| {
            PyValueError::new_err(format!(
                "{} was read before, and a stream can be read once; make it anew",
                self.outline.name.display()
            ))
        })
    }
}
