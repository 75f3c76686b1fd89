//! Filters as Python hands them over: columns, operators, and constants of a kind.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::python::words::{Words, unknown};
use crate::select::filter::{Condition, Constant, FilterRequest, Operator};

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

/// Lists of conditions, one of which must hold.
pub(super) struct PyFilter(pub(super) FilterRequest);

/// A condition: a column, an operator, and what it is compared with.
struct PyCondition(Condition);

/// A constant: its kind, and what there is of it.
struct PyConstant(Constant);

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
