//! One top-level column, and what kind of number it is.

use crate::parquet::Key;
use crate::parquet::schema::element::{Element, Logical, REPEATED};
use crate::types::Dtype;

/// How the numbers of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// BOOLEAN.
    Bool,
    /// INT32, 8 bits of it.
    I8,
    /// INT32, 16 bits of it.
    I16,
    /// INT32.
    I32,
    /// INT64.
    I64,
    /// INT32, 8 bits of it, unsigned.
    U8,
    /// INT32, 16 bits of it, unsigned.
    U16,
    /// INT32, unsigned.
    U32,
    /// INT64, unsigned.
    U64,
    /// Two bytes of half precision.
    F16,
    /// FLOAT.
    F32,
    /// DOUBLE.
    F64,
    /// A decimal in INT32.
    Decimal32 {
        /// Digits behind the point.
        scale: i32,
    },
    /// A decimal in INT64.
    Decimal64 {
        /// Digits behind the point.
        scale: i32,
    },
    /// A decimal in so many bytes.
    DecimalFixed {
        /// Bytes of each value.
        bytes: usize,
        /// Digits behind the point.
        scale: i32,
    },
    /// A decimal in as many bytes as it needs.
    DecimalBytes {
        /// Digits behind the point.
        scale: i32,
    },
    /// The null type: every value is missing.
    Null,
}

/// The old logical type's number of intervals.
const INTERVAL: i64 = 21;

/// The physical types, by their numbers in the format.
pub(super) mod physical {
    pub(in crate::parquet) const BOOLEAN: u64 = 0;
    pub(in crate::parquet) const INT32: u64 = 1;
    pub(in crate::parquet) const INT64: u64 = 2;
    pub(in crate::parquet) const INT96: u64 = 3;
    pub(in crate::parquet) const FLOAT: u64 = 4;
    pub(in crate::parquet) const DOUBLE: u64 = 5;
    pub(in crate::parquet) const BYTE_ARRAY: u64 = 6;
    pub(in crate::parquet) const FIXED: u64 = 7;
}

impl Kind {
    /// The dtype that holds every value of a column: a decimal has none of its own in NumPy and
    /// becomes the nearest `float64`; a null column has no values at all.
    pub const fn dtype(self) -> Dtype {
        match self {
            Self::Bool => Dtype::Bool,
            Self::I8 => Dtype::I8,
            Self::I16 => Dtype::I16,
            Self::I32 => Dtype::I32,
            Self::I64 => Dtype::I64,
            Self::U8 => Dtype::U8,
            Self::U16 => Dtype::U16,
            Self::U32 => Dtype::U32,
            Self::U64 => Dtype::U64,
            Self::F16 => Dtype::F16,
            Self::F32 => Dtype::F32,
            _ => Dtype::F64,
        }
    }

    /// The number of the physical type in the format; `None` where it does not matter.
    pub const fn physical(self) -> Option<u8> {
        Some(match self {
            Self::Bool => 0,
            Self::I8
            | Self::I16
            | Self::I32
            | Self::U8
            | Self::U16
            | Self::U32
            | Self::Decimal32 { .. } => 1,
            Self::I64 | Self::U64 | Self::Decimal64 { .. } => 2,
            Self::F32 => 4,
            Self::F64 => 5,
            Self::DecimalBytes { .. } => 6,
            Self::F16 | Self::DecimalFixed { .. } => 7,
            Self::Null => return None,
        })
    }
}

/// One top-level column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub type_name: String,
    /// How its numbers are stored, or why it cannot be taken.
    pub kind: Result<Kind, &'static str>,
    /// How its values are compared where it is a key, or why they cannot be.
    pub key: Result<Key, &'static str>,
    /// Whether it can hold nulls.
    pub nullable: bool,
    /// The first leaf below it.
    pub leaf: usize,
}

impl Column {
    /// The column of a top-level element.
    pub fn new(element: &Element, leaf: usize) -> Self {
        let (type_name, kind, key) = match element.physical {
            Some(physical) if element.children == 0 && element.repetition != REPEATED => {
                let (type_name, kind) = flat(element, physical);
                (type_name, kind, Key::new(element, physical, kind))
            }
            _ => {
                let nested = nested(element).to_owned();
                (nested, Err("it is nested"), Err("it is nested"))
            }
        };
        Self {
            name: element.name.clone(),
            type_name,
            kind,
            key,
            nullable: element.repetition != 0,
            leaf,
        }
    }
}

