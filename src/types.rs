//! Types that all floors share: NumPy's dtypes, memory orders and array shapes.

/// The order of an array in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Row by row.
    C,
    /// Column by column.
    F,
}

/// What times are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Days.
    Day,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
    /// Seconds.
    Second,
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
}

impl Unit {
    /// The unit of so many digits of a second: 3, 6 or else 9.
    pub const fn of_digits(digits: u32) -> Self {
        match digits {
            3 => Self::Milli,
            6 => Self::Micro,
            _ => Self::Nano,
        }
    }

    /// All units, and the names that NumPy gives them.
    pub const ALL: [(&'static str, Self); 7] = [
        ("D", Self::Day),
        ("h", Self::Hour),
        ("m", Self::Minute),
        ("s", Self::Second),
        ("ms", Self::Milli),
        ("us", Self::Micro),
        ("ns", Self::Nano),
    ];

    /// The name that NumPy gives it.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, unit)| *unit == self);
        named.map_or("", |(name, _)| name)
    }

    /// How many nanoseconds it has.
    pub const fn nanoseconds(self) -> i64 {
        Self::Nano.in_a_day() / self.in_a_day()
    }

    /// How many of it a day has.
    pub const fn in_a_day(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Hour => 24,
            Self::Minute => 1440,
            Self::Second => 86_400,
            Self::Milli => 86_400_000,
            Self::Micro => 86_400_000_000,
            Self::Nano => 86_400_000_000_000,
        }
    }
}

/// What times are counted in, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// The unit.
    pub unit: Unit,
    /// The instant that they are counted from, in nanoseconds since 1970. Times of day and durations
    /// need none.
    pub origin: i128,
}

/// A dtype of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// `bool`
    Bool,
    /// `int8`
    I8,
    /// `int16`
    I16,
    /// `int32`
    I32,
    /// `int64`
    I64,
    /// `uint8`
    U8,
    /// `uint16`
    U16,
    /// `uint32`
    U32,
    /// `uint64`
    U64,
    /// `float16`
    F16,
    /// `float32`
    F32,
    /// `float64`
    F64,
    /// `datetime64`
    Datetime(Unit),
    /// `timedelta64`
    Timedelta(Unit),
}

/// The shape and type of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArraySpec {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The type of its values.
    pub dtype: Dtype,
    /// The order in memory.
    pub order: Order,
}

impl ArraySpec {
    /// Bytes of all values.
    pub fn bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.bytes()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Bool,
    Signed,
    Unsigned,
    Float,
    Datetime,
    Timedelta,
}

/// What is known of a dtype.
struct Row {
    family: Family,
    bits: usize,
    name: &'static str,
    code: &'static str,
}

impl Row {
    const fn new(family: Family, bits: usize, name: &'static str, code: &'static str) -> Self {
        Self {
            family,
            bits,
            name,
            code,
        }
    }
}

impl Dtype {
    /// Those of numbers and bools.
    const ALL: [Self; 12] = [
        Self::Bool,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::F16,
        Self::F32,
        Self::F64,
    ];

    /// The dtype of this name, if it is one of numbers or bools.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// The name that NumPy gives it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The type string that NumPy gives it, byte order included.
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// Bytes of one value.
    pub const fn bytes(self) -> usize {
        self.family().1 / 8
    }

    /// Whether NaN is one of its values.
    pub fn is_floating(self) -> bool {
        self.family().0 == Family::Float
    }

    /// Whether its values are times, and of which unit.
    pub const fn unit(self) -> Option<Unit> {
        match self {
            Self::Datetime(unit) | Self::Timedelta(unit) => Some(unit),
            _ => None,
        }
    }

    /// Whether it has no value for what is missing.
    pub const fn needs_mask(self) -> bool {
        matches!(
            self.family().0,
            Family::Bool | Family::Signed | Family::Unsigned
        )
    }

    /// Whether one dtype can hold both: numbers and bools, or times of one kind.
    pub fn goes_with(self, other: Self) -> bool {
        let (own, others) = (self.family().0, other.family().0);
        own == others || self.unit().is_none() && other.unit().is_none()
    }

