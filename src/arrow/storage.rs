//! What the formats of the C interface say: how values are stored, and which element of a Parquet schema
//! would hold the same. So a column of an array means here exactly what it means in a file: which number
//! it is, how it compares as a key, what it is in NumPy, and why it is refused.

use crate::arrow::c_data::SchemaNode;
use crate::error::Fault;
use crate::parquet::Physical;
use crate::parquet::schema::element::{Element, Logical};

/// The fixed types of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `c`
    I8,
    /// `s`
    I16,
    /// `i`, and what is stored alike
    I32,
    /// `l`, and what is stored alike
    I64,
    /// `C`
    U8,
    /// `S`
    U16,
    /// `I`
    U32,
    /// `L`
    U64,
    /// `e`
    F16,
    /// `f`
    F32,
    /// `g`
    F64,
}

impl Scalar {
    /// Bytes of one.
    pub const fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The integer in the bytes of a value; only called on integers.
    pub fn integer(self, bytes: &[u8]) -> Option<i64> {
        match self {
            Self::I8 => bytes.first_chunk().map(|b| i8::from_le_bytes(*b).into()),
            Self::I16 => bytes.first_chunk().map(|b| i16::from_le_bytes(*b).into()),
            Self::I32 => bytes.first_chunk().map(|b| i32::from_le_bytes(*b).into()),
            Self::U8 => bytes.first_chunk().map(|b| u8::from_le_bytes(*b).into()),
            Self::U16 => bytes.first_chunk().map(|b| u16::from_le_bytes(*b).into()),
            Self::U32 => bytes.first_chunk().map(|b| u32::from_le_bytes(*b).into()),
            Self::U64 => {
                let number = bytes.first_chunk().map(|b| u64::from_le_bytes(*b));
                number.and_then(|number| i64::try_from(number).ok())
            }
            _ => bytes.first_chunk().map(|b| i64::from_le_bytes(*b)),
        }
    }

    const fn index(format: &str) -> Option<Self> {
        match format.as_bytes() {
            b"c" => Some(Self::I8),
            b"s" => Some(Self::I16),
            b"i" => Some(Self::I32),
            b"l" => Some(Self::I64),
            b"C" => Some(Self::U8),
            b"S" => Some(Self::U16),
            b"I" => Some(Self::U32),
            b"L" => Some(Self::U64),
            _ => None,
        }
    }
}

/// What brings a stored time to a unit that Parquet has, as its writers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nothing.
    Same,
    /// Seconds, which become milliseconds.
    Seconds,
    /// Milliseconds, of which whole days become days.
    DayMillis,
}

/// How the values of an array are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// Not at all: every value is null.
    Null,
    /// A bit each.
    Bool,
    /// Numbers.
    Number(Scalar, Unit),
    /// Decimals of 16 or 32 bytes, the lowest byte first.
    Decimal(usize),
    /// So many bytes each.
    Fixed(usize),
    /// Bytes between offsets, which are wide or not.
    Bytes {
        /// Whether an offset has 8 bytes, and not 4.
        wide: bool,
    },
    /// Short values, or where the others are.
    Views,
    /// Indices of values.
    Dictionary(Scalar, Box<Self>),
    /// Values, and behind which row each ends.
    Runs(Scalar, Box<Self>),
    /// Lists of values.
    Lists(ListShape, Box<Self>),
    /// What is not read.
    Nested,
}

/// How lists are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListShape {
    /// By offsets of a type.
    Ends(Scalar),
    /// So many values each.
    Fixed(usize),
}

/// What is read of a column: how it is stored, and its element.
#[derive(Debug, Clone)]
pub struct Stored {
    /// How its values are stored.
    pub storage: Storage,
    /// The element of a Parquet schema that holds the same.
    pub element: Element,
    /// Whether the values are times without a place among Parquet's, with digits of a second.
    pub duration: Option<u32>,
    /// Whether lists may be null, where the values are in lists.
    pub lists: Option<bool>,
}

impl Stored {
    /// What a node of a schema says.
    pub fn new(node: &SchemaNode) -> Result<Self, Fault> {
        let mut stored = if let Some(lists) = Self::list(node)? {
            lists
        } else {
            let mut stored = Self::value(node)?;
            stored.element.repetition = node.nullable.into();
            stored
        };
        stored.element.name.clone_from(&node.name);
        Ok(stored)
    }

