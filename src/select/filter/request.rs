//! What a caller asks of rows, as plain data: conditions, all of which hold in one of several lists.

/// Rows that are asked for: those for which all conditions of any list hold.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterRequest {
    /// The option that asks, for messages.
    pub option: &'static str,
    /// The lists.
    pub any: Vec<Vec<Condition>>,
}

/// A condition on the values of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// How its values are compared.
    pub operator: Operator,
    /// With what: one constant, but any number of them for `In` and `NotIn`.
    pub values: Vec<Constant>,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// Is one of the constants; a null is, if a null is among them.
    In,
    /// Is none of the constants; a null is none of them, unless a null is among them.
    NotIn,
    /// Is null.
    Is,
    /// Is not null.
    IsNot,
}

/// What values are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// No value.
    Null,
    /// False or true.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A floating-point number.
    Float(f64),
    /// A decimal.
    Decimal {
        /// Its digits, as a whole number.
        unscaled: i128,
        /// How many of them follow the point.
        scale: i32,
    },
    /// Text or other bytes. It may be a date or a time as ISO 8601 writes them.
    Text(Vec<u8>),
    /// Days since 1970.
    Date(i64),
    /// Time since 1970.
    Timestamp {
        /// The number of units.
        value: i128,
        /// A unit has so many digits of a second.
        digits: u32,
    },
    /// Time since midnight.
    Time {
        /// The number of units.
        value: i128,
        /// A unit has so many digits of a second.
        digits: u32,
    },
    /// Time that passes.
    Duration {
        /// The number of units.
        value: i128,
        /// A unit has so many digits of a second.
        digits: u32,
    },
}

impl Operator {
    /// Its symbol.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Is => "is",
            Self::IsNot => "is not",
        }
    }
}

impl Constant {
    /// What it is, in words.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "None",
            Self::Bool(_) => "a bool",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Decimal { .. } => "a decimal",
            Self::Text(_) => "text",
            Self::Date(_) => "a date",
            Self::Timestamp { .. } => "a timestamp",
            Self::Time { .. } => "a time of day",
            Self::Duration { .. } => "a duration",
        }
    }

    /// Whether it is the floating-point number that no number is equal to.
    pub const fn is_nan(&self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }
}
