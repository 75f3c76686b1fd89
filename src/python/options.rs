//! The arguments of a load, taken apart into options of the core.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::key::Duplicates;
use crate::plan::{
    ColumnChoice, Fill, Inf, Join, MissingColumns, Options, Output, OverflowPolicy, Plan, Target,
};
use crate::python::errors::detached;
use crate::python::interrupts::PyCaller;
use crate::python::plan::PyPlan;
use crate::types::{Dtype, Order};

/// What fills missing values: "median", "mean", a number or None.
pub(super) struct PyFill(Fill);

impl FromPyObject<'_, '_> for PyFill {
    type Error = PyErr;

    fn extract(fill: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if fill.is_none() {
            return Ok(Self(Fill::Nothing));
        }
        if let Ok(value) = fill.extract::<f64>() {
            return Ok(Self(Fill::Value(value)));
        }
        match fill.extract::<String>()?.as_str() {
            "median" => Ok(Self(Fill::Median)),
            "mean" => Ok(Self(Fill::Mean)),
            other => Err(unknown("fill", other)),
        }
    }
}

/// One column name alone, or several.
#[derive(FromPyObject)]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
}

fn unknown(option: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("{option}: {found:?} is not one of its values"))
}

fn choice<T: Copy>(option: &str, found: &str, values: &[(&str, T)]) -> PyResult<T> {
    let value = values.iter().find(|(name, _)| *name == found);
    value
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown(option, found))
}

/// Reads the footers and decides everything.
#[pyfunction]
#[pyo3(signature = (paths, *, columns, exclude, target, weight, group, tables, on, duplicates,
    prefix, dtype, order, inf, target_missing, fill, fill_columns, overflow, missing_columns, memory_limit, output, threads))]
#[expect(clippy::too_many_lines, reason = "a flat list of options")]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each option of the public call"
)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
pub(super) fn plan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    columns: Option<Names>,
    exclude: Vec<String>,
    target: Option<Names>,
    weight: Option<String>,
    group: Option<String>,
    tables: Option<Vec<PathBuf>>,
    on: Vec<String>,
    duplicates: &str,
    prefix: Option<String>,
    dtype: &str,
    order: &str,
    inf: &str,
    target_missing: &str,
    fill: PyFill,
    fill_columns: &Bound<'_, PyDict>,
    overflow: &str,
    missing_columns: &str,
    memory_limit: Option<usize>,
    output: &str,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyPlan> {
    let duplicates = choice(
        "duplicates",
        duplicates,
        &[
            ("raise", Duplicates::Raise),
            ("first", Duplicates::First),
            ("last", Duplicates::Last),
        ],
    )?;
    let options = Options {
        columns: match columns {
            None => ColumnChoice::All,
            Some(Names::One(_)) => ColumnChoice::Numeric,
            Some(Names::Several(names)) => ColumnChoice::Named(names),
        },
        exclude,
        target: target.map(|target| match target {
            Names::One(name) => Target {
                names: vec![name],
                flat: true,
            },
            Names::Several(names) => Target { names, flat: false },
        }),
        weight,
        group,
        join: tables.map(|tables| Join {
            tables,
            on,
            duplicates,
            prefix,
        }),
        dtype: Dtype::named(dtype).ok_or_else(|| unknown("dtype", dtype))?,
        order: choice("order", order, &[("C", Order::C), ("F", Order::F)])?,
        inf: choice(
            "inf",
            inf,
            &[("missing", Inf::Missing), ("keep", Inf::Keep)],
        )?,
        keep_missing_targets: choice(
            "target_missing",
            target_missing,
            &[("raise", false), ("keep", true)],
        )?,
        fill: fill.0,
        fill_columns: fill_columns
            .iter()
            .map(|(name, fill)| Ok((name.extract()?, fill.extract::<PyFill>()?.0)))
            .collect::<PyResult<_>>()?,
        overflow: choice(
            "overflow",
            overflow,
            &[
                ("raise", OverflowPolicy::Raise),
                ("missing", OverflowPolicy::Missing),
                ("clip", OverflowPolicy::Clip),
            ],
        )?,
        missing_columns: choice(
            "missing_columns",
            missing_columns,
            &[
                ("raise", MissingColumns::Raise),
                ("missing", MissingColumns::Missing),
            ],
        )?,
        memory_limit,
        output: choice(
            "output",
            output,
            &[
                ("memory", Output::Memory),
                ("array", Output::Array),
                ("file", Output::File),
            ],
        )?,
        // More threads than fit a number are as many as there are.
        threads: threads.map(|threads| threads.extract().unwrap_or(usize::MAX)),
    };
    let mut caller = PyCaller::new(None);
    let plan = detached(py, || {
        Plan::watched(&paths, options, &mut caller.now_and_then())
    });
    plan.map(PyPlan).map_err(|error| caller.reason(py, error))
}
