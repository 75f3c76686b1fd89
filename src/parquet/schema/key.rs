//! What a column means where it is a key: what its values are compared as, and how they are stored.

use crate::parquet::schema::element::Element;
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::types::{Kind, Physical, Width};

/// A column as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Whole numbers.
    Integer(Kind),
    /// False and true.
    Bool,
    /// Floating-point numbers.
    Float(Kind),
    /// Days.
    Date,
    /// Times of day.
    Time {
        /// How they are stored.
        stored: Kind,
        /// Digits of a second: 3, 6 or 9.
        digits: u32,
    },
    /// Instants, in a unit of so many digits of a second: 3, 6 or 9.
    Timestamp(u32),
    /// Instants in 12 bytes: nanoseconds of a day, and the day.
    Timestamp96,
    /// Decimals.
    Decimal {
        /// How they are stored.
        stored: Kind,
        /// Digits, as the schema says.
        precision: i64,
        /// Digits after the point.
        scale: i32,
    },
    /// Text or other bytes: each of so many bytes, or of as many as it says.
    Text(Option<usize>),
    /// The null type: no value at all.
    Null,
}

/// What the values of a key are compared as: keys of one family can be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyFamily {
    /// Whole numbers.
    Integer,
    /// False and true.
    Bool,
    /// Floating-point numbers.
    Float,
    /// Days.
    Date,
    /// Times of day.
    Time,
    /// Instants.
    Timestamp,
    /// Decimals.
    Decimal,
    /// Text or other bytes.
    Text,
    /// No value at all.
    Null,
}

impl KeyFamily {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Bool => "bool",
            Self::Float => "float",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Null => "null",
        }
    }
}

/// How the values of a key are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStorage {
    /// As numbers that `i64` holds.
    Signed(Kind),
    /// As numbers that `u64` holds.
    Unsigned(Kind),
    /// As numbers that `f64` holds.
    Float(Kind),
    /// As byte strings.
    Bytes(Width),
    /// Not at all.
    Nothing,
}

impl Key {
    /// The key of a flat element whose numbers are of a kind.
    pub fn new(
        element: &Element,
        physical: Physical,
        kind: Result<Kind, &'static str>,
    ) -> Result<Self, &'static str> {
        match (Meaning::of(element), physical, kind) {
            (Meaning::Null, ..) => Ok(Self::Null),
            (Meaning::Decimal { .. }, _, Err(why)) => Err(why),
            (Meaning::Decimal { precision, scale }, _, Ok(stored)) => {
                let scale = i32::try_from(scale).map_err(|_| "its scale is wild")?;
                Ok(Self::Decimal {
                    stored,
                    precision,
                    scale,
                })
            }
            (_, _, Ok(kind @ (Kind::F16 | Kind::F32 | Kind::F64))) => Ok(Self::Float(kind)),
            (_, _, Ok(Kind::Bool)) => Ok(Self::Bool),
            (Meaning::Date, Physical::Int32, _) => Ok(Self::Date),
            (Meaning::Timestamp(unit), Physical::Int64, _) => {
                let digits = unit.digits().ok_or("its unit of time is unknown")?;
                Ok(Self::Timestamp(digits))
            }
            (Meaning::Timestamp(_), ..) => Err("its unit of time is unknown"),
            (Meaning::Time(unit), Physical::Int32 | Physical::Int64, _) => Ok(Self::Time {
                stored: match physical {
                    Physical::Int32 => Kind::I32,
                    _ => Kind::I64,
                },
                digits: unit.digits().ok_or("its unit of time is unknown")?,
            }),
            (_, Physical::Int96, _) => Ok(Self::Timestamp96),
            (_, Physical::Int32 | Physical::Int64, Ok(kind)) => Ok(Self::Integer(kind)),
            (Meaning::Interval, ..) => Err("it is an interval"),
            (_, Physical::ByteArray, Err(_)) => Ok(Self::Text(None)),
            (_, Physical::Fixed, Err(_)) => Ok(Self::Text(Some(element.bytes()?))),
            (_, _, kind) => Err(kind.err().unwrap_or("its type is unknown")),
        }
    }

    /// Whether rows of two tables may be matched by it, or why not.
    pub const fn joins(self) -> Result<Self, &'static str> {
        match self {
            Self::Float(_) => Err(
                "it is a floating-point number, and numbers that look equal may differ in their \
                 last bit: write it as an integer, a decimal or text",
            ),
            Self::Time { .. } => Err("it is a time of day"),
            _ => Ok(self),
        }
    }

    /// What its values are compared as.
    pub const fn family(self) -> KeyFamily {
        match self {
            Self::Integer(_) => KeyFamily::Integer,
            Self::Bool => KeyFamily::Bool,
            Self::Float(_) => KeyFamily::Float,
            Self::Time { .. } => KeyFamily::Time,
            Self::Date => KeyFamily::Date,
            Self::Timestamp(_) | Self::Timestamp96 => KeyFamily::Timestamp,
            Self::Decimal { .. } => KeyFamily::Decimal,
            Self::Text(_) => KeyFamily::Text,
            Self::Null => KeyFamily::Null,
        }
    }

    /// The physical type; `None` where there is nothing to read.
    pub const fn physical(self) -> Option<Physical> {
        match self {
            Self::Integer(kind)
            | Self::Float(kind)
            | Self::Time { stored: kind, .. }
            | Self::Decimal { stored: kind, .. } => kind.physical(),
            Self::Bool => Some(Physical::Boolean),
            Self::Date => Some(Physical::Int32),
            Self::Timestamp(_) => Some(Physical::Int64),
            Self::Timestamp96 => Some(Physical::Int96),
            Self::Text(None) => Some(Physical::ByteArray),
            Self::Text(Some(_)) => Some(Physical::Fixed),
            Self::Null => None,
        }
    }

    /// How its values are read. Decimals are read as the whole numbers that they are stored as.
    pub const fn storage(self) -> KeyStorage {
        match self {
            Self::Integer(Kind::U64) => KeyStorage::Unsigned(Kind::U64),
            Self::Integer(kind) => KeyStorage::Signed(kind),
            Self::Bool => KeyStorage::Signed(Kind::Bool),
            Self::Float(kind) => KeyStorage::Float(kind),
            Self::Time { stored, .. } => KeyStorage::Signed(stored),
            Self::Date => KeyStorage::Signed(Kind::I32),
            Self::Timestamp(_) => KeyStorage::Signed(Kind::I64),
            Self::Timestamp96 => KeyStorage::Bytes(Width::Fixed(12)),
            Self::Decimal { stored, .. } => match stored {
                Kind::Decimal32 { .. } => KeyStorage::Signed(Kind::I32),
                Kind::Decimal64 { .. } => KeyStorage::Signed(Kind::I64),
                kind => KeyStorage::Bytes(kind.width()),
            },
            Self::Text(Some(bytes)) => KeyStorage::Bytes(Width::Fixed(bytes)),
            Self::Text(None) => KeyStorage::Bytes(Width::Variable),
            Self::Null => KeyStorage::Nothing,
        }
    }
}