/// What the old and the new logical type have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Plain,
    Text(&'static str),
    Nested(&'static str),
    Decimal { precision: i64, scale: i64 },
    Integer { bits: i64, signed: bool },
    Date,
    Time(&'static str),
    Timestamp(&'static str),
    Half,
    Null,
}

pub(super) fn meaning(element: &Element) -> Meaning {
    match (element.logical, element.converted) {
        // Java's intervals say that they are of the null type, which has no name of theirs.
        (_, Some(INTERVAL)) => Meaning::Text("interval"),
        (Some(logical), _) => logical_meaning(logical),
        (None, Some(number)) => converted_meaning(number, element),
        (None, None) => Meaning::Plain,
    }
}

fn logical_meaning(logical: Logical) -> Meaning {
    let unit = match logical.unit {
        1 => "ms",
        2 => "us",
        3 => "ns",
        _ => "?",
    };
    match logical.number {
        1 => Meaning::Text("string"),
        2 => Meaning::Nested("map"),
        3 => Meaning::Nested("list"),
        4 => Meaning::Text("enum"),
        5 => Meaning::Decimal {
            scale: logical.first,
            precision: logical.second,
        },
        6 => Meaning::Date,
        7 => Meaning::Time(unit),
        8 => Meaning::Timestamp(unit),
        10 => Meaning::Integer {
            bits: logical.first,
            signed: logical.second != 0,
        },
        11 => Meaning::Null,
        12 => Meaning::Text("json"),
        13 => Meaning::Text("bson"),
        14 => Meaning::Text("uuid"),
        15 => Meaning::Half,
        16 => Meaning::Nested("variant"),
        17 => Meaning::Text("budget"),
        18 => Meaning::Text("geography"),
        _ => Meaning::Plain,
    }
}

fn converted_meaning(number: i64, element: &Element) -> Meaning {
    match number {
        0 => Meaning::Text("string"),
        1 | 2 => Meaning::Nested("map"),
        3 => Meaning::Nested("list"),
        4 => Meaning::Text("enum"),
        5 => Meaning::Decimal {
            precision: element.precision,
            scale: element.scale,
        },
        6 => Meaning::Date,
        7 => Meaning::Time("ms"),
        8 => Meaning::Time("us"),
        9 => Meaning::Timestamp("ms"),
        10 => Meaning::Timestamp("us"),
        11..=14 => Meaning::Integer {
            bits: 8 << (number - 11),
            signed: false,
        },
        15..=18 => Meaning::Integer {
            bits: 8 << (number - 15),
            signed: true,
        },
        19 => Meaning::Text("json"),
        20 => Meaning::Text("bson"),
        // What Arrow wrote for its null type before the format had one.
        24 => Meaning::Null,
        _ => Meaning::Plain,
    }
}

fn nested(element: &Element) -> &'static str {
    match meaning(element) {
        Meaning::Nested(name) => name,
        _ if element.children > 0 => "struct",
        _ => "list",
    }
}

fn flat(element: &Element, physical: u64) -> (String, Result<Kind, &'static str>) {
    let time = Err("it is a time");
    match (meaning(element), physical) {
        (Meaning::Null, _) => ("null".to_owned(), Ok(Kind::Null)),
        (Meaning::Decimal { precision, scale }, _) => {
            let digits = i32::try_from(scale).ok();
            let digits = digits.filter(|_| precision > 0 && (0..=precision).contains(&scale));
            let kind = digits.ok_or("no decimal has such a precision and scale");
            let kind = kind.and_then(|scale| decimal(element, physical, scale));
            (format!("decimal({precision}, {scale})"), kind)
        }
        (Meaning::Date, physical::INT32) => ("date".to_owned(), Err("it is a date")),
        (Meaning::Time(unit), physical::INT32 | physical::INT64) => (format!("time[{unit}]"), time),
        (Meaning::Timestamp(unit), physical::INT64) => (format!("timestamp[{unit}]"), time),
        (Meaning::Half, physical::FIXED) if element.length == 2 => {
            ("float16".to_owned(), Ok(Kind::F16))
        }
        (Meaning::Integer { bits, signed }, physical::INT32) => integer(bits.min(32), signed),
        (Meaning::Integer { signed, .. }, physical::INT64) => integer(64, signed),
        (_, physical::BOOLEAN) => ("bool".to_owned(), Ok(Kind::Bool)),
        (_, physical::INT32) => integer(32, true),
        (_, physical::INT64) => integer(64, true),
        (_, physical::INT96) => ("timestamp (int96)".to_owned(), time),
        (_, physical::FLOAT) => ("float32".to_owned(), Ok(Kind::F32)),
        (_, physical::DOUBLE) => ("float64".to_owned(), Ok(Kind::F64)),
        (Meaning::Text(name), _) => (name.to_owned(), Err("it is not a number")),
        (_, physical::BYTE_ARRAY | physical::FIXED) => {
            ("binary".to_owned(), Err("it is not a number"))
        }
        _ => ("unknown".to_owned(), Err("its physical type is unknown")),
    }
}

fn decimal(element: &Element, physical: u64, scale: i32) -> Result<Kind, &'static str> {
    match physical {
        physical::INT32 => Ok(Kind::Decimal32 { scale }),
        physical::INT64 => Ok(Kind::Decimal64 { scale }),
        physical::BYTE_ARRAY => Ok(Kind::DecimalBytes { scale }),
        physical::FIXED => match usize::try_from(element.length) {
            Ok(bytes) if bytes > 0 => Ok(Kind::DecimalFixed { bytes, scale }),
            _ => Err("its values have no length"),
        },
        _ => Err("a decimal cannot be stored like this"),
    }
}

fn integer(bits: i64, signed: bool) -> (String, Result<Kind, &'static str>) {
    let kind = match (bits, signed) {
        (8, true) => Kind::I8,
        (16, true) => Kind::I16,
        (32, true) => Kind::I32,
        (64, true) => Kind::I64,
        (8, false) => Kind::U8,
        (16, false) => Kind::U16,
        (32, false) => Kind::U32,
        (64, false) => Kind::U64,
        _ => return (format!("int{bits}"), Err("its bit width is unknown")),
    };
    let sign = if signed { "" } else { "u" };
    (format!("{sign}int{bits}"), Ok(kind))
}
