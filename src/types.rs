//! Types that all floors share: NumPy's dtypes, memory orders and array shapes.

/// The order of an array in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Row by row.
    C,
    /// Column by column.
    F,
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

    /// The dtype of this name.
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

    /// The smallest dtype that holds both, like `numpy.result_type`.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        use Family::{Bool, Float, Signed, Unsigned};
        let (a, a_bits) = self.family();
        let (b, b_bits) = other.family();
        match (a, b) {
            (Bool, _) => other,
            (_, Bool) => self,
            _ if a == b => Self::of_family(a, a_bits.max(b_bits)),
            (Signed, Unsigned) => Self::of_family(Signed, a_bits.max(b_bits * 2)),
            (Unsigned, Signed) => Self::of_family(Signed, b_bits.max(a_bits * 2)),
            // A float must hold integers of half its width: 8 bits in float16, 16 in float32.
            (Float, _) => Self::of_family(Float, a_bits.max(b_bits * 2)),
            (_, _) => Self::of_family(Float, b_bits.max(a_bits * 2)),
        }
    }

    const fn family(self) -> (Family, usize) {
        (self.row().family, self.row().bits)
    }

    /// The one table of dtypes.
    const fn row(self) -> Row {
        use Family::{Bool, Float, Signed, Unsigned};
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
