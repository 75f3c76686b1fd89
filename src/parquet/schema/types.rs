//! What the types of Parquet are here: one table of the kinds of numbers, from which everything that
//! depends on a type is read. Pure functions of an element; types that are not numbers say why.

use crate::kernel::Number;
use crate::kernel::scalar::clock::Clock;
use crate::kernel::scalar::decimal;
use crate::parquet::schema::element::Element;
use crate::parquet::schema::meaning::Meaning;
use crate::types::Dtype;

/// The physical types, by their numbers in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Physical {
    /// BOOLEAN.
    Boolean = 0,
    /// INT32.
    Int32 = 1,
    /// INT64.
    Int64 = 2,
    /// INT96.
    Int96 = 3,
    /// FLOAT.
    Float = 4,
    /// DOUBLE.
    Double = 5,
    /// `BYTE_ARRAY`.
    ByteArray = 6,
    /// `FIXED_LEN_BYTE_ARRAY`.
    Fixed = 7,
    /// A number that the format does not have.
    Unknown = u8::MAX,
}

impl Physical {
    /// The type of a number.
    pub const fn of(number: u64) -> Self {
        match number {
            0 => Self::Boolean,
            1 => Self::Int32,
            2 => Self::Int64,
            3 => Self::Int96,
            4 => Self::Float,
            5 => Self::Double,
            6 => Self::ByteArray,
            7 => Self::Fixed,
            _ => Self::Unknown,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// How wide a stored value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// One bit.
    Bit,
    /// A fixed number of bytes.
    Fixed(usize),
    /// As many bytes as each value says.
    Variable,
}

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
        /// Digits after the point.
        scale: i32,
    },
    /// A decimal in INT64.
    Decimal64 {
        /// Digits after the point.
        scale: i32,
    },
    /// A decimal in a fixed number of bytes.
    DecimalFixed {
        /// Bytes of each value.
        bytes: usize,
        /// Digits after the point.
        scale: i32,
    },
    /// A decimal in as many bytes as it needs.
    DecimalBytes {
        /// Digits after the point.
        scale: i32,
    },
    /// A time in INT32, of which each is so many of the unit that it becomes.
    Time32 {
        /// How many.
        factor: i64,
    },
    /// A time in INT64, of which each is so many of the unit that it becomes.
    Time64 {
        /// How many.
        factor: i64,
    },
    /// An instant in INT96, which becomes nanoseconds.
    Time96,
    /// A time that becomes a number of units.
    Clock {
        /// How it is stored.
        stored: Physical,
        /// How its ticks become units.
        clock: Clock,
    },
    /// Byte strings that become codes.
    Text {
        /// Bytes of each, where they are fixed.
        bytes: Option<usize>,
        /// Whether they have to be UTF-8.
        is_text: bool,
        /// Whether they were a dictionary before they were written, where that is known.
        was_dictionary: Option<bool>,
    },
    /// The null type: every value is missing.
    Null,
}

/// A row of the table of kinds.
#[derive(Debug, Clone, Copy)]
struct Row {
    physical: Option<Physical>,
    width: Width,
    dtype: Dtype,
}

const fn row(physical: Physical, width: Width, dtype: Dtype) -> Row {
    Row {
        physical: Some(physical),
        width,
        dtype,
    }
}

/// Evaluates `$value` with `$stored` as the Rust type that the numbers of `$kind` are loaded as;
/// `None` for decimals, times, texts and nulls, which are no numbers as they are stored.
macro_rules! with_number {
    ($kind:expr, $stored:ident => $value:expr) => {
        with_number!(
            $kind, $stored => $value,
            Bool bool, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64,
            F16 half::f16, F32 f32, F64 f64
        )
    };
    ($kind:expr, $stored:ident => $value:expr, $($name:ident $type:ty),*) => {
        match $kind {
            $($crate::parquet::Kind::$name => {
                type $stored = $type;
                Some($value)
            })*
            _ => None,
        }
    };
}
pub(in crate::parquet) use with_number;

impl Kind {
    /// The table of kinds: where the values of each are, how wide they are there, and the dtype that
    /// holds them all. A decimal has no dtype of its own in NumPy and becomes the nearest `float64`.
    const fn row(self) -> Row {
        match self {
            Self::Bool => row(Physical::Boolean, Width::Bit, Dtype::Bool),
            Self::I8 => row(Physical::Int32, Width::Fixed(4), Dtype::I8),
            Self::I16 => row(Physical::Int32, Width::Fixed(4), Dtype::I16),
            Self::I32 => row(Physical::Int32, Width::Fixed(4), Dtype::I32),
            Self::I64 | Self::Time64 { .. } => row(Physical::Int64, Width::Fixed(8), Dtype::I64),
            Self::U8 => row(Physical::Int32, Width::Fixed(4), Dtype::U8),
            Self::U16 => row(Physical::Int32, Width::Fixed(4), Dtype::U16),
            Self::U32 => row(Physical::Int32, Width::Fixed(4), Dtype::U32),
            Self::U64 => row(Physical::Int64, Width::Fixed(8), Dtype::U64),
            Self::F16 => row(Physical::Fixed, Width::Fixed(2), Dtype::F16),
            Self::F32 => row(Physical::Float, Width::Fixed(4), Dtype::F32),
            Self::F64 => row(Physical::Double, Width::Fixed(8), Dtype::F64),
            Self::Decimal32 { .. } => row(Physical::Int32, Width::Fixed(4), Dtype::F64),
            Self::Decimal64 { .. } => row(Physical::Int64, Width::Fixed(8), Dtype::F64),
            Self::DecimalFixed { bytes, .. } => {
                row(Physical::Fixed, Width::Fixed(bytes), Dtype::F64)
            }
            Self::DecimalBytes { .. } => row(Physical::ByteArray, Width::Variable, Dtype::F64),
            Self::Time32 { .. } => row(Physical::Int32, Width::Fixed(4), Dtype::I64),
            Self::Time96 => row(Physical::Int96, Width::Fixed(12), Dtype::I64),
            Self::Clock { stored, .. } => row(
                stored,
                Width::Fixed(match stored {
                    Physical::Int32 => 4,
                    Physical::Int96 => 12,
                    _ => 8,
                }),
                Dtype::F64,
            ),
            Self::Text {
                bytes: Some(bytes), ..
            } => row(Physical::Fixed, Width::Fixed(bytes), Dtype::I64),
            Self::Text { bytes: None, .. } => row(Physical::ByteArray, Width::Variable, Dtype::I64),
            // Nothing is stored, in whatever type.
            Self::Null => Row {
                physical: None,
                width: Width::Variable,
                dtype: Dtype::F64,
            },
        }
    }

