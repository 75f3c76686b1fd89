//! One object of Python as a number, exactly: floats and integers keep all their bits until the cast,
//! times are counted in whole ticks, and texts are looked up by their bytes.

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};

use crate::kernel::Real;
use crate::python::serve::features::{Features, Recode, clock};
use crate::run::Serving;
use crate::texts::Texts;
use crate::types::Epoch;

/// A value, in the widest type of its kind.
enum Scalar {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

/// The cell of a matrix that a value goes to.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) features: &'a Features,
}

impl Cell<'_> {
    /// The error for what its feature does not have.
    fn refused(self, value: &Bound<'_, PyAny>) -> PyErr {
        match value.get_type().name() {
            Ok(found) => {
                let found = found.to_string_lossy();
                self.features.refused(value.py(), self.column, &found)
            }
            Err(error) => error,
        }
    }
}

/// Sets a cell to the value of an object.
#[inline]
pub(super) fn set<T: Real>(
    serving: &mut Serving<'_, T>,
    cell: Cell<'_>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    match &cell.features.recodes[cell.column] {
        Recode::Number => set_number(serving, cell, value),
        Recode::Clock(epoch) => set_time(serving, cell, value, *epoch),
        Recode::Texts(texts) => set_text(serving, cell, value, texts),
    }
}

fn set_number<T: Real>(
    serving: &mut Serving<'_, T>,
    cell: Cell<'_>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let Cell { row, column, .. } = cell;
    match scalar(value, cell)? {
        Scalar::Null => serving.null(row, column),
        Scalar::Bool(value) => serving.value(row, column, value),
        Scalar::Signed(value) => serving.value(row, column, value),
        Scalar::Unsigned(value) => serving.value(row, column, value),
        Scalar::Float(value) => serving.value(row, column, value),
    }
    Ok(())
}

fn set_time<T: Real>(
    serving: &mut Serving<'_, T>,
    cell: Cell<'_>,
    value: &Bound<'_, PyAny>,
    epoch: Epoch,
) -> PyResult<()> {
    let Cell { row, column, .. } = cell;
    if is_missing(value)? {
        serving.null(row, column);
        return Ok(());
    }
    let ticks = cell.features.ticks(value).map_err(|error| {
        if error.is_instance_of::<PyTypeError>(value.py()) {
            cell.refused(value)
        } else {
            error
        }
    })?;
    match ticks {
        None => serving.null(row, column),
        Some(ticks) => {
            let clock = clock(epoch, ticks.tick, ticks.is_instant)?;
            serving.time(row, column, ticks.count, &clock);
        }
    }
    Ok(())
}

fn set_text<T: Real>(
    serving: &mut Serving<'_, T>,
    cell: Cell<'_>,
    value: &Bound<'_, PyAny>,
    texts: &Texts,
) -> PyResult<()> {
    let Cell { row, column, .. } = cell;
    if let Ok(text) = value.cast::<PyString>() {
        serving.text(row, column, text.to_cow()?.as_bytes(), texts);
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        serving.text(row, column, bytes.as_bytes(), texts);
    } else if is_missing(value)? {
        serving.null(row, column);
    } else {
        return Err(cell.refused(value));
    }
    Ok(())
}

/// Whether an object stands for no value, where values are not numbers: pandas has NaN there, too.
fn is_missing(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_none() {
        return Ok(true);
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(float.value().is_nan());
    }
    let class = value.get_type().name()?;
    Ok(["NAType", "NaTType"].contains(&class.to_str()?))
}

fn scalar(value: &Bound<'_, PyAny>, cell: Cell<'_>) -> PyResult<Scalar> {
    if value.is_none() {
        return Ok(Scalar::Null);
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(Scalar::Float(float.value()));
    }
    if let Ok(bool) = value.cast::<PyBool>() {
        return Ok(Scalar::Bool(bool.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return integer(value, cell);
    }
    other(value, cell)
}

/// An integer; one of more than 64 bits is the nearest float64.
fn integer(value: &Bound<'_, PyAny>, cell: Cell<'_>) -> PyResult<Scalar> {
    if let Ok(signed) = value.extract::<i64>() {
        return Ok(Scalar::Signed(signed));
    }
    if let Ok(unsigned) = value.extract::<u64>() {
        return Ok(Scalar::Unsigned(unsigned));
    }
    let float = value.extract::<f64>();
    float.map(Scalar::Float).map_err(|_| {
        let name = &cell.features.names[cell.column];
        PyOverflowError::new_err(format!(
            "data: the value of `{name}` is larger than any float64; leave it out, or scale it"
        ))
    })
}

/// A scalar of NumPy, a decimal, or what pandas has for a missing value.
fn other(value: &Bound<'_, PyAny>, cell: Cell<'_>) -> PyResult<Scalar> {
    let py = value.py();
    let class = value.get_type();
    let name = class.name()?;
    match name.to_str()? {
        "NAType" | "NaTType" => return Ok(Scalar::Null),
        "Decimal" => return Ok(Scalar::Float(value.extract()?)),
        _ => {}
    }
    if let Ok(dtype) = value.getattr(intern!(py, "dtype")) {
        let is_scalar = value
            .getattr(intern!(py, "ndim"))
            .and_then(|ndim| ndim.extract::<usize>())
            .is_ok_and(|ndim| ndim == 0);
        let kind = dtype.getattr(intern!(py, "kind"));
        let kind: String = kind.and_then(|kind| kind.extract()).unwrap_or_default();
        if is_scalar && ["b", "i", "u", "f"].contains(&kind.as_str()) {
            let item = value.call_method0(intern!(py, "item"))?;
            let known = [
                item.is_instance_of::<PyFloat>(),
                item.is_instance_of::<PyInt>(),
            ];
            if known.contains(&true) {
                return scalar(&item, cell);
            }
        }
    }
    Err(cell.refused(value))
}
