//! Fills that are found while rows are shown, window by window.

use half::f16;
use ndarray::ArrayViewMut2;
use numpy::{Element, PyArray2, PyArrayMethods, PyReadwriteArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::Result;
use crate::fit::gaps::FillKind;
use crate::fit::gradual::GradualFit;
use crate::kernel::Real;
use crate::python::errors::{detached, raised};
use crate::types::Dtype;

/// A fit of a dtype.
enum TypedFit {
    F16(GradualFit<f16>),
    F32(GradualFit<f32>),
    F64(GradualFit<f64>),
}

/// The fills of all columns, while rows are shown.
#[pyclass(name = "Fit", module = "onecopy._native")]
pub(in crate::python) struct PyFit(TypedFit);

/// Does the same with the fit of each dtype.
macro_rules! with_fit {
    ($self:ident, $fit:ident => $body:expr) => {
        match $self.0 {
            TypedFit::F16(ref mut $fit) => $body,
            TypedFit::F32(ref mut $fit) => $body,
            TypedFit::F64(ref mut $fit) => $body,
        }
    };
}

#[pymethods]
impl PyFit {
    /// For columns of `rows` rows, each to be filled with "median" or "mean", or with nothing.
    #[new]
    fn new(dtype: &str, kinds: Vec<Option<String>>, rows: usize) -> PyResult<Self> {
        let kinds = kinds.into_iter().map(|kind| match kind.as_deref() {
            None => Ok(None),
            Some("median") => Ok(Some(FillKind::Median)),
            Some("mean") => Ok(Some(FillKind::Mean)),
            Some(other) => Err(PyValueError::new_err(format!("unknown fill {other:?}"))),
        });
        let kinds: Vec<Option<FillKind>> = kinds.collect::<PyResult<_>>()?;
        let fit = match Dtype::named(dtype) {
            Some(Dtype::F16) => TypedFit::F16(GradualFit::new(kinds, rows)),
            Some(Dtype::F32) => TypedFit::F32(GradualFit::new(kinds, rows)),
            _ => TypedFit::F64(GradualFit::new(kinds, rows)),
        };
        Ok(Self(fit))
    }

    /// Shows the next rows, column by column in memory; their missing values are NaN. In a second
    /// look, `again`, only those of the unknown columns.
    fn show(&mut self, rows: &Bound<'_, PyAny>, again: bool) -> PyResult<()> {
        let py = rows.py();
        let shown = match &mut self.0 {
            TypedFit::F16(fit) => shown(py, fit, borrow::<f16>(rows)?.as_array_mut(), again),
            TypedFit::F32(fit) => shown(py, fit, borrow::<f32>(rows)?.as_array_mut(), again),
            TypedFit::F64(fit) => shown(py, fit, borrow::<f64>(rows)?.as_array_mut(), again),
        };
        shown.map_err(|error| raised(py, error))
    }

    /// Ends a look at all rows.
    fn finish(&mut self, again: bool) {
        with_fit!(self, fit => if again { fit.finish_again() } else { fit.finish() });
    }

    /// The columns that have to be shown once more.
    fn unknown(&mut self) -> Vec<usize> {
        with_fit!(self, fit => fit.unknown())
    }

    /// The fill of each column, if it has one, and whether all its values are missing.
    fn fills(&mut self) -> Vec<(Option<f64>, bool)> {
        with_fit!(self, fit => {
            let fills = fit.fills().into_iter();
            fills.map(|fill| (fill.value.map(Real::to_f64), fill.is_empty)).collect()
        })
    }
}

fn shown<T: Real>(
    py: Python<'_>,
    fit: &mut GradualFit<T>,
    rows: ArrayViewMut2<'_, T>,
    again: bool,
) -> Result<()> {
    detached(py, || {
        if again {
            fit.show_again(&rows);
        } else {
            fit.show(rows);
        }
        Ok(())
    })
}

fn borrow<'py, T: Element>(rows: &Bound<'py, PyAny>) -> PyResult<PyReadwriteArray2<'py, T>> {
    let borrowed = rows.cast::<PyArray2<T>>()?.try_readwrite();
    borrowed.map_err(|error| PyValueError::new_err(format!("rows: {error}")))
}
