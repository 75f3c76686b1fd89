//! From the schema of a file to its top-level columns, and what kind of number each one is.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::schema::types::{BasicTypeInfo, ColumnDescriptor, Type};

use crate::error::Fault;

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

impl Kind {
    /// The number of the physical type in the format; `None` where it does not matter.
    pub const fn physical(self) -> Option<u8> {
        Some(match self {
            Self::Bool => 0,
            Self::I8 | Self::I16 | Self::I32 | Self::U8 | Self::U16 | Self::U32 => 1,
            Self::Decimal32 { .. } => 1,
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
    /// Whether it can hold nulls.
    pub nullable: bool,
    /// The first leaf below it.
    pub leaf: usize,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The top-level columns, in order.
    pub columns: Vec<Column>,
    /// How many leaves there are in all.
    pub leaves: usize,
}

/// Reads a schema from a footer whose shape has been checked.
pub fn schema(footer: &[u8]) -> Result<Schema, Fault> {
    let descriptor = ParquetMetaDataReader::decode_schema(footer)
        .map_err(|error| Fault::corrupt(format!("the schema cannot be read ({error})")))?;
    let mut columns = Vec::new();
    let mut last_root = None;
    for (leaf, column) in descriptor.columns().iter().enumerate() {
        let root = descriptor.get_column_root_idx(leaf);
        if last_root.replace(root) == Some(root) {
            continue;
        }
        let Some(field) = descriptor.root_schema().get_fields().get(root) else {
            return Err(Fault::corrupt("the schema has a leaf without a root"));
        };
        columns.push(top_level(field, column, leaf));
    }
    Ok(Schema {
        columns,
        leaves: descriptor.num_columns(),
    })
}

fn top_level(field: &Type, column: &ColumnDescriptor, leaf: usize) -> Column {
    let (type_name, kind) = if column.max_rep_level() > 0 || field.is_group() {
        (nested_name(field).to_owned(), Err("it is nested"))
    } else {
        flat(column)
    };
    Column {
        name: field.name().to_owned(),
        type_name,
        kind,
        nullable: column.max_def_level() > 0,
        leaf,
    }
}

fn nested_name(field: &Type) -> &'static str {
    let info: &BasicTypeInfo = field.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::Map), _) | (_, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            "map"
        }
        (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => "list",
        (Some(LogicalType::Variant(_)), _) => "variant",
        _ if field.is_group() => "struct",
        _ => "list",
    }
}

fn flat(column: &ColumnDescriptor) -> (String, Result<Kind, &'static str>) {
    let logical = column.logical_type_ref();
    if matches!(logical, Some(LogicalType::Unknown)) {
        return ("null".to_owned(), Ok(Kind::Null));
    }
    if let Some((precision, scale)) = decimal(column) {
        let kind = match column.physical_type() {
            Physical::INT32 => Ok(Kind::Decimal32 { scale }),
            Physical::INT64 => Ok(Kind::Decimal64 { scale }),
            Physical::BYTE_ARRAY => Ok(Kind::DecimalBytes { scale }),
            _ => usize::try_from(column.type_length())
                .map(|bytes| Kind::DecimalFixed { bytes, scale })
                .map_err(|_| "its length is negative"),
        };
        return (format!("decimal({precision}, {scale})"), kind);
    }
    match column.physical_type() {
        Physical::BOOLEAN => ("bool".to_owned(), Ok(Kind::Bool)),
        Physical::FLOAT => ("float32".to_owned(), Ok(Kind::F32)),
        Physical::DOUBLE => ("float64".to_owned(), Ok(Kind::F64)),
        Physical::INT32 | Physical::INT64 => integer(column),
        Physical::INT96 => ("timestamp (int96)".to_owned(), Err("it is a time")),
        Physical::BYTE_ARRAY => (binary_name(column).to_owned(), Err("it is not a number")),
        Physical::FIXED_LEN_BYTE_ARRAY => match logical {
            Some(LogicalType::Float16) if column.type_length() == 2 => {
                ("float16".to_owned(), Ok(Kind::F16))
            }
            _ => (binary_name(column).to_owned(), Err("it is not a number")),
        },
    }
}

fn decimal(column: &ColumnDescriptor) -> Option<(i32, i32)> {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Decimal(d)), _) => Some((d.precision, d.scale)),
        (None, ConvertedType::DECIMAL) => Some((column.type_precision(), column.type_scale())),
        _ => None,
    }
}

fn integer(column: &ColumnDescriptor) -> (String, Result<Kind, &'static str>) {
    let wide = column.physical_type() == Physical::INT64;
    let (bits, signed) = match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Integer(int)), _) => (int.bit_width, int.is_signed),
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => {
            return ("date".to_owned(), Err("it is a date"));
        }
        (Some(LogicalType::Time(time)), _) => {
            return (format!("time[{}]", unit(&time.unit)), Err("it is a time"));
        }
        (Some(LogicalType::Timestamp(time)), _) => {
            return (
                format!("timestamp[{}]", unit(&time.unit)),
                Err("it is a time"),
            );
        }
        (None, ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS) => {
            return ("time".to_owned(), Err("it is a time"));
        }
        (None, ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS) => {
            return ("timestamp".to_owned(), Err("it is a time"));
        }
        (None, ConvertedType::INT_8) => (8, true),
        (None, ConvertedType::INT_16) => (16, true),
        (None, ConvertedType::UINT_8) => (8, false),
        (None, ConvertedType::UINT_16) => (16, false),
        (None, ConvertedType::UINT_32) => (32, false),
        (None, ConvertedType::UINT_64) => (64, false),
        _ => (if wide { 64 } else { 32 }, true),
    };
    let kind = match (wide, bits, signed) {
        (false, 8, true) => Kind::I8,
        (false, 16, true) => Kind::I16,
        (false, 8, false) => Kind::U8,
        (false, 16, false) => Kind::U16,
        (false, _, true) => Kind::I32,
        (false, _, false) => Kind::U32,
        (true, _, true) => Kind::I64,
        (true, _, false) => Kind::U64,
    };
    let sign = if signed { "" } else { "u" };
    (format!("{sign}int{bits}"), Ok(kind))
}

const fn unit(unit: &TimeUnit) -> &'static str {
    match unit {
        TimeUnit::MILLIS => "ms",
        TimeUnit::MICROS => "us",
        TimeUnit::NANOS => "ns",
    }
}

fn binary_name(column: &ColumnDescriptor) -> &'static str {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::String), _) | (_, ConvertedType::UTF8) => "string",
        (Some(LogicalType::Enum), _) | (_, ConvertedType::ENUM) => "enum",
        (Some(LogicalType::Json), _) | (_, ConvertedType::JSON) => "json",
        (Some(LogicalType::Bson), _) | (_, ConvertedType::BSON) => "bson",
        (Some(LogicalType::Uuid), _) => "uuid",
        (Some(LogicalType::Geometry(_)), _) => "geometry",
        (Some(LogicalType::Geography(_)), _) => "geography",
        (_, ConvertedType::INTERVAL) => "interval",
        _ => "binary",
    }
}
