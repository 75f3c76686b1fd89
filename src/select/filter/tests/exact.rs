//! Numbers written out in full, and what conditions mean for them, in the plainest words.

use std::cmp::Ordering;

use crate::select::filter::request::{Condition, Constant, Operator};

/// `number * 2^two * 10^ten`, an infinity, or NaN.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exact {
    Number { number: i128, two: i32, ten: i32 },
    Infinite { negative: bool },
    Nan,
}

/// A value of a column.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Number(Exact),
    Text(Vec<u8>),
}

impl Exact {
    pub(super) fn decimal(number: i128, scale: i32) -> Self {
        Self::Number {
            number,
            two: 0,
            ten: -scale,
        }
    }

    pub(super) fn float(value: f64) -> Self {
        if value.is_nan() {
            return Self::Nan;
        }
        if value.is_infinite() {
            return Self::Infinite {
                negative: value < 0.0,
            };
        }
        let bits = value.to_bits();
        let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap();
        let fraction = i128::from(bits & ((1 << 52) - 1));
        let number = fraction + if exponent > 0 { 1 << 52 } else { 0 };
        Self::Number {
            number: if value < 0.0 { -number } else { number },
            two: exponent.max(1) - 1075,
            ten: 0,
        }
    }

    /// The number of a constant; times in seconds, dates too.
    pub(super) fn of(constant: &Constant) -> Self {
        match constant {
            Constant::Bool(value) => Self::decimal(i128::from(*value), 0),
            Constant::Integer(value) => Self::decimal(*value, 0),
            Constant::Float(value) => Self::float(*value),
            Constant::Decimal { unscaled, scale } => Self::decimal(*unscaled, *scale),
            Constant::Date(day) => Self::decimal(i128::from(*day) * 86_400, 0),
            Constant::Timestamp { value, digits }
            | Constant::Time { value, digits }
            | Constant::Duration { value, digits } => {
                Self::decimal(*value, i32::try_from(*digits).unwrap())
            }
            Constant::Null | Constant::Text(_) => panic!("{constant:?} is no number"),
        }
    }

    fn compare(self, other: Self) -> Option<Ordering> {
        let rank = |exact: Self| match exact {
            Self::Infinite { negative: true } => -2,
            Self::Infinite { negative: false } => 2,
            Self::Number { number, .. } => i32::try_from(number.signum()).unwrap(),
            Self::Nan => 0,
        };
        match (self, other) {
            (Self::Nan, _) | (_, Self::Nan) => None,
            (
                Self::Number { number, two, ten },
                Self::Number {
                    number: other_number,
                    two: other_two,
                    ten: other_ten,
                },
            ) if rank(self) == rank(other) => {
                let least = (two.min(other_two), ten.min(other_ten));
                let own = Long::new(number, two - least.0, ten - least.1);
                let other = Long::new(other_number, other_two - least.0, other_ten - least.1);
                let magnitude = own.compare(&other);
                Some(if number < 0 {
                    magnitude.reverse()
                } else {
                    magnitude
                })
            }
            _ => Some(rank(self).cmp(&rank(other))),
        }
    }
}

/// A whole number of any length, its lowest digits first.
struct Long(Vec<u32>);

impl Long {
    fn new(number: i128, two: i32, ten: i32) -> Self {
        let mut left = number.unsigned_abs();
        let mut digits = Vec::new();
        while left > 0 {
            digits.push(u32::try_from(left & 0xffff_ffff).unwrap());
            left >>= 32;
        }
        let mut long = Self(digits);
        (0..two).for_each(|_| long.times(2));
        (0..ten).for_each(|_| long.times(10));
        long
    }

    fn times(&mut self, by: u64) {
        let mut carry = 0;
        for digit in &mut self.0 {
            carry += u64::from(*digit) * by;
            *digit = u32::try_from(carry & 0xffff_ffff).unwrap();
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(u32::try_from(carry).unwrap());
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

/// The order of a value and a constant; `None` if there is none.
fn order(value: &Value, constant: &Constant) -> Option<Ordering> {
    match (value, constant) {
        (Value::Null, _) | (_, Constant::Null) => None,
        (Value::Text(value), Constant::Text(constant)) => Some(value.cmp(constant)),
        (Value::Number(value), constant) => value.compare(Exact::of(constant)),
        (Value::Text(_), _) => panic!("a text is compared with a number"),
    }
}

/// Whether a constant is what a list finds: here NaN is NaN, and a null is a null.
fn found(value: &Value, constant: &Constant) -> bool {
    match (value, constant) {
        (Value::Null, constant) => *constant == Constant::Null,
        (Value::Number(Exact::Nan), constant) => constant.is_nan(),
        _ => order(value, constant) == Some(Ordering::Equal),
    }
}

/// Whether a condition holds for a value.
pub(super) fn holds(value: &Value, condition: &Condition) -> bool {
    let is_null = matches!(value, Value::Null);
    let order = || order(value, &condition.values[0]);
    match condition.operator {
        Operator::Equal => order() == Some(Ordering::Equal),
        Operator::NotEqual => {
            !is_null && condition.values[0] != Constant::Null && order() != Some(Ordering::Equal)
        }
        Operator::Less => order() == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => order() == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Operator::In => condition.values.iter().any(|c| found(value, c)),
        Operator::NotIn => !condition.values.iter().any(|c| found(value, c)),
        Operator::Is => is_null,
        Operator::IsNot => !is_null,
    }
}

#[test]
fn the_plain_words_are_right() {
    let less = |a: Exact, b: Exact| assert_eq!(a.compare(b), Some(Ordering::Less));
    less(
        Exact::decimal((1 << 53) + 1, 0),
        Exact::float(9_007_199_254_740_994.0),
    );
    less(Exact::float(0.1), Exact::float(0.1_f64.next_up()));
    less(Exact::decimal(1, 1), Exact::float(0.1));
    less(Exact::float(f64::NEG_INFINITY), Exact::float(f64::MIN));
    less(Exact::float(-5e-324), Exact::decimal(-1, 900));
    less(Exact::decimal(-1, 900), Exact::float(-0.0));
    let same = Exact::float(-0.0).compare(Exact::decimal(0, 5));
    assert_eq!(same, Some(Ordering::Equal));
}
