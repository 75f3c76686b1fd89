//! Arrays of NumPy by their type, which is matched once for each array.

use half::f16;
use ndarray::{ArrayView1, ArrayView2};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::{ColumnType, Error};
use crate::kernel::{Number, Real};
use crate::python::errors::{detached, raised};
use crate::python::serve::scalar::{Cell, set};
use crate::run::Serving;

/// Values from which other threads of Python may run meanwhile.
const MANY: usize = 1 << 14;

/// Calls a function with the type of the values of an array; what is no number is `None`.
macro_rules! by_type {
    ($array:expr, $call:ident($($argument:expr),*)) => {{
        let dtype = $array.dtype();
        let kind: char = dtype.getattr("kind")?.extract()?;
        let native = dtype.getattr("isnative")?.extract::<bool>()?;
        let bytes: usize = dtype.getattr("itemsize")?.extract()?;
        match (kind, bytes) {
            _ if !native => None,
            ('f', 8) => Some($call::<f64, _>($($argument),*)),
            ('f', 4) => Some($call::<f32, _>($($argument),*)),
            ('f', 2) => Some($call::<f16, _>($($argument),*)),
            ('i', 8) => Some($call::<i64, _>($($argument),*)),
            ('i', 4) => Some($call::<i32, _>($($argument),*)),
            ('i', 2) => Some($call::<i16, _>($($argument),*)),
            ('i', 1) => Some($call::<i8, _>($($argument),*)),
            ('u', 8) => Some($call::<u64, _>($($argument),*)),
            ('u', 4) => Some($call::<u32, _>($($argument),*)),
            ('u', 2) => Some($call::<u16, _>($($argument),*)),
            ('u', 1) => Some($call::<u8, _>($($argument),*)),
            ('b', 1) => Some($call::<bool, _>($($argument),*)),
            _ => None,
        }
    }};
}

/// Sets all columns from those of a two-dimensional array.
pub(super) fn set_array<T: Real>(
    serving: &mut Serving<'_, T>,
    array: &Bound<'_, PyUntypedArray>,
    names: &[String],
) -> PyResult<()> {
    if let Some(done) = by_type!(array, numbers(serving, array)) {
        return done;
    }
    let Ok(objects) = array.cast::<PyArray2<Py<PyAny>>>() else {
        let columns = names.iter().take(1);
        return Err(refused(array, columns.cloned().collect(), names.len()));
    };
    let objects = objects.readonly();
    for ((row, column), value) in objects.as_array().indexed_iter() {
        let cell = Cell { row, column, names };
        set(serving, cell, value.bind(array.py()))?;
    }
    Ok(())
}

/// Sets a column from an array, and its nulls where another array says so.
pub(super) fn set_column<T: Real>(
    serving: &mut Serving<'_, T>,
    column: usize,
    array: &Bound<'_, PyUntypedArray>,
    nulls: Option<&Bound<'_, PyArray1<bool>>>,
    names: &[String],
) -> PyResult<()> {
    let nulls = nulls.map(PyArrayMethods::try_readonly).transpose();
    let nulls = nulls.map_err(|error| PyValueError::new_err(format!("data: {error}")))?;
    if let Some(done) = by_type!(array, column_of(serving, column, array, nulls.as_ref())) {
        return done;
    }
    let Ok(objects) = array.cast::<PyArray1<Py<PyAny>>>() else {
        return Err(refused(array, vec![names[column].clone()], names.len()));
    };
    let objects = objects.readonly();
    for (row, value) in objects.as_array().iter().enumerate() {
        let cell = Cell { row, column, names };
        let is_null = nulls.as_ref().and_then(|nulls| nulls.get(row).copied());
        if is_null.unwrap_or(false) {
            serving.null(row, column);
        } else {
            set(serving, cell, value.bind(array.py()))?;
        }
    }
    Ok(())
}

fn numbers<S: Number + Element, T: Real>(
    serving: &mut Serving<'_, T>,
    array: &Bound<'_, PyUntypedArray>,
) -> PyResult<()> {
    let typed = array.cast::<PyArray2<S>>()?;
    let values = typed.try_readonly();
    let values = values.map_err(|error| PyValueError::new_err(format!("data: {error}")))?;
    let values: ArrayView2<'_, S> = values.as_array();
    let done = if values.len() < MANY {
        serving.array(&values)
    } else {
        detached(array.py(), || serving.array(&values))
    };
    done.map_err(|error| raised(array.py(), error))
}

fn column_of<S: Number + Element, T: Real>(
    serving: &mut Serving<'_, T>,
    column: usize,
    array: &Bound<'_, PyUntypedArray>,
    nulls: Option<&PyReadonlyArray1<'_, bool>>,
) -> PyResult<()> {
    let typed = array.cast::<PyArray1<S>>()?;
    let values = typed.try_readonly();
    let values = values.map_err(|error| PyValueError::new_err(format!("data: {error}")))?;
    let values: ArrayView1<'_, S> = values.as_array();
    let nulls = nulls.map(PyReadonlyArray1::as_array);
    let done = if values.len() < MANY {
        serving.column(column, &values, nulls.as_ref())
    } else {
        detached(array.py(), || {
            serving.column(column, &values, nulls.as_ref())
        })
    };
    done.map_err(|error| raised(array.py(), error))
}

/// The error for values that are no numbers.
fn refused(array: &Bound<'_, PyUntypedArray>, columns: Vec<String>, total: usize) -> PyErr {
    let kind = array.dtype().to_string();
    let columns = columns.into_iter();
    let error = Error::UnsupportedColumns {
        columns: columns.map(|name| ColumnType::new(name, &kind)).collect(),
        total,
        named: true,
    };
    raised(array.py(), error)
}
