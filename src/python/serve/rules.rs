//! The rules of all features of a recipe, made once: what rows of Python become, without a plan.

use std::path::Path;

use half::f16;
use ndarray::ArrayViewMut2;
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadwriteArray2, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::dataset::names::not_found;
use crate::kernel::{Real, Rule};
use crate::plan::rules::rule;
use crate::plan::{Fill, Options, OverflowPolicy};
use crate::python::errors::raised;
use crate::python::options::Given;
use crate::python::serve::features::Features;
use crate::python::serve::scalar::{Cell, set};
use crate::python::serve::typed::{set_array, set_column};
use crate::run::Serving;
use crate::types::Dtype;

/// The rules of a dtype.
enum TypedRules {
    F16(Vec<Rule<f16>>),
    F32(Vec<Rule<f32>>),
    F64(Vec<Rule<f64>>),
}

/// The features and their rules.
#[pyclass(frozen, name = "Rules", module = "onecopy._native")]
pub(in crate::python) struct PyRules {
    features: Features,
    /// Their names, as keys of dicts.
    keys: Vec<Py<PyString>>,
    rules: TypedRules,
    overflow: OverflowPolicy,
}

/// A column of values, and where it has none.
#[derive(FromPyObject)]
struct Column<'py>(
    Bound<'py, PyUntypedArray>,
    Option<Bound<'py, PyArray1<bool>>>,
);

/// Runs a block with the `Serving` of an array, and refuses what does not fit.
macro_rules! serve {
    ($self:ident, $out:ident, $serving:ident => $block:block) => {
        match &$self.rules {
            TypedRules::F16(rules) => serve!(f16, rules, $self, $out, $serving, $block),
            TypedRules::F32(rules) => serve!(f32, rules, $self, $out, $serving, $block),
            TypedRules::F64(rules) => serve!(f64, rules, $self, $out, $serving, $block),
        }
    };
    ($type:ty, $rules:ident, $self:ident, $out:ident, $serving:ident, $block:block) => {{
        let mut array = writeable::<$type>($out)?;
        let mut $serving = begin(array.as_array_mut(), $rules, $out.py())?;
        $block
        let done = $serving.finish(&$self.features.names, $self.overflow);
        done.map_err(|error| raised($out.py(), error))
    }};
}

#[pymethods]
impl PyRules {
    /// The rules of a recipe, whose attributes are read by their names; `ticks` tells what a time of
    /// Python is.
    #[new]
    fn new(recipe: &Bound<'_, PyAny>, ticks: Py<PyAny>) -> PyResult<Self> {
        let py = recipe.py();
        let given = Given(recipe);
        let names: Vec<String> = given.option("feature_names")?;
        let options = given.rule_options()?;
        let fills = recipe.getattr("fill")?;
        let fills = fills.cast::<PyDict>()?;
        let mut values = Vec::with_capacity(names.len());
        for name in &names {
            let fill = fills.get_item(name)?;
            let fill: Option<f64> = fill.map(|fill| fill.extract()).transpose()?.flatten();
            values.push(fill.map_or(Fill::Nothing, Fill::Value));
        }
        Ok(Self {
            keys: names
                .iter()
                .map(|name| PyString::intern(py, name).unbind())
                .collect(),
            rules: match options.dtype {
                Dtype::F16 => TypedRules::F16(rules(&options, &values)),
                Dtype::F32 => TypedRules::F32(rules(&options, &values)),
                _ => TypedRules::F64(rules(&options, &values)),
            },
            overflow: options.overflow,
            features: Features::new(recipe, names, ticks)?,
        })
    }

    /// Fills the rows of `out` from dicts; a name that a dict lacks is null if it may.
    fn dicts(
        &self,
        rows: Vec<Bound<'_, PyDict>>,
        out: &Bound<'_, PyAny>,
        may_lack: bool,
    ) -> PyResult<()> {
        serve!(self, out, serving => {
            for (row, values) in rows.iter().enumerate() {
                self.dict(&mut serving, row, values, may_lack)?;
            }
        })
    }

    /// Fills `out` from a two-dimensional array, whose columns are the features in order.
    fn array(&self, values: &Bound<'_, PyUntypedArray>, out: &Bound<'_, PyAny>) -> PyResult<()> {
        serve!(self, out, serving => {
            set_array(&mut serving, values, &self.features)?;
        })
    }

    /// Fills `out` from columns, one for each feature in order; `None` for one that is null.
    fn columns(&self, columns: Vec<Option<Column<'_>>>, out: &Bound<'_, PyAny>) -> PyResult<()> {
        if columns.len() != self.features.names.len() {
            return Err(PyTypeError::new_err(
                "one column for each feature is expected",
            ));
        }
        serve!(self, out, serving => {
            for (at, column) in columns.iter().enumerate() {
                match column {
                    None => serving.nulls(at),
                    Some(Column(values, nulls)) => {
                        let nulls = nulls.as_ref();
                        set_column(&mut serving, at, values, nulls, &self.features)?;
                    }
                }
            }
        })
    }

    /// The error for a feature that is not among `columns`.
    #[staticmethod]
    fn absent(py: Python<'_>, name: &str, columns: Vec<String>) -> PyErr {
        raised(py, not_found(Path::new(""), name, columns, None))
    }
}

impl PyRules {
    fn dict<T: Real>(
        &self,
        serving: &mut Serving<'_, T>,
        row: usize,
        values: &Bound<'_, PyDict>,
        may_lack: bool,
    ) -> PyResult<()> {
        let py = values.py();
        let features = &self.features;
        for (column, key) in self.keys.iter().enumerate() {
            match values.get_item(key.bind(py))? {
                Some(value) => {
                    let cell = Cell {
                        row,
                        column,
                        features,
                    };
                    set(serving, cell, &value)?;
                }
                None if may_lack => serving.null(row, column),
                None => {
                    let found = values.keys().iter();
                    let found = found.filter_map(|key| key.extract().ok()).collect();
                    return Err(Self::absent(py, &features.names[column], found));
                }
            }
        }
        Ok(())
    }
}

fn rules<T: Real>(options: &Options, fills: &[Fill]) -> Vec<Rule<T>> {
    fills.iter().map(|fill| rule(options, *fill)).collect()
}

fn begin<'a, T: Real>(
    out: ArrayViewMut2<'a, T>,
    rules: &'a [Rule<T>],
    py: Python<'_>,
) -> PyResult<Serving<'a, T>> {
    Serving::new(out, rules).map_err(|error| raised(py, error))
}

/// Borrows an array for writing.
fn writeable<'py, T: Element>(out: &Bound<'py, PyAny>) -> PyResult<PyReadwriteArray2<'py, T>> {
    let array = out.cast::<PyArray2<T>>()?;
    let borrowed = array.try_readwrite();
    borrowed.map_err(|error| {
        let shape = array.shape();
        PyValueError::new_err(format!(
            "out: expected a writeable array that shares no memory with the data, found one of \
             shape {shape:?} ({error})"
        ))
    })
}
