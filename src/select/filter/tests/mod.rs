//! Filters against what they plainly mean: constants against numbers written out in full, masks
//! against rows, verdicts against both.

mod constants;
mod exact;
#[cfg(not(miri))]
mod files;
#[cfg(not(miri))]
mod stored;
mod turns;
#[cfg(not(miri))]
mod verdicts;

use crate::select::filter::request::{Condition, Constant, FilterRequest, Operator};

/// The operators that compare with one constant, and the lists.
const COMPARISONS: [Operator; 8] = [
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::In,
    Operator::NotIn,
];

fn condition(column: &str, operator: Operator, values: Vec<Constant>) -> Condition {
    Condition {
        column: column.to_owned(),
        operator,
        values,
    }
}

/// The request of one condition.
fn only(condition: Condition) -> FilterRequest {
    FilterRequest {
        option: "filters",
        any: vec![vec![condition]],
    }
}

fn text(text: &str) -> Constant {
    Constant::Text(text.as_bytes().to_vec())
}

/// So many random cases.
#[cfg(not(miri))]
fn cases(most: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config::with_cases(most)
}
