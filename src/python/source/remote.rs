//! Objects that Python fetches for the core: requests out, answers in.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::dataset::constant::hive::Folder;
use crate::dataset::listing::{ListedObjects, matches_address};
use crate::dataset::natural::{Key, parts};
use crate::io::Location;
use crate::io::remote::{Answer, Fetcher, Missed, Object, Request, SeenObject, Session};
use crate::python::filter::PyFilter;
use crate::python::source::lake::{PyFileOrigin, PyLakeFile};
use crate::workers::lock;

/// The objects of a source, which a fetcher of Python reads.
#[pyclass(frozen, name = "Objects", module = "onecopy._native")]
pub(in crate::python) struct PyObjects {
    session: Arc<Session>,
    all: Mutex<Vec<Arc<Object>>>,
}

#[pymethods]
impl PyObjects {
    #[new]
    fn new(fetcher: Py<PyAny>) -> Self {
        Self {
            session: Session::new(Box::new(PyFetcher(fetcher))),
            all: Mutex::default(),
        }
    }

    /// Adds an object by its address, its size and its last bytes, and returns its number.
    fn add(
        &self,
        py: Python<'_>,
        address: PathBuf,
        size: u64,
        end: PyBuffer<u8>,
        is_pinned: bool,
    ) -> PyResult<usize> {
        let seen = SeenObject {
            size,
            end: end.to_vec(py)?,
            is_pinned,
        };
        let object = Object::new(address, seen, &self.session);
        let mut all = lock(&self.all);
        all.push(object);
        Ok(all.len() - 1)
    }

    /// One of them as a file of a table.
    fn lake_file(&self, number: usize, lake: PyLakeFile) -> PyResult<PyFileOrigin> {
        let all = lock(&self.all);
        let object = all.get(number).cloned();
        let unknown = || PyValueError::new_err("there is no object of this number");
        Ok(lake.of(Location::Remote(object.ok_or_else(unknown)?)))
    }

    /// What an address stands for: objects by their numbers, and folders that were not looked into.
    fn listed(
        &self,
        numbers: Vec<usize>,
        named: PathBuf,
        passed: Vec<PathBuf>,
        is_spare: bool,
    ) -> PyListedObjects {
        let all = lock(&self.all);
        let found = numbers
            .iter()
            .filter_map(|number| all.get(*number).cloned());
        PyListedObjects(Arc::new(ListedObjects {
            all: found.collect(),
            named,
            passed,
            is_spare,
        }))
    }
}

/// The objects that an address stands for.
#[pyclass(frozen, name = "ListedObjects", module = "onecopy._native")]
pub(in crate::python) struct PyListedObjects(pub(in crate::python) Arc<ListedObjects>);

/// Takes what comes of a request, and how it ends.
#[pyclass(frozen, name = "Ticket", module = "onecopy._native")]
pub(in crate::python) struct PyTicket {
    open: Mutex<Option<OpenTicket>>,
    /// Bytes that may come.
    most: usize,
}

/// What has come so far, and who waits for it.
struct OpenTicket {
    answer: Answer,
    bytes: Vec<u8>,
}

impl PyTicket {
    fn give(&self, came: Result<(), Missed>, retries: u64) {
        let open = lock(&self.open).take();
        if let Some(OpenTicket { answer, bytes }) = open {
            answer.give(came.map(|()| bytes), retries);
        }
    }
}

#[pymethods]
impl PyTicket {
    /// Takes the next bytes.
    fn take(&self, py: Python<'_>, piece: PyBuffer<u8>) -> PyResult<()> {
        let mut open = lock(&self.open);
        let Some(OpenTicket { bytes, .. }) = open.as_mut() else {
            return Ok(());
        };
        let (known, length) = (bytes.len(), piece.len_bytes());
        if length > self.most - known {
            let what = format!("more than the {} bytes came that were wanted", self.most);
            return Err(PyValueError::new_err(what));
        }
        if known == 0 && length == self.most {
            // The whole body at once, as it mostly is: nothing is cleared before it is copied.
            *bytes = piece.to_vec(py)?;
            return Ok(());
        }
        bytes.reserve_exact(self.most - known);
        bytes.resize(known + length, 0);
        piece.copy_to_slice(py, &mut bytes[known..])
    }

    /// All has come, after so many further attempts.
    fn done(&self, retries: u64) {
        self.give(Ok(()), retries);
    }

    /// The object is no longer what it was.
    fn changed(&self, what: String) {
        self.give(Err(Missed::Changed(what)), 0);
    }

    /// Nothing came, for this reason.
    fn failed(&self, error: Bound<'_, PyAny>, retries: u64) {
        let error = io::Error::other(PyErr::from_value(error));
        self.give(Err(Missed::Failed(error)), retries);
    }
}

/// Has an object of Python fetch.
struct PyFetcher(Py<PyAny>);

impl fmt::Debug for PyFetcher {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("PyFetcher")
    }
}

impl Fetcher for PyFetcher {
    fn fetch(&self, request: Request, answer: Answer) {
        let Request { object, range } = request;
        Python::attach(|py| {
            let bytes = Vec::new();
            let ticket = PyTicket {
                open: Mutex::new(Some(OpenTicket { answer, bytes })),
                most: usize::try_from(range.end - range.start).unwrap_or(usize::MAX),
            };
            // A ticket that is dropped without an answer leaves its part to be asked for again.
            let Ok(ticket) = Py::new(py, ticket) else {
                return;
            };
            let given = (ticket.clone_ref(py), object, range.start, range.end);
            if let Err(error) = self.0.call_method1(py, "fetch", given) {
                let error = io::Error::other(error);
                ticket.get().give(Err(Missed::Failed(error)), 0);
            }
        });
    }

    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough in its lifetime"
    )]
    fn poll(&self) -> io::Result<()> {
        Python::attach(|py| py.check_signals()).map_err(io::Error::other)
    }

    fn cancel(&self) {
        // What cannot be cancelled is dropped when it comes.
        Python::attach(|py| drop(self.0.call_method0(py, "cancel")));
    }
}

/// Which of these keys of objects an address stands for, in natural order: those that match a pattern
/// or are below a folder that does, and of a folder the Parquet files below it.
#[pyfunction]
pub(in crate::python) fn chosen_objects(keys: Vec<String>, pattern: &str) -> Vec<String> {
    let mut keys = keys;
    keys.retain(|key| matches_address(key.as_bytes(), pattern.as_bytes()));
    keys.sort_by_cached_key(|key| Key::new(key.as_bytes()));
    keys
}

/// Texts in natural order.
#[pyfunction]
pub(in crate::python) fn in_natural_order(texts: Vec<String>) -> Vec<String> {
    let mut texts = texts;
    texts.sort_by_cached_key(|text| Key::new(text.as_bytes()));
    texts
}

/// Whether filters can want anything in a folder, of which the source names so much itself.
#[pyfunction]
#[pyo3(signature = (folder, named, filters = None))]
pub(in crate::python) fn wants_folder(
    folder: &str,
    named: &str,
    filters: Option<PyFilter>,
) -> bool {
    let named = parts(named.as_bytes()).names.len();
    let folders = Folder::all(folder.as_bytes(), named);
    filters.is_none_or(|filters| filters.0.may_match(&folders))
}
