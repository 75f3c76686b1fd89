//! The options about rows: filters, unique keys, samples, parts and orders.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::python::options::{Given, Words, unknown};
use crate::select::RowRequest;
use crate::select::filter::{Condition, Constant, FilterRequest, Operator};
use crate::select::request::{Division, Keep, RowOrder, SampleSize, SplitRequest, UniqueRequest};

const KEEPS: Words<Keep, 2> = [("first", Keep::First), ("last", Keep::Last)];
const OPERATORS: Words<Operator, 10> = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
    ("in", Operator::In),
    ("not in", Operator::NotIn),
    ("is", Operator::Is),
    ("is not", Operator::IsNot),
];

/// A filter as Python hands it over: lists of conditions.
pub(super) struct PyFilter(pub(super) FilterRequest);

/// A condition: a column, an operator, and what it is compared with.
struct PyCondition(Condition);

/// A constant: its kind, and what there is of it.
struct PyConstant(Constant);

impl Given<'_, '_> {
    pub(super) fn row_request(&self) -> PyResult<RowRequest> {
        let split = self.0.getattr("split")?;
        Ok(RowRequest {
            filters: self
                .option::<Option<PyFilter>>("filters")?
                .map(|filter| filter.0),
            unique: self.unique()?,
            sample: self
                .option::<Option<PySample>>("sample")?
                .map(PySample::size),
            split: if split.is_none() {
                None
            } else {
                Some(Given(&split).split()?)
            },
            order: self.row_order()?,
            seed: self.option("seed")?,
        })
    }

    fn unique(&self) -> PyResult<Option<UniqueRequest>> {
        let columns: Vec<String> = self.option("unique_on")?;
        let keep = self.choice("keep", &KEEPS)?;
        Ok((!columns.is_empty()).then_some(UniqueRequest { columns, keep }))
    }

    fn row_order(&self) -> PyResult<RowOrder> {
        let sorted: Vec<String> = self.option("sort_by")?;
        let shuffled: bool = self.option("shuffle")?;
        Ok(match (sorted.is_empty(), shuffled) {
            (false, _) => RowOrder::Sorted(sorted),
            (true, true) => RowOrder::Shuffled,
            (true, false) => RowOrder::Source,
        })
    }

    fn split(&self) -> PyResult<SplitRequest> {
        let ends: Option<Vec<f64>> = self.option("ends")?;
        let columns: Vec<String> = self.option("by")?;
        let filters: Option<Vec<PyFilter>> = self.option("filters")?;
        let division = match (ends, filters) {
            (Some(ends), _) if columns.is_empty() => Division::Shares(ends),
            (Some(ends), _) => Division::Keys { columns, ends },
            (None, filters) => Division::Filters {
                parts: filters
                    .into_iter()
                    .flatten()
                    .map(|filter| FilterRequest {
                        option: "split",
                        ..filter.0
                    })
                    .collect(),
                required: self.option("required")?,
            },
        };
        Ok(SplitRequest {
            names: self.option("names")?,
            division,
        })
    }
}

/// A share of the rows, or a number of them.
#[derive(FromPyObject)]
enum PySample {
    Count(usize),
    Share(f64),
}

impl PySample {
    const fn size(self) -> SampleSize {
        match self {
            Self::Count(count) => SampleSize::Count(count),
            Self::Share(share) => SampleSize::Share(share),
        }
    }
}

impl FromPyObject<'_, '_> for PyFilter {
    type Error = PyErr;

    fn extract(filter: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let lists: Vec<Vec<PyCondition>> = filter.extract()?;
        let lists = lists.into_iter();
        let any = lists.map(|list| list.into_iter().map(|condition| condition.0).collect());
        Ok(Self(FilterRequest {
            option: "filters",
            any: any.collect(),
        }))
    }
}

impl FromPyObject<'_, '_> for PyCondition {
    type Error = PyErr;

    fn extract(condition: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let (column, word, values): (String, String, Vec<PyConstant>) = condition.extract()?;
        let known = OPERATORS.iter().find(|(known, _)| *known == word);
        let (_, operator) = known.ok_or_else(|| unknown("filters", &word))?;
        Ok(Self(Condition {
            column,
            operator: *operator,
            values: values.into_iter().map(|value| value.0).collect(),
        }))
    }
}

impl FromPyObject<'_, '_> for PyConstant {
    type Error = PyErr;

    fn extract(constant: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let parts = constant.cast::<PyTuple>()?;
        let kind: String = parts.get_item(0)?.extract()?;
        let value = || parts.get_item(1);
        let digits = || parts.get_item(2)?.extract::<u32>();
        Ok(Self(match kind.as_str() {
            "null" => Constant::Null,
            "bool" => Constant::Bool(value()?.extract()?),
            "integer" => Constant::Integer(value()?.extract()?),
            "float" => Constant::Float(value()?.extract()?),
            "decimal" => Constant::Decimal {
                unscaled: value()?.extract()?,
                scale: parts.get_item(2)?.extract()?,
            },
            "text" => Constant::Text(value()?.extract()?),
            "date" => Constant::Date(value()?.extract()?),
            "timestamp" => Constant::Timestamp {
                value: value()?.extract()?,
                digits: digits()?,
            },
            "time" => Constant::Time {
                value: value()?.extract()?,
                digits: digits()?,
            },
            "duration" => Constant::Duration {
                value: value()?.extract()?,
                digits: digits()?,
            },
            other => return Err(PyValueError::new_err(format!("{other:?} is no constant"))),
        }))
    }
}
