//! Arrays of NumPy by their type, which is matched once for each array.

use half::f16;
use ndarray::{ArrayView1, ArrayView2};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::kernel::{Number, Real};
use crate::python::errors::{detached, raised};
use crate::python::serve::features::{Features, Recode, clock, nanoseconds};
use crate::python::serve::scalar::{Cell, set};
use crate::run::Serving;
use crate::types::Epoch;

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

/// Sets all columns from those of a two-dimensional array: of numbers, where all features are numbers,
/// or of objects.
pub(super) fn set_array<T: Real>(
    serving: &mut Serving<'_, T>,
    array: &Bound<'_, PyUntypedArray>,
    features: &Features,
) -> PyResult<()> {
    let Ok(objects) = array.cast::<PyArray2<Py<PyAny>>>() else {
        let mut recodes = features.recodes.iter();
        if let Some(column) = recodes.position(|recode| !matches!(recode, Recode::Number)) {
            return Err(refused(array, column, features));
        }
        if let Some(done) = by_type!(array, numbers(serving, array)) {
            return done;
        }
        return Err(refused(array, 0, features));
    };
    let objects = objects.readonly();
    for ((row, column), value) in objects.as_array().indexed_iter() {
        let cell = Cell {
            row,
            column,
            features,
        };
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
    features: &Features,
) -> PyResult<()> {
    let nulls = nulls.map(PyArrayMethods::try_readonly).transpose();
    let nulls = nulls.map_err(|error| PyValueError::new_err(format!("data: {error}")))?;
    let Ok(objects) = array.cast::<PyArray1<Py<PyAny>>>() else {
        let done = match features.recodes[column] {
            Recode::Number => by_type!(array, column_of(serving, column, array, nulls.as_ref())),
            Recode::Clock(epoch) => times_of(serving, column, array, nulls.as_ref(), epoch)?,
            Recode::Texts(_) => None,
        };
        return done.unwrap_or_else(|| Err(refused(array, column, features)));
    };
    let objects = objects.readonly();
    for (row, value) in objects.as_array().iter().enumerate() {
        let cell = Cell {
            row,
            column,
            features,
        };
        let is_null = nulls.as_ref().and_then(|nulls| nulls.get(row).copied());
        if is_null.unwrap_or(false) {
            serving.null(row, column);
        } else {
            set(serving, cell, value.bind(array.py()))?;
        }
    }
    Ok(())
}

/// Sets a column from an array of times; none where it is another array.
fn times_of<T: Real>(
    serving: &mut Serving<'_, T>,
    column: usize,
    array: &Bound<'_, PyUntypedArray>,
    nulls: Option<&PyReadonlyArray1<'_, bool>>,
    epoch: Epoch,
) -> PyResult<Option<PyResult<()>>> {
    let dtype = array.dtype();
    let kind: char = dtype.getattr("kind")?.extract()?;
    let native = dtype.getattr("isnative")?.extract::<bool>()?;
    if !native || !['M', 'm'].contains(&kind) {
        return Ok(None);
    }
    let numpy = array.py().import("numpy")?;
    let (unit, count): (String, i64) = numpy.call_method1("datetime_data", (&dtype,))?.extract()?;
    let Some(tick) = nanoseconds(&unit).filter(|_| count == 1) else {
        return Ok(None);
    };
    let clock = clock(epoch, tick, kind == 'M')?;
    let ticks = array.call_method1("view", ("int64",))?;
    let ticks = ticks.cast::<PyArray1<i64>>()?.try_readonly();
    let ticks = ticks.map_err(|error| PyValueError::new_err(format!("data: {error}")))?;
    let ticks: ArrayView1<'_, i64> = ticks.as_array();
    let nulls = nulls.map(PyReadonlyArray1::as_array);
    let mut set = || serving.times(column, &ticks, nulls.as_ref(), &clock);
    let done = if ticks.len() < MANY {
        set()
    } else {
        detached(array.py(), set)
    };
    Ok(Some(done.map_err(|error| raised(array.py(), error))))
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

/// The error for values that a feature does not have.
fn refused(array: &Bound<'_, PyUntypedArray>, column: usize, features: &Features) -> PyErr {
    let found = array.dtype().to_string();
    features.refused(array.py(), column, &found)
}