    /// The physical type; `None` where it does not matter.
    pub const fn physical(self) -> Option<Physical> {
        self.row().physical
    }

    /// How wide the stored values are.
    pub const fn width(self) -> Width {
        self.row().width
    }

    /// The dtype that holds every value of a column.
    pub const fn dtype(self) -> Dtype {
        self.row().dtype
    }

    /// Whether the values are stored as integers.
    pub const fn is_stored_as_integer(self) -> bool {
        matches!(self.physical(), Some(Physical::Int32 | Physical::Int64))
    }

    /// How many units one tick of a time is; `None` where it is none that is counted.
    pub fn tick(self) -> Option<f64> {
        match self {
            Self::Clock { clock, .. } => Some(clock.step()),
            _ => None,
        }
    }

    /// Bits of each value, apart from how it is stored.
    pub const fn bits(self) -> usize {
        8 * self.dtype().bytes()
    }

    /// Whether the values are integers that can be negative.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// The value of a bound in the statistics of a footer, as far as those of its type are known.
    pub fn bound(self, bytes: [u8; 8]) -> Option<f64> {
        match self {
            Self::Decimal32 { scale } => Some(decimal::from_i64(i32::load(&bytes).to_i64(), scale)),
            Self::Decimal64 { scale } => Some(decimal::from_i64(i64::load(&bytes), scale)),
            kind => with_number!(kind, Stored => Stored::load(&bytes).to_f64()),
        }
    }
}

/// The type of a flat element in words, and what kind of numbers it holds, or why it holds none.
pub fn flat(element: &Element, physical: Physical) -> (String, Result<Kind, &'static str>) {
    let time = Err("it is a time, which datetimes= takes");
    let no_number = Err("it is not a number, and categories= takes it");
    match (Meaning::of(element), physical) {
        (Meaning::Null, _) => ("null".to_owned(), Ok(Kind::Null)),
        (Meaning::Decimal { precision, scale }, _) => {
            let digits = i32::try_from(scale).ok();
            let digits = digits.filter(|_| precision > 0 && (0..=precision).contains(&scale));
            let kind = digits.ok_or("no decimal has such a precision and scale");
            let kind = kind.and_then(|scale| decimal(element, physical, scale));
            (format!("decimal({precision}, {scale})"), kind)
        }
        (Meaning::Date, Physical::Int32) => (
            "date".to_owned(),
            Err("it is a date, which datetimes= takes"),
        ),
        (Meaning::Time(unit), Physical::Int32 | Physical::Int64) => {
            (format!("time[{}]", unit.name()), time)
        }
        (Meaning::Timestamp(unit), Physical::Int64) => {
            (format!("timestamp[{}]", unit.name()), time)
        }
        (Meaning::Half, Physical::Fixed) if element.length == 2 => {
            ("float16".to_owned(), Ok(Kind::F16))
        }
        (Meaning::Integer { bits, signed }, Physical::Int32) => integer(bits.min(32), signed),
        (Meaning::Integer { signed, .. }, Physical::Int64) => integer(64, signed),
        (_, Physical::Boolean) => ("bool".to_owned(), Ok(Kind::Bool)),
        (_, Physical::Int32) => integer(32, true),
        (_, Physical::Int64) => integer(64, true),
        (_, Physical::Int96) => ("timestamp (int96)".to_owned(), time),
        (_, Physical::Float) => ("float32".to_owned(), Ok(Kind::F32)),
        (_, Physical::Double) => ("float64".to_owned(), Ok(Kind::F64)),
        (Meaning::Text(name), _) => (name.to_owned(), no_number),
        (Meaning::Interval, _) => ("interval".to_owned(), Err("it is not a number")),
        (_, Physical::ByteArray | Physical::Fixed) => ("binary".to_owned(), no_number),
        _ => ("unknown".to_owned(), Err("its physical type is unknown")),
    }
}

fn decimal(element: &Element, physical: Physical, scale: i32) -> Result<Kind, &'static str> {
    match physical {
        Physical::Int32 => Ok(Kind::Decimal32 { scale }),
        Physical::Int64 => Ok(Kind::Decimal64 { scale }),
        Physical::ByteArray => Ok(Kind::DecimalBytes { scale }),
        Physical::Fixed => element
            .bytes()
            .map(|bytes| Kind::DecimalFixed { bytes, scale }),
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