    /// What a node says of lists; none where it is of something else, or of lists of what is nested itself.
    fn list(node: &SchemaNode) -> Result<Option<Self>, Fault> {
        let shape = match node.format.as_str() {
            "+l" => ListShape::Ends(Scalar::I32),
            "+L" => ListShape::Ends(Scalar::I64),
            format => match format.strip_prefix("+w:").map(str::parse) {
                Some(Ok(size)) => ListShape::Fixed(size),
                Some(Err(_)) => return Err(unknown(format)),
                None => return Ok(None),
            },
        };
        let [item] = &node.children[..] else {
            return Err(Fault::corrupt("lists have items, and nothing else"));
        };
        let mut stored = Self::value(item)?;
        if stored.storage == Storage::Nested {
            return Ok(None);
        }
        stored.element.repetition = item.nullable.into();
        Ok(Some(Self {
            lists: Some(node.nullable),
            ..stored.behind(|of| Storage::Lists(shape, of))
        }))
    }

    fn value(node: &SchemaNode) -> Result<Self, Fault> {
        if let Some(dictionary) = &node.dictionary {
            let index = Scalar::index(&node.format);
            let index = index.ok_or_else(|| unknown(&node.format))?;
            return Ok(Self::value(dictionary)?.behind(|of| Storage::Dictionary(index, of)));
        }
        if node.format == "+r" {
            let [ends, values] = &node.children[..] else {
                return Err(Fault::corrupt(
                    "runs have ends and values, and nothing else",
                ));
            };
            let index = Scalar::index(&ends.format);
            let index = index.filter(|_| matches!(ends.format.as_str(), "s" | "i" | "l"));
            let index = index.ok_or_else(|| unknown(&ends.format))?;
            return Ok(Self::value(values)?.behind(|of| Storage::Runs(index, of)));
        }
        plain(&node.format)
    }

    fn behind(self, storage: impl FnOnce(Box<Storage>) -> Storage) -> Self {
        Self {
            storage: match self.storage {
                Storage::Nested => Storage::Nested,
                other => storage(Box::new(other)),
            },
            ..self
        }
    }
}

