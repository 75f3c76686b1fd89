//! Words that Python gives for a value of the core, and the error for one that is none of them.

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// The words of an option, and what they mean.
pub(super) type Words<T, const N: usize> = [(&'static str, T); N];

/// The error for a word that an option does not know.
pub(super) fn unknown(option: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("{option}: {found:?} is not one of its values"))
}
