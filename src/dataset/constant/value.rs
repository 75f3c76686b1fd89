//! One value for all rows of a file, in the form of its type.

use std::str;
use std::sync::Arc;

use crate::kernel::iso;
use crate::kernel::scalar::clock::Clock;
use crate::parquet::{Column, Key, Kind, Stored};
use crate::texts::TextCodes;

const DAY_SECONDS: i128 = 86_400;

/// One value for all rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number, a bool, or a time in the unit of its type.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// Bytes.
    Text(Arc<[u8]>),
    /// A time whose units are counted.
    Time {
        /// The time as it is stored.
        ticks: i64,
        /// What counts its units.
        clock: Clock,
    },
}

impl Value {
    /// The value as those of a column become numbers of an array: times in their unit, texts as codes.
    /// A text that has no code is as missing as NaN.
    #[must_use]
    pub fn recoded(self, stored: &Stored) -> Self {
        match (self, stored.kind) {
            (Self::Integer(value), Kind::Time32 { factor } | Kind::Time64 { factor }) => {
                Self::Integer(value.wrapping_mul(factor))
            }
            (Self::Integer(ticks), Kind::Clock { clock, .. }) => Self::Time { ticks, clock },
            (Self::Text(text), Kind::Text { .. }) => match &stored.texts {
                Some(TextCodes::Known(texts)) => texts
                    .find(&text)
                    .map_or(Self::Float(f64::NAN), |code| Self::Integer(code.into())),
                Some(TextCodes::Numbered(_)) | None => Self::Text(text),
            },
            (value, _) => value,
        }
    }
}

/// Whether a text can be a value of a column.
pub const fn has_constants(column: &Column) -> bool {
    matches!(
        column.key,
        Ok(Key::Integer(_)
            | Key::Bool
            | Key::Float(_)
            | Key::Date
            | Key::Timestamp(_)
            | Key::Text(None))
    )
}

/// The value of a column that a text is; none if its type has no such value.
pub fn value_of(text: &[u8], column: &Column) -> Option<Value> {
    value_of_key(text, column.key.ok()?)
}

/// The value of a type that a text is.
pub fn value_of_key(text: &[u8], key: Key) -> Option<Value> {
    let words = || str::from_utf8(text).ok();
    Some(match key {
        Key::Integer(kind) => Value::Integer(integer(words()?, kind)?),
        Key::Bool => Value::Integer(match words()?.to_ascii_lowercase().as_str() {
            "true" | "1" => 1,
            "false" | "0" => 0,
            _ => return None,
        }),
        Key::Float(kind) => Value::Float(float(words()?, kind)?),
        Key::Date => {
            let instant = iso::timestamp(text).filter(|instant| instant.digits == 0)?;
            let is_day = instant.value % DAY_SECONDS == 0;
            let day = instant.value / DAY_SECONDS;
            Value::Integer(i32::try_from(day).ok().filter(|_| is_day)?.into())
        }
        Key::Timestamp(digits) => {
            let instant = iso::timestamp(text)?;
            let more = digits.checked_sub(instant.digits)?;
            let units = instant.value.checked_mul(10_i128.checked_pow(more)?)?;
            Value::Integer(i64::try_from(units).ok()?)
        }
        Key::Text(None) => Value::Text(text.into()),
        _ => return None,
    })
}

/// A number that a kind of integers has.
fn integer(text: &str, kind: Kind) -> Option<i64> {
    let value: i64 = text.parse().ok()?;
    let bits = kind.bits() - usize::from(kind.is_signed());
    let most = if bits >= 63 {
        i64::MAX
    } else {
        (1 << bits) - 1
    };
    let least = if kind.is_signed() { -most - 1 } else { 0 };
    (least..=most).contains(&value).then_some(value)
}

/// The number of a kind that is nearest to a text.
fn float(text: &str, kind: Kind) -> Option<f64> {
    match kind {
        Kind::F32 => text.parse::<f32>().ok().map(f64::from),
        Kind::F64 => text.parse().ok(),
        _ => None,
    }
}
