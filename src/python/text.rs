//! Texts as objects of Python: `str`, `bytes`, or `None` for a null.

use std::collections::HashMap;

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::run::TextArray;

/// Texts that are remembered, so that equal ones are one object.
const MOST_REMEMBERED: usize = 1 << 14;
/// Rows between two looks at signals.
const CHECKPOINT_ROWS: usize = 1 << 16;

/// An array of the texts of all rows.
pub(super) fn text_objects<'py>(
    py: Python<'py>,
    texts: &TextArray,
) -> PyResult<Bound<'py, PyArray1<Py<PyAny>>>> {
    let mut objects: Vec<Py<PyAny>> = Vec::new();
    let reserved = objects.try_reserve_exact(texts.rows());
    reserved.map_err(|error| PyMemoryError::new_err(error.to_string()))?;
    let mut known: HashMap<&[u8], Py<PyAny>> = HashMap::new();
    for row in 0..texts.rows() {
        if row % CHECKPOINT_ROWS == 0 {
            py.check_signals()?;
        }
        let Some(text) = texts.get(row) else {
            objects.push(py.None());
            continue;
        };
        if let Some(object) = known.get(text) {
            objects.push(object.clone_ref(py));
            continue;
        }
        let object = if texts.is_text() {
            PyString::from_bytes(py, text)?.into_any().unbind()
        } else {
            PyBytes::new(py, text).into_any().unbind()
        };
        if known.len() < MOST_REMEMBERED {
            known.insert(text, object.clone_ref(py));
        }
        objects.push(object);
    }
    Ok(objects.into_pyarray(py))
}