/// What a format says that has neither children nor a dictionary.
fn plain(format: &str) -> Result<Stored, Fault> {
    use Scalar::{F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    let number = |scalar| Storage::Number(scalar, Unit::Same);
    let int32 = |scalar, bits, signed| {
        let logical = integer(bits, signed);
        (number(scalar), Physical::Int32, Some(logical))
    };
    let bytes = |wide, logical| (Storage::Bytes { wide }, Physical::ByteArray, logical);
    let (storage, physical, logical) = match format {
        "n" => (Storage::Null, Physical::Int32, Some(logical(11))),
        "b" => (Storage::Bool, Physical::Boolean, None),
        "c" => int32(I8, 8, true),
        "s" => int32(I16, 16, true),
        "i" => int32(I32, 32, true),
        "C" => int32(U8, 8, false),
        "S" => int32(U16, 16, false),
        "I" => int32(U32, 32, false),
        "l" => (number(I64), Physical::Int64, Some(integer(64, true))),
        "L" => (number(U64), Physical::Int64, Some(integer(64, false))),
        "e" => {
            let mut half = stored(number(F16), Physical::Fixed, Some(logical(15)));
            half.element.length = 2;
            return Ok(half);
        }
        "f" => (number(F32), Physical::Float, None),
        "g" => (number(F64), Physical::Double, None),
        "u" => bytes(false, Some(logical(1))),
        "U" => bytes(true, Some(logical(1))),
        "z" => bytes(false, None),
        "Z" => bytes(true, None),
        "vu" => (Storage::Views, Physical::ByteArray, Some(logical(1))),
        "vz" => (Storage::Views, Physical::ByteArray, None),
        _ => return parameterised(format),
    };
    Ok(stored(storage, physical, logical))
}

/// What a format with parameters says.
fn parameterised(format: &str) -> Result<Stored, Fault> {
    if let Some(parameters) = format.strip_prefix("d:") {
        return decimal(format, parameters);
    }
    if let Some(bytes) = format.strip_prefix("w:") {
        let bytes: u32 = bytes.parse().map_err(|_| unknown(format))?;
        let length = usize::try_from(bytes).map_err(|_| unknown(format))?;
        let mut fixed = stored(Storage::Fixed(length), Physical::Fixed, None);
        fixed.element.length = bytes.into();
        return Ok(fixed);
    }
    if format.starts_with('t') {
        return time(format);
    }
    let (physical, converted) = match format.as_bytes() {
        [b'+', b'm', ..] => (None, Some(1)),
        [b'+', b'l' | b'L' | b'w' | b'v', ..] => (None, Some(3)),
        [b'+', ..] => (None, None),
        _ => return Err(unknown(format)),
    };
    let mut nested = stored(Storage::Nested, Physical::Unknown, None);
    nested.element.physical = physical;
    nested.element.converted = converted;
    nested.element.children = 1;
    Ok(nested)
}

fn decimal(format: &str, parameters: &str) -> Result<Stored, Fault> {
    let mut numbers = parameters.split(',').map(str::parse::<i64>);
    let mut next = || numbers.next().transpose().map_err(|_| unknown(format));
    let precision = next()?.ok_or_else(|| unknown(format))?;
    let scale = next()?.ok_or_else(|| unknown(format))?;
    let bits = next()?.unwrap_or(128);
    let (storage, physical) = match bits {
        32 => (Storage::Number(Scalar::I32, Unit::Same), Physical::Int32),
        64 => (Storage::Number(Scalar::I64, Unit::Same), Physical::Int64),
        128 => (Storage::Decimal(16), Physical::Fixed),
        256 => (Storage::Decimal(32), Physical::Fixed),
        _ => return Err(unknown(format)),
    };
    let mut decimal = stored(storage, physical, Some(logical(5)));
    decimal.element.length = bits / 8;
    if let Some(logical) = &mut decimal.element.logical {
        logical.first = scale;
        logical.second = precision;
    }
    Ok(decimal)
}

fn time(format: &str) -> Result<Stored, Fault> {
    use Scalar::{I32, I64};
    const DATE: i16 = 6;
    const TIME: i16 = 7;
    const TIMESTAMP: i16 = 8;
    let kind = format.split(':').next().unwrap_or_default();
    // The unit: 1 milli, 2 micro, 3 nano.
    let (scalar, conversion, number, unit) = match kind {
        "tdD" => (I32, Unit::Same, DATE, 0),
        "tdm" => (I64, Unit::DayMillis, DATE, 0),
        "tts" => (I32, Unit::Seconds, TIME, 1),
        "ttm" => (I32, Unit::Same, TIME, 1),
        "ttu" | "tDu" => (I64, Unit::Same, TIME, 2),
        "ttn" | "tDn" => (I64, Unit::Same, TIME, 3),
        "tss" => (I64, Unit::Seconds, TIMESTAMP, 1),
        "tsm" => (I64, Unit::Same, TIMESTAMP, 1),
        "tsu" => (I64, Unit::Same, TIMESTAMP, 2),
        "tsn" => (I64, Unit::Same, TIMESTAMP, 3),
        "tDs" => (I64, Unit::Seconds, TIME, 1),
        "tDm" => (I64, Unit::Same, TIME, 1),
        "tiM" | "tiD" | "tin" => {
            let mut interval = stored(Storage::Fixed(12), Physical::Fixed, None);
            interval.element.converted = Some(21);
            interval.element.length = 12;
            interval.storage = Storage::Nested;
            return Ok(interval);
        }
        _ => return Err(unknown(format)),
    };
    let physical = match (number, scalar) {
        (DATE, _) | (_, I32) => Physical::Int32,
        _ => Physical::Int64,
    };
    let mut time = stored(
        Storage::Number(scalar, conversion),
        physical,
        Some(logical(number)),
    );
    if let Some(logical) = &mut time.element.logical {
        logical.unit = unit;
    }
    let digits = u32::try_from(3 * unit).unwrap_or(0);
    time.duration = kind.starts_with("tD").then_some(digits);
    Ok(time)
}

fn stored(storage: Storage, physical: Physical, logical: Option<Logical>) -> Stored {
    Stored {
        storage,
        element: Element {
            physical: Some(physical.number().into()),
            logical,
            ..Element::default()
        },
        duration: None,
        lists: None,
    }
}

fn logical(number: i16) -> Logical {
    Logical {
        number,
        ..Logical::default()
    }
}

fn integer(bits: i64, signed: bool) -> Logical {
    Logical {
        first: bits,
        second: signed.into(),
        ..logical(10)
    }
}

fn unknown(format: &str) -> Fault {
    Fault::corrupt(format!("the format {format:?} is unknown"))
}

/// Checks that a batch is one: rows with columns.
pub fn check_batch(node: &SchemaNode) -> Result<(), Fault> {
    let format = &node.format;
    if format == "+s" && node.dictionary.is_none() {
        return Ok(());
    }
    Err(Fault::unsupported(format!(
        "it hands out arrays of the format {format:?}, where batches of columns are expected; make it \
         a column of a table"
    )))
}
