//! One object of Python as a number, exactly: floats and integers keep all their bits until the cast.

use pyo3::exceptions::PyOverflowError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

use crate::error::{ColumnType, Error};
use crate::kernel::Real;
use crate::python::errors::raised;
use crate::run::Serving;

/// A value, in the widest type of its kind.
enum Scalar {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
}

/// The cell of a matrix that a value goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) row: usize,
    pub(super) column: usize,
    /// The names of all columns, for messages.
    pub(super) names: &'a [String],
}

/// Sets a cell to the value of an object.
pub(super) fn set<T: Real>(
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
        let name = &cell.names[cell.column];
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
    let column = ColumnType::new(&cell.names[cell.column], name.to_str()?);
    let error = Error::UnsupportedColumns {
        columns: vec![column],
        total: cell.names.len(),
        named: true,
    };
    Err(raised(py, error))
}
