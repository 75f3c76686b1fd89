//! The files of a matrix, as Python asks for them: names, locks, and small files that are whole or
//! absent.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::{Checkpoint, Error, Result};
use crate::output::lock::FolderLock;
use crate::output::{Draft, npy, publish};
use crate::python::interrupts::PyCaller;
use crate::sys::Lock;
use crate::workers::{lock, pause};

/// Keeps sets of files in a folder from being replaced during a `with` block, where the system can.
#[pyclass(frozen, name = "FolderLock", module = "onecopy._native")]
pub(super) struct PyFolderLock {
    folder: PathBuf,
    held: Mutex<Option<FolderLock>>,
}

#[pymethods]
impl PyFolderLock {
    #[new]
    const fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            held: Mutex::new(None),
        }
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        let taken = PyCaller::run(py, |checkpoint| {
            let poll = pausing(checkpoint);
            match FolderLock::take(&self.folder, Lock::Shared, Checkpoint::new(&poll)) {
                // A folder that cannot be opened is an error when a file in it is.
                Err(Error::Io { .. }) => Ok(None),
                taken => taken.map(Some),
            }
        })?;
        *lock(&self.held) = taken;
        Ok(())
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, _raised: &Bound<'_, PyTuple>) {
        drop(lock(&self.held).take());
    }
}

fn pausing(checkpoint: Checkpoint<'_>) -> impl Fn(u64) -> Result<()> {
    move |bytes| {
        pause();
        checkpoint.check_after(bytes)
    }
}

/// The path of another file of the set: `train.npy` has `train.y.npy` and `train.json` beside it.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn beside(matrix: PathBuf, ending: &str) -> OsString {
    npy::beside(&matrix, ending).into_os_string()
}

/// Writes a file that is complete or absent, and replaces one of that name.
#[pyfunction]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn write_whole(py: Python<'_>, path: PathBuf, content: &[u8]) -> PyResult<()> {
    PyCaller::run(py, |checkpoint| {
        let poll = pausing(checkpoint);
        let checkpoint = Checkpoint::new(&poll);
        let draft = Draft::new(&path, content.len() as u64, true, checkpoint)?;
        draft.write_at(content, 0)?;
        publish(vec![draft], true, checkpoint)
    })
}
