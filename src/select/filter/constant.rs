//! Where a constant is among the values of a column, in the ordered form that both are compared in.
//! A constant of another kind than the column is refused, in words.

use std::cmp::Ordering;

use crate::kernel::iso;
use crate::key::KeyForm;
use crate::key::column::float_key;
use crate::parquet::KeyFamily;
use crate::select::filter::digits::{Floor, Near};
use crate::select::filter::request::Constant;
use crate::select::filter::turns::Spot;

const DAY_SECONDS: i128 = 86_400;

impl<T: Clone> Spot<T> {
    /// A constant that is between two values, or beyond them: `next` is the first value above it.
    fn beside(next: Option<T>) -> Self {
        Self {
            start: next.clone(),
            after: next,
        }
    }
}

/// Where a text is: the one behind it has one more byte.
pub(super) fn text_spot(constant: &Constant) -> Option<Spot<Vec<u8>>> {
    let Constant::Text(text) = constant else {
        return None;
    };
    Some(Spot {
        start: Some(text.clone()),
        after: Some(text_after(text)),
    })
}

/// The first text behind another one.
pub(super) fn text_after(text: &[u8]) -> Vec<u8> {
    let mut after = Vec::with_capacity(text.len() + 1);
    after.extend_from_slice(text);
    after.push(0);
    after
}

/// Where a constant is among numbers of a form; `None` if it is of another kind than they are.
pub(super) fn number_spot(form: &KeyForm, constant: &Constant) -> Option<Spot<u128>> {
    if form.family == KeyFamily::Float {
        return float_spot(constant);
    }
    if constant.is_nan() && matches!(form.family, KeyFamily::Integer | KeyFamily::Decimal) {
        return Some(Spot::beside(None));
    }
    let floor = match form.family {
        KeyFamily::Bool => match constant {
            Constant::Bool(value) => Some(exactly(i128::from(*value))),
            _ => None,
        },
        KeyFamily::Integer | KeyFamily::Decimal => match constant {
            Constant::Integer(value) => Some(Floor::of_decimal(*value, 0, form.digits)),
            Constant::Decimal { unscaled, scale } => {
                Some(Floor::of_decimal(*unscaled, i64::from(*scale), form.digits))
            }
            Constant::Float(value) => Some(Floor::of_float(*value, form.digits)),
            _ => None,
        },
        KeyFamily::Date => days(constant),
        KeyFamily::Timestamp => instant(constant, form.digits),
        KeyFamily::Time => match constant {
            Constant::Time { value, digits } => Some(units(*value, *digits, form.digits)),
            Constant::Text(text) => {
                let time = iso::time(text)?;
                Some(units(time.value, time.digits, form.digits))
            }
            _ => None,
        },
        KeyFamily::Float | KeyFamily::Text | KeyFamily::Null => None,
    }?;
    let above = floor.floor.checked_add(1);
    let above = above.and_then(|above| first_from(form, above));
    Some(if floor.exact {
        Spot {
            start: first_from(form, floor.floor),
            after: above,
        }
    } else {
        Spot::beside(above)
    })
}

/// What constants a column takes, in words.
pub(super) const fn expected(family: KeyFamily) -> &'static str {
    match family {
        KeyFamily::Bool => "a bool",
        KeyFamily::Integer | KeyFamily::Decimal | KeyFamily::Float => {
            "an integer, a float or a decimal"
        }
        KeyFamily::Date => "a date, a timestamp or ISO text such as \"2024-01-31\"",
        KeyFamily::Timestamp => "a timestamp, a date or ISO text such as \"2024-01-31T12:00:00\"",
        KeyFamily::Time => "a time of day or ISO text such as \"12:00:01.25\"",
        KeyFamily::Text => "text",
        KeyFamily::Null => "any constant",
    }
}

const fn exactly(floor: i128) -> Floor {
    Floor { floor, exact: true }
}

/// A number of units with so many digits of a second, in units with `wanted` digits.
fn units(value: i128, digits: u32, wanted: u32) -> Floor {
    Floor::of_decimal(value, i64::from(digits), wanted)
}

fn days(constant: &Constant) -> Option<Floor> {
    let of_seconds = |value: i128, digits: u32| {
        let day = 10_i128.checked_pow(digits);
        Floor::of_ratio(
            value,
            day.and_then(|second| second.checked_mul(DAY_SECONDS)),
        )
    };
    match constant {
        Constant::Date(day) => Some(exactly(i128::from(*day))),
        Constant::Timestamp { value, digits } => Some(of_seconds(*value, *digits)),
        Constant::Text(text) => {
            let instant = iso::timestamp(text)?;
            Some(of_seconds(instant.value, instant.digits))
        }
        _ => None,
    }
}

fn instant(constant: &Constant, wanted: u32) -> Option<Floor> {
    match constant {
        Constant::Date(day) => Some(units(i128::from(*day) * DAY_SECONDS, 0, wanted)),
        Constant::Timestamp { value, digits } => Some(units(*value, *digits, wanted)),
        Constant::Text(text) => {
            let instant = iso::timestamp(text)?;
            Some(units(instant.value, instant.digits, wanted))
        }
        _ => None,
    }
}

/// The first encoded value that is not below a number; `None` where all are below.
fn first_from(form: &KeyForm, number: i128) -> Option<u128> {
    match form.encode(number, 1) {
        Some(encoded) => Some(encoded),
        // What does not fit is below all values, or above them.
        None => (number < 0).then_some(0),
    }
}

fn float_spot(constant: &Constant) -> Option<Spot<u128>> {
    let near = match constant {
        Constant::Float(float) => Near {
            float: *float,
            side: Ordering::Equal,
        },
        Constant::Integer(value) => Near::of_integer(*value),
        Constant::Decimal { unscaled, scale } => Near::of_decimal(*unscaled, *scale),
        _ => return None,
    };
    let key = u128::from(float_key(near.float));
    Some(match near.side {
        Ordering::Less => Spot::beside(Some(key + 1)),
        Ordering::Equal => Spot {
            start: Some(key),
            after: Some(key + 1),
        },
        Ordering::Greater => Spot::beside(Some(key)),
    })
}

/// The encoded form of every NaN, which is above all other floating-point numbers.
pub(super) fn nan_key() -> u128 {
    u128::from(float_key(f64::NAN))
}
