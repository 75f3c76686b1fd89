//! The checked options of Python as the core's own: each attribute is read once, by its name.

use numpy::PyUntypedArray;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::key::Duplicates;
use crate::plan::{
    Categories, ColumnChoice, Fill, Inf, Join, KnownTexts, MissingColumns, MissingTargets, Options,
    Output, OverflowPolicy, Target, WindowSize,
};
use crate::python::source::PyOrigins;
use crate::python::words::{Words, unknown};
use crate::types::{Dtype, Epoch, Order, Unit};

pub(super) const ORDERS: Words<Order, 2> = [("C", Order::C), ("F", Order::F)];
const INFS: Words<Inf, 2> = [("missing", Inf::Missing), ("keep", Inf::Keep)];
const MISSING_TARGETS: Words<MissingTargets, 3> = [
    ("raise", MissingTargets::Raise),
    ("keep", MissingTargets::Keep),
    ("drop", MissingTargets::Drop),
];
const DUPLICATES: Words<Duplicates, 3> = [
    ("raise", Duplicates::Raise),
    ("first", Duplicates::First),
    ("last", Duplicates::Last),
];
const OVERFLOWS: Words<OverflowPolicy, 3> = [
    ("raise", OverflowPolicy::Raise),
    ("missing", OverflowPolicy::Missing),
    ("clip", OverflowPolicy::Clip),
];
const MISSING_COLUMNS: Words<MissingColumns, 2> = [
    ("raise", MissingColumns::Raise),
    ("missing", MissingColumns::Missing),
];

/// An object whose attributes are options.
pub(super) struct Given<'a, 'py>(pub(super) &'a Bound<'py, PyAny>);

