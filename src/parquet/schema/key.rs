//! What a column means where it is a key: what its values are compared as, and how they are stored.

use crate::parquet::Kind;
use crate::parquet::schema::column::{Meaning, meaning, physical};
use crate::parquet::schema::element::Element;

/// A column as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Whole numbers.
    Integer(Kind),
    /// False and true.
    Bool,
    /// Days.
    Date,
    /// Instants, in so many digits of a second: 3, 6 or 9.
    Timestamp(u32),
    /// Instants in 12 bytes: nanoseconds of a day, and the day.
    Timestamp96,
    /// Decimals.
    Decimal {
        /// How they are stored.
        stored: Kind,
        /// Digits, as the schema says.
        precision: i64,
        /// Digits behind the point.
        scale: i32,
    },
    /// Text or other bytes: as many as each value says, or so many each.
    Text(Option<usize>),
    /// The null type: no value at all.
    Null,
}

impl Key {
    /// The key of a flat element whose numbers are of a kind.
    pub(super) fn new(
        element: &Element,
        physical: u64,
        kind: Result<Kind, &'static str>,
    ) -> Result<Self, &'static str> {
        match (meaning(element), physical, kind) {
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
            (_, _, Ok(Kind::F16 | Kind::F32 | Kind::F64)) => Err(
                "it is a floating-point number, and numbers that look equal may differ in their \
                 last bit: write it as an integer, a decimal or text",
            ),
            (_, _, Ok(Kind::Bool)) => Ok(Self::Bool),
            (Meaning::Date, physical::INT32, _) => Ok(Self::Date),
            (Meaning::Timestamp("ms"), physical::INT64, _) => Ok(Self::Timestamp(3)),
            (Meaning::Timestamp("us"), physical::INT64, _) => Ok(Self::Timestamp(6)),
            (Meaning::Timestamp("ns"), physical::INT64, _) => Ok(Self::Timestamp(9)),
            (Meaning::Timestamp(_), ..) => Err("its unit of time is unknown"),
            (Meaning::Time(_), ..) => Err("it is a time of day"),
            (_, physical::INT96, _) => Ok(Self::Timestamp96),
            (_, physical::INT32 | physical::INT64, Ok(kind)) => Ok(Self::Integer(kind)),
            (Meaning::Text("interval"), ..) => Err("it is an interval"),
            (_, physical::BYTE_ARRAY, Err(_)) => Ok(Self::Text(None)),
            (_, physical::FIXED, Err(_)) => match usize::try_from(element.length) {
                Ok(bytes) if bytes > 0 => Ok(Self::Text(Some(bytes))),
                _ => Err("its values have no length"),
            },
            (_, _, kind) => Err(kind.err().unwrap_or("its type is unknown")),
        }
    }

    /// What its values are compared as: keys of one family can be equal.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Integer(_) => "integer",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::Timestamp(_) | Self::Timestamp96 => "timestamp",
            Self::Decimal { .. } => "decimal",
            Self::Text(_) => "text",
            Self::Null => "null",
        }
    }

    /// The number of the physical type in the format; `None` where there is nothing to read.
    pub const fn physical(self) -> Option<u8> {
        match self {
            Self::Integer(kind) | Self::Decimal { stored: kind, .. } => kind.physical(),
            Self::Bool => Some(0),
            Self::Date => Some(1),
            Self::Timestamp(_) => Some(2),
            Self::Timestamp96 => Some(3),
            Self::Text(None) => Some(6),
            Self::Text(Some(_)) => Some(7),
            Self::Null => None,
        }
    }
}