    /// The smallest dtype that holds both, where one can, like `numpy.result_type`.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        use Family::{Bool, Datetime, Float, Signed, Timedelta, Unsigned};
        let (a, a_bits) = self.family();
        let (b, b_bits) = other.family();
        match (a, b) {
            (Bool, _) => other,
            (_, Bool) => self,
            _ if a == b && self.unit().is_none() => Self::of_family(a, a_bits.max(b_bits)),
            (Signed, Unsigned) => Self::of_family(Signed, a_bits.max(b_bits * 2)),
            (Unsigned, Signed) => Self::of_family(Signed, b_bits.max(a_bits * 2)),
            // A float must hold integers of half its width: 8 bits in float16, 16 in float32.
            (Float, _) => Self::of_family(Float, a_bits.max(b_bits * 2)),
            (Datetime | Timedelta, _) | (_, Datetime | Timedelta) => {
                if other.unit() > self.unit() {
                    other
                } else {
                    self
                }
            }
            (_, _) => Self::of_family(Float, b_bits.max(a_bits * 2)),
        }
    }

    const fn family(self) -> (Family, usize) {
        (self.row().family, self.row().bits)
    }

    /// The one table of dtypes.
    const fn row(self) -> Row {
        use Family::{Bool, Datetime, Float, Signed, Timedelta, Unsigned};
        match self {
            Self::Bool => Row::new(Bool, 8, "bool", "|b1"),
            Self::I8 => Row::new(Signed, 8, "int8", "|i1"),
            Self::I16 => Row::new(Signed, 16, "int16", "<i2"),
            Self::I32 => Row::new(Signed, 32, "int32", "<i4"),
            Self::I64 => Row::new(Signed, 64, "int64", "<i8"),
            Self::U8 => Row::new(Unsigned, 8, "uint8", "|u1"),
            Self::U16 => Row::new(Unsigned, 16, "uint16", "<u2"),
            Self::U32 => Row::new(Unsigned, 32, "uint32", "<u4"),
            Self::U64 => Row::new(Unsigned, 64, "uint64", "<u8"),
            Self::F16 => Row::new(Float, 16, "float16", "<f2"),
            Self::F32 => Row::new(Float, 32, "float32", "<f4"),
            Self::F64 => Row::new(Float, 64, "float64", "<f8"),
            Self::Datetime(unit) => match unit {
                Unit::Day => Row::new(Datetime, 64, "datetime64[D]", "<M8[D]"),
                Unit::Hour => Row::new(Datetime, 64, "datetime64[h]", "<M8[h]"),
                Unit::Minute => Row::new(Datetime, 64, "datetime64[m]", "<M8[m]"),
                Unit::Second => Row::new(Datetime, 64, "datetime64[s]", "<M8[s]"),
                Unit::Milli => Row::new(Datetime, 64, "datetime64[ms]", "<M8[ms]"),
                Unit::Micro => Row::new(Datetime, 64, "datetime64[us]", "<M8[us]"),
                Unit::Nano => Row::new(Datetime, 64, "datetime64[ns]", "<M8[ns]"),
            },
            Self::Timedelta(unit) => match unit {
                Unit::Day => Row::new(Timedelta, 64, "timedelta64[D]", "<m8[D]"),
                Unit::Hour => Row::new(Timedelta, 64, "timedelta64[h]", "<m8[h]"),
                Unit::Minute => Row::new(Timedelta, 64, "timedelta64[m]", "<m8[m]"),
                Unit::Second => Row::new(Timedelta, 64, "timedelta64[s]", "<m8[s]"),
                Unit::Milli => Row::new(Timedelta, 64, "timedelta64[ms]", "<m8[ms]"),
                Unit::Micro => Row::new(Timedelta, 64, "timedelta64[us]", "<m8[us]"),
                Unit::Nano => Row::new(Timedelta, 64, "timedelta64[ns]", "<m8[ns]"),
            },
        }
    }

    /// The dtype of a family with this many bits; `float64` where integers would be too wide.
    fn of_family(family: Family, bits: usize) -> Self {
        let bits = if family == Family::Float {
            bits.min(64)
        } else {
            bits
        };
        Self::ALL
            .into_iter()
            .find(|dtype| dtype.family() == (family, bits))
            .unwrap_or(Self::F64)
    }
}
