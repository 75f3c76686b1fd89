//! What an element says of its values beyond their physical type. The format has said it in two ways,
//! the old (`converted`) and the new (`logical`); one meaning comes of both.

use crate::parquet::schema::element::{Element, Logical};

/// The old logical type's number of intervals.
const INTERVAL: i64 = 21;

/// What the old and the new logical type have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// No more than the physical type.
    Plain,
    /// Bytes of a kind with this name.
    Text(&'static str),
    /// Elapsed time in 12 bytes.
    Interval,
    /// A group of a kind with this name.
    Nested(&'static str),
    /// Decimals.
    Decimal {
        /// Digits.
        precision: i64,
        /// Digits after the point.
        scale: i64,
    },
    /// Integers.
    Integer {
        /// Bits.
        bits: i64,
        /// Whether they can be negative.
        signed: bool,
    },
    /// Days.
    Date,
    /// Times of day.
    Time(TimeUnit),
    /// Instants.
    Timestamp(TimeUnit),
    /// Floating-point numbers of half precision.
    Half,
    /// No value at all.
    Null,
}

/// What a time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
    /// A unit that the format does not have.
    Unknown,
}

impl TimeUnit {
    /// Its symbol.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Milli => "ms",
            Self::Micro => "us",
            Self::Nano => "ns",
            Self::Unknown => "?",
        }
    }

    /// Digits of a second.
    pub const fn digits(self) -> Option<u32> {
        match self {
            Self::Milli => Some(3),
            Self::Micro => Some(6),
            Self::Nano => Some(9),
            Self::Unknown => None,
        }
    }

    const fn of(number: i16) -> Self {
        match number {
            1 => Self::Milli,
            2 => Self::Micro,
            3 => Self::Nano,
            _ => Self::Unknown,
        }
    }
}

impl Meaning {
    /// The meaning of an element.
    pub const fn of(element: &Element) -> Self {
        match (element.logical, element.converted) {
            // Java marks intervals as the null type, because the new types have none for them.
            (_, Some(INTERVAL)) => Self::Interval,
            (Some(logical), _) => Self::new(logical),
            (None, Some(number)) => Self::old(number, element),
            (None, None) => Self::Plain,
        }
    }

    const fn new(logical: Logical) -> Self {
        match logical.number {
            1 => Self::Text("string"),
            2 => Self::Nested("map"),
            3 => Self::Nested("list"),
            4 => Self::Text("enum"),
            5 => Self::Decimal {
                scale: logical.first,
                precision: logical.second,
            },
            6 => Self::Date,
            7 => Self::Time(TimeUnit::of(logical.unit)),
            8 => Self::Timestamp(TimeUnit::of(logical.unit)),
            10 => Self::Integer {
                bits: logical.first,
                signed: logical.second != 0,
            },
            11 => Self::Null,
            12 => Self::Text("json"),
            13 => Self::Text("bson"),
            14 => Self::Text("uuid"),
            15 => Self::Half,
            16 => Self::Nested("variant"),
            17 => Self::Text("geometry"),
            18 => Self::Text("geography"),
            _ => Self::Plain,
        }
    }

    const fn old(number: i64, element: &Element) -> Self {
        match number {
            0 => Self::Text("string"),
            1 | 2 => Self::Nested("map"),
            3 => Self::Nested("list"),
            4 => Self::Text("enum"),
            5 => Self::Decimal {
                precision: element.precision,
                scale: element.scale,
            },
            6 => Self::Date,
            7 => Self::Time(TimeUnit::Milli),
            8 => Self::Time(TimeUnit::Micro),
            9 => Self::Timestamp(TimeUnit::Milli),
            10 => Self::Timestamp(TimeUnit::Micro),
            11..=14 => Self::Integer {
                bits: 8 << (number - 11),
                signed: false,
            },
            15..=18 => Self::Integer {
                bits: 8 << (number - 15),
                signed: true,
            },
            19 => Self::Text("json"),
            20 => Self::Text("bson"),
            // What Arrow wrote for its null type before the format had one.
            24 => Self::Null,
            _ => Self::Plain,
        }
    }
}
