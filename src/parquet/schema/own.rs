//! What a column is by itself in NumPy, where it is taken as it is: numbers, times in their unit, or
//! text. A decimal has no dtype in NumPy, and is the nearest `float64`.

use crate::kernel::scalar::clock::Clock;
use crate::parquet::schema::element::Element;
use crate::parquet::schema::key::Key;
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::types::{Kind, Physical};
use crate::types::{Dtype, Epoch, Unit};

/// A column as it is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Numbers and bools, or the null type.
    Number(Kind),
    /// Times, as they are stored.
    Time {
        /// The physical type.
        stored: Physical,
        /// The dtype that has their unit.
        dtype: Dtype,
    },
    /// Byte strings.
    Text(TextType),
}

/// What byte strings are in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextType {
    /// `str`
    Text,
    /// `bytes`
    Bytes,
    /// `bytes`, all of this length.
    Fixed(usize),
}

impl TextType {
    /// Whether values are `str`, and so have to be UTF-8.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text)
    }

    /// The type that holds both; `None` where one is text and the other is not.
    pub fn common(self, other: Self) -> Option<Self> {
        match (self, other) {
            _ if self == other => Some(self),
            (Self::Text, _) | (_, Self::Text) => None,
            _ => Some(Self::Bytes),
        }
    }
}

impl Own {
    /// That of a flat element, which is of some kind where it is a number, and of some key.
    pub fn new(
        element: &Element,
        key: Result<Key, &'static str>,
        kind: Result<Kind, &'static str>,
    ) -> Result<Self, &'static str> {
        if let Ok(kind) = kind {
            return Ok(Self::Number(kind));
        }
        let time = |stored, dtype| Ok(Self::Time { stored, dtype });
        match key? {
            Key::Date => time(Physical::Int32, Dtype::Datetime(Unit::Day)),
            Key::Timestamp(digits) => {
                time(Physical::Int64, Dtype::Datetime(Unit::of_digits(digits)))
            }
            Key::Timestamp96 => time(Physical::Int96, Dtype::Datetime(Unit::Nano)),
            Key::Time { stored, digits } => time(
                stored.physical().unwrap_or(Physical::Unknown),
                Dtype::Timedelta(Unit::of_digits(digits)),
            ),
            Key::Text(length) => Ok(Self::Text(match (Meaning::of(element), length) {
                (Meaning::Text("string" | "enum" | "json"), _) => TextType::Text,
                (_, Some(bytes)) => TextType::Fixed(bytes),
                (_, None) => TextType::Bytes,
            })),
            _ => Err("it has no type in NumPy"),
        }
    }

    /// The dtype of its values; `None` for text.
    pub const fn dtype(self) -> Option<Dtype> {
        match self {
            Self::Number(kind) => Some(kind.dtype()),
            Self::Time { dtype, .. } => Some(dtype),
            Self::Text(_) => None,
        }
    }

    /// What its byte strings are; `None` where it has none.
    pub const fn text(self) -> Option<TextType> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Time { .. } => None,
        }
    }

    /// How its times become numbers of units; `None` where it has none.
    pub fn clock(self, epoch: Epoch) -> Option<Kind> {
        let Self::Time { stored, dtype } = self else {
            return None;
        };
        let origin = match dtype {
            Dtype::Datetime(_) => epoch.origin,
            _ => 0,
        };
        let tick = dtype.unit()?.nanoseconds();
        let clock = Clock::new(tick, epoch.unit.nanoseconds(), origin)?;
        Some(Kind::Clock { stored, clock })
    }

    /// How its values become those of a dtype that holds them; `None` for text.
    pub fn kind(self, dtype: Dtype) -> Option<Kind> {
        match self {
            Self::Number(kind) => Some(kind),
            Self::Time { stored, dtype: own } => {
                let factor = dtype.unit()?.in_a_day() / own.unit()?.in_a_day();
                match stored {
                    Physical::Int32 => Some(Kind::Time32 { factor }),
                    Physical::Int64 => Some(Kind::Time64 { factor }),
                    Physical::Int96 => Some(Kind::Time96),
                    _ => None,
                }
            }
            Self::Text(_) => None,
        }
    }
}