impl<'py> Given<'_, 'py> {
    pub(super) fn options(&self) -> PyResult<Options> {
        Ok(Options {
            columns: self.columns()?,
            widths: self.option("widths")?,
            exclude: self.option("exclude")?,
            target: self.option::<Option<Names>>("target")?.map(Names::target),
            weight: self.option("weight")?,
            group: self.option("group")?,
            passthrough: self.option("passthrough")?,
            join: self.join()?,
            dtype: self.dtype()?,
            order: self.choice("order", &ORDERS)?,
            inf: self.choice("inf", &INFS)?,
            missing_targets: self.choice("target_missing", &MISSING_TARGETS)?,
            rows: Given(&self.0.getattr("rows")?).row_request()?,
            fill: self.option::<PyFill>("fill")?.0,
            fill_columns: self.fill_columns()?,
            overflow: self.choice("overflow", &OVERFLOWS)?,
            datetimes: self
                .option::<Option<PyEpoch>>("datetimes")?
                .map(|epoch| epoch.0),
            datetime_columns: self.datetime_columns()?,
            categories: self.categories()?,
            known_texts: self.known_texts()?,
            known_classes: self.option("known_classes")?,
            known_groups: self.option("known_groups")?,
            missing_columns: self.choice("missing_columns", &MISSING_COLUMNS)?,
            memory_limit: self.option("memory_limit")?,
            output: self.output()?,
            threads: self.threads()?,
            window: self.window()?,
        })
    }

    /// What rules are made of: the options of a recipe about values.
    pub(super) fn rule_options(&self) -> PyResult<Options> {
        Ok(Options {
            dtype: self.dtype()?,
            inf: self.choice("inf", &INFS)?,
            overflow: self.choice("overflow", &OVERFLOWS)?,
            ..Options::default()
        })
    }

    pub(super) fn option<T: for<'a> FromPyObject<'a, 'py, Error: Into<PyErr>>>(
        &self,
        name: &str,
    ) -> PyResult<T> {
        self.0.getattr(name)?.extract().map_err(Into::into)
    }

    pub(super) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> PyResult<T> {
        let found: String = self.option(name)?;
        let known = words.iter().find(|(word, _)| *word == found);
        known
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| unknown(name, &found))
    }

    fn columns(&self) -> PyResult<ColumnChoice> {
        match self.option("columns")? {
            None => Ok(ColumnChoice::All),
            Some(Names::Several(names)) => Ok(ColumnChoice::Named(names)),
            Some(Names::One(word)) if word == "numeric" => Ok(ColumnChoice::Numeric),
            Some(Names::One(other)) => Err(unknown("columns", &other)),
        }
    }

    fn join(&self) -> PyResult<Option<Join>> {
        let rules = self.0.getattr("join")?;
        if rules.is_none() {
            return Ok(None);
        }
        let rules = Given(&rules);
        Ok(Some(Join {
            tables: self.option::<PyOrigins>("tables")?.core(),
            on: rules.option("on")?,
            duplicates: rules.choice("duplicates", &DUPLICATES)?,
            prefix: rules.option("prefix")?,
        }))
    }

    fn window(&self) -> PyResult<Option<WindowSize>> {
        let window = self.0.getattr("window")?;
        if window.is_none() {
            return Ok(None);
        }
        let size = Given(&window);
        Ok(Some(match size.option("shares")? {
            Some(shares) => WindowSize::Share(shares),
            None => WindowSize::Rows {
                rows: size.option("rows")?,
                bytes: size.option("bytes")?,
            },
        }))
    }

    fn dtype(&self) -> PyResult<Dtype> {
        let name: String = self.option("dtype")?;
        Dtype::named(&name).ok_or_else(|| unknown("dtype", &name))
    }

    fn fill_columns(&self) -> PyResult<Vec<(String, Fill)>> {
        let fills = self.0.getattr("fill_columns")?;
        let fills = fills.cast::<PyDict>()?.iter();
        fills
            .map(|(name, fill)| Ok((name.extract()?, fill.extract::<PyFill>()?.0)))
            .collect()
    }

    fn datetime_columns(&self) -> PyResult<Vec<(String, Option<Epoch>)>> {
        let epochs = self.0.getattr("datetime_columns")?;
        let epochs = epochs.cast::<PyDict>()?.iter();
        epochs
            .map(|(name, epoch)| {
                let epoch: Option<PyEpoch> = epoch.extract()?;
                Ok((name.extract()?, epoch.map(|epoch| epoch.0)))
            })
            .collect()
    }

    fn categories(&self) -> PyResult<Categories> {
        match self.option("categories")? {
            Names::Several(names) => Ok(Categories::Named(names)),
            Names::One(word) if word == "codes" => Ok(Categories::Codes),
            Names::One(word) if word == "raise" => Ok(Categories::Raise),
            Names::One(other) => Err(unknown("categories", &other)),
        }
    }

    fn known_texts(&self) -> PyResult<Vec<KnownTexts>> {
        let known: Vec<(String, Vec<Vec<u8>>)> = self.option("known_texts")?;
        let known = known.into_iter();
        let known = known.map(|(column, texts)| KnownTexts { column, texts });
        Ok(known.collect())
    }

    fn output(&self) -> PyResult<Output> {
        let out = self.0.getattr("out")?;
        Ok(if out.is_none() {
            Output::Memory
        } else if out.cast::<PyUntypedArray>().is_ok() {
            Output::Array
        } else {
            Output::File
        })
    }

    fn threads(&self) -> PyResult<Option<usize>> {
        let threads = self.0.getattr("threads")?;
        // More threads than a number can count are as many as there are.
        let count = || threads.extract().unwrap_or(usize::MAX);
        Ok((!threads.is_none()).then(count))
    }
}

/// What fills missing values: "median", "mean", a number or None.
struct PyFill(Fill);

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

/// What times are counted in, and since when: a unit, and nanoseconds since 1970.
struct PyEpoch(Epoch);

impl FromPyObject<'_, '_> for PyEpoch {
    type Error = PyErr;

    fn extract(epoch: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let (unit, origin): (String, i128) = epoch.extract()?;
        let unit = self::unit(&unit)?;
        Ok(Self(Epoch { unit, origin }))
    }
}

/// The unit of a name.
pub(super) fn unit(name: &str) -> PyResult<Unit> {
    let known = Unit::ALL.into_iter().find(|(known, _)| *known == name);
    known
        .map(|(_, unit)| unit)
        .ok_or_else(|| unknown("datetimes", name))
}

/// One column name by itself, or several.
#[derive(FromPyObject)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn target(self) -> Target {
        match self {
            Self::One(name) => Target {
                names: vec![name],
                flat: true,
            },
            Self::Several(names) => Target { names, flat: false },
        }
    }
}
