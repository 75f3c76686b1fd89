//! Errors of the core as Python's: one class each, raised with what, where and what to do.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{Error, Place, Result};
use crate::sys::codes;
use crate::workers::panic_message;

/// Runs the core without the interpreter; a panic becomes an error like any other.
pub(super) fn detached<R: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<R> + Send,
) -> Result<R> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work)))
        .unwrap_or_else(|panic: Box<dyn Any + Send>| Err(Error::Internal(panic_message(&*panic))))
}

/// The Python error of an error.
pub(super) fn raised(py: Python<'_>, error: Error) -> PyErr {
    let message = error.to_string();
    let (class, place) = match error {
        Error::Io { path, source } => return os_error(py, &path, &source),
        Error::Argument(message) => return PyValueError::new_err(message),
        Error::Corrupt { place, .. } => ("CorruptFileError", place),
        Error::Unsupported { place, .. } => ("UnsupportedTypeError", place),
        Error::UnsupportedColumns(_) => ("UnsupportedTypeError", Place::default()),
        Error::ColumnNotFound { path, column, .. } => {
            let place = Place {
                path,
                row_group: None,
                column: Some(column),
            };
            ("ColumnNotFoundError", place)
        }
        Error::Mismatch { place, .. } => ("SchemaMismatchError", place),
        Error::CastOverflow { .. } => ("CastOverflowError", Place::default()),
        Error::MissingTarget(_) => ("MissingTargetError", Place::default()),
        Error::DuplicateKey { path, .. } => ("DuplicateKeyError", Place::file(&path)),
        Error::InputChanged { path, .. } => ("InputChangedError", Place::file(&path)),
        Error::MemoryLimit(_) => ("MemoryLimitError", Place::default()),
        Error::Scarce { place, .. } => ("MemoryLimitError", place),
        Error::Interrupted | Error::Internal(_) => ("InternalError", Place::default()),
    };
    let built = || -> PyResult<PyErr> {
        let told = PyDict::new(py);
        if place.path != PathBuf::new() {
            told.set_item("path", place.path.to_string_lossy())?;
        }
        told.set_item("row_group", place.row_group)?;
        told.set_item("column", place.column)?;
        let class = py.import("onecopy._errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&told))?))
    };
    built().unwrap_or_else(|error| error)
}

fn os_error(py: Python<'_>, path: &Path, error: &std::io::Error) -> PyErr {
    let path = path.as_os_str().to_owned();
    let Some(code) = error.raw_os_error() else {
        let code = match error.kind() {
            std::io::ErrorKind::IsADirectory => codes::IS_FOLDER,
            std::io::ErrorKind::NotFound => codes::NOT_FOUND,
            _ => codes::FAILED,
        };
        return PyOSError::new_err((code, error.to_string(), path));
    };
    let words = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (code,))?.extract::<String>())
        .unwrap_or_else(|_| error.to_string());
    let words = match code {
        codes::EXISTS => format!("{words}; pass overwrite=True to replace it"),
        _ => words,
    };
    // Python picks FileNotFoundError and its kin by the number.
    PyOSError::new_err((code, words, path))
}
