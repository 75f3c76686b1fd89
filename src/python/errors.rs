//! Errors of the core as errors of Python: a class, a message, and the facts as attributes.

use std::any::Any;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::error::{Error, Result};
use crate::sys::codes;
use crate::workers::panic_message;

/// Runs the core detached from the interpreter; a panic becomes an error like any other.
pub(super) fn detached<R: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<R> + Send,
) -> Result<R> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work)))
        .unwrap_or_else(|panic: Box<dyn Any + Send>| Err(Error::Internal(panic_message(&*panic))))
}

/// The Python error of an error.
pub(super) fn raised(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Io { path, source } => os_error(py, &path, &source),
        Error::Argument(message) => PyValueError::new_err(message),
        error => own_error(py, &error).unwrap_or_else(|failure| failure),
    }
}

/// An error of a class of onecopy, with its facts as attributes.
fn own_error(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let facts = PyDict::new(py);
    set_facts(&facts, error)?;
    let place = error.place();
    if place.path != PathBuf::new() {
        facts.set_item("path", place.path.to_string_lossy())?;
    }
    facts.set_item("row_group", place.row_group)?;
    facts.set_item("column", place.column)?;
    let class = py.import("onecopy._errors")?.getattr(class(error))?;
    let raised = class.call1((error.to_string(),))?;
    for (name, fact) in facts {
        raised.setattr(name.cast::<PyString>()?, fact)?;
    }
    Ok(PyErr::from_value(raised))
}

const fn class(error: &Error) -> &'static str {
    match error {
        Error::Corrupt { .. } => "CorruptFileError",
        Error::Unsupported { .. }
        | Error::UnsupportedColumns { .. }
        | Error::UnsupportedValue { .. }
        | Error::UnsupportedKey { .. } => "UnsupportedTypeError",
        Error::ColumnNotFound { .. } => "ColumnNotFoundError",
        Error::Mismatch { .. } => "SchemaMismatchError",
        Error::CastOverflow { .. } => "CastOverflowError",
        Error::MissingTarget { .. } => "MissingTargetError",
        Error::DuplicateKey { .. } => "DuplicateKeyError",
        Error::InputChanged { .. } => "InputChangedError",
        Error::MemoryLimit(_) | Error::Scarce { .. } => "MemoryLimitError",
        Error::Io { .. } | Error::Argument(_) | Error::Interrupted | Error::Internal(_) => {
            "InternalError"
        }
    }
}

/// Sets what an error knows beyond its place.
fn set_facts(facts: &Bound<'_, PyDict>, error: &Error) -> PyResult<()> {
    match error {
        Error::UnsupportedColumns { columns, .. } => {
            set_by_column(facts, "types", columns, |c| (&c.name, &c.type_name))
        }
        Error::UnsupportedKey { column, .. } | Error::UnsupportedValue { column, .. } => {
            let columns = from_ref(column);
            set_by_column(facts, "types", columns, |c| (&c.name, &c.type_name))
        }
        Error::ColumnNotFound {
            columns,
            suggestion,
            ..
        } => {
            facts.set_item("columns", PyTuple::new(facts.py(), columns.iter())?)?;
            facts.set_item("suggestion", suggestion)
        }
        Error::Mismatch {
            difference: Some(found),
            ..
        } => {
            facts.set_item("other", found.other.to_string_lossy())?;
            facts.set_item("expected", PyTuple::new(facts.py(), &found.expected)?)?;
            facts.set_item("found", PyTuple::new(facts.py(), &found.found)?)
        }
        Error::CastOverflow { columns, dtype } => {
            set_by_column(facts, "counts", columns, |c| (&c.column, c.count))?;
            set_by_column(facts, "largest", columns, |c| (&c.column, c.largest))?;
            facts.set_item("dtype", dtype)
        }
        Error::MissingTarget { array, columns, .. } => {
            set_by_column(facts, "nulls", columns, |c| (&c.column, c.nulls))?;
            set_by_column(facts, "nans", columns, |c| (&c.column, c.nans))?;
            facts.set_item("array", array)
        }
        Error::DuplicateKey {
            found: Some(found), ..
        } => {
            facts.set_item("key", &found.key)?;
            facts.set_item("times", found.times)?;
            facts.set_item("keys", found.keys)?;
            facts.set_item("rows", found.rows)
        }
        Error::InputChanged { what, .. } => facts.set_item("change", what),
        Error::MemoryLimit(shortage) => {
            facts.set_item("needed", shortage.needed)?;
            facts.set_item("limit", shortage.limit)
        }
        Error::Scarce { needed, .. } => facts.set_item("needed", needed),
        _ => Ok(()),
    }
}

/// Sets a fact that is a dict from columns to what is known of each.
fn set_by_column<'py, 'a, C, V: IntoPyObject<'py>>(
    facts: &Bound<'py, PyDict>,
    fact: &str,
    columns: &'a [C],
    known: impl Fn(&'a C) -> (&'a String, V),
) -> PyResult<()> {
    let by_column = PyDict::new(facts.py());
    for (column, value) in columns.iter().map(known) {
        by_column.set_item(column, value)?;
    }
    facts.set_item(fact, by_column)
}

fn os_error(py: Python<'_>, path: &Path, error: &std::io::Error) -> PyErr {
    // What fetches over a network is Python, and its errors are raised as they are.
    let own = error.get_ref().and_then(|error| error.downcast_ref());
    if let Some(own) = own.map(|own: &PyErr| own.clone_ref(py)) {
        return own;
    }
    let path = path.as_os_str().to_owned();
    let Some(code) = error.raw_os_error() else {
        let code = match error.kind() {
            std::io::ErrorKind::IsADirectory => codes::IS_FOLDER,
            std::io::ErrorKind::NotFound => codes::NOT_FOUND,
            _ => codes::FAILED,
        };
        return numbered(code, error.to_string(), path);
    };
    let words = if codes::ARE_OF_WINDOWS {
        error.to_string()
    } else {
        py.import("os")
            .and_then(|os| os.call_method1("strerror", (code,))?.extract::<String>())
            .unwrap_or_else(|_| error.to_string())
    };
    let words = match code {
        codes::EXISTS => format!("{words}; pass overwrite=True to replace it"),
        _ => words,
    };
    numbered(code, words, path)
}

/// Python picks `FileNotFoundError` and its kin by the number.
fn numbered(code: i32, words: String, path: OsString) -> PyErr {
    if codes::ARE_OF_WINDOWS {
        // The fourth is the number, from which Python finds the first.
        return PyOSError::new_err((0, words, path, code));
    }
    PyOSError::new_err((code, words, path))
}
