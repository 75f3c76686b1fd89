//! Sources: the files that they stand for, and tables in memory, which hold what other packages handed out.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`capsule`] | what hands out Arrow data |
//! | [`lake`] | the files that a table names |
//! | [`release`] | what lets go of structures of our own |
//! | [`remote`] | objects that Python fetches for the core |
//! | [`stream`] | what hands it out once, without an end that is known |

pub(super) mod capsule;
pub(super) mod lake;
pub(super) mod release;
pub(super) mod remote;
pub(super) mod stream;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::prelude::*;

use self::capsule::Handed;
use self::lake::PyFileOrigin;
use self::remote::PyListedObjects;
use self::stream::Stream;
use crate::account::Account;
use crate::arrow;
use crate::dataset::Origins;
use crate::dataset::constant::hive::Folder;
use crate::dataset::listing::{self, Listing, Part};
use crate::dataset::table::SURVEY_BYTES;
use crate::error::Place;
use crate::python::errors::{detached, raised};
use crate::python::filter::PyFilter;
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

/// A part of a source, as Python has it: a path, a folder or a glob, or a frame.
#[derive(FromPyObject)]
enum PyPart<'py> {
    Frame(PyRef<'py, Frame>),
    Objects(PyRef<'py, PyListedObjects>),
    Lake(Vec<PyRef<'py, PyFileOrigin>>),
    Stream(PyRef<'py, Stream>),
    Path(PathBuf),
}

/// What a source consists of: files, and tables in memory.
#[pyclass(frozen, from_py_object, name = "Origins", module = "onecopy._native")]
#[derive(Clone)]
pub(super) struct PyOrigins(pub(super) Arc<Origins>);

impl PyOrigins {
    /// The same for the core.
    pub(super) fn core(&self) -> Origins {
        Origins::clone(&self.0)
    }
}

#[pymethods]
impl PyOrigins {
    /// Lists the parts of a source. Folders that filters exclude by their keys are not looked into.
    #[new]
    #[pyo3(signature = (parts, option, filters = None))]
    fn new(
        py: Python<'_>,
        parts: Vec<PyPart<'_>>,
        option: &str,
        filters: Option<PyFilter>,
    ) -> PyResult<Self> {
        let parts = parts.iter().map(|part| match part {
            PyPart::Frame(frame) => Part::Frame(Arc::clone(&frame.0)),
            PyPart::Lake(files) => Part::Lake(files.iter().map(|file| file.0.clone()).collect()),
            PyPart::Objects(objects) => Part::Objects(Arc::clone(&objects.0)),
            PyPart::Stream(stream) => Part::Outline(stream.outline()),
            PyPart::Path(path) => Part::Path(path.clone()),
        });
        let parts: Vec<Part> = parts.collect();
        let wanted = filters.map(|filter| move |folders: &[Folder]| filter.0.may_match(folders));
        let origins = PyCaller::run(py, |checkpoint| {
            let listing = Listing {
                option,
                wanted: wanted.as_ref().map(|wanted| wanted as _),
                checkpoint,
            };
            listing::list(&parts, listing)
        })?;
        Ok(Self(Arc::new(origins)))
    }

    /// The paths of those that are files.
    #[getter]
    fn paths(&self) -> Vec<OsString> {
        self.0
            .paths()
            .map(|path| path.as_os_str().to_owned())
            .collect()
    }

    fn __len__(&self) -> usize {
        self.0.all.len()
    }
}
