//! What is wrong with some bytes, before their place in a file is known: a decoder reports a
//! [`Fault`], and the owner of the bytes turns it into an [`Error`] at its place.

use std::borrow::Cow;

use crate::error::{Error, Place, Shortage};

/// What is wrong with some bytes, wherever they are.
#[derive(Debug)]
pub enum Fault {
    /// The bytes contradict the format, or each other.
    Corrupt(Cow<'static, str>),
    /// The bytes are valid, but use a feature that is not supported.
    Unsupported(Cow<'static, str>),
    /// The bytes are valid, but not what others say.
    Mismatch(Cow<'static, str>),
    /// More scratch memory is needed than the account holds.
    Scarce {
        /// Bytes that were requested.
        needed: usize,
    },
    /// The bytes could not be read at all.
    Read(Box<Error>),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Read(Box::new(error))
    }
}

impl Fault {
    /// Bytes that contradict the format.
    pub fn corrupt(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Corrupt(what.into())
    }

    /// A feature that is not supported.
    pub fn unsupported(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported(what.into())
    }

    /// What is not as others say.
    pub fn mismatch(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Mismatch(what.into())
    }

    /// Damage in a page of a column chunk; pages are counted from 0.
    #[must_use]
    pub fn on_page(self, page: usize) -> Self {
        match self {
            Self::Corrupt(what) => Self::Corrupt(format!("page {page}: {what}").into()),
            fault => fault,
        }
    }

    /// The error for memory that was too little for work of no file, in the words of `what`.
    pub fn short(self, what: impl FnOnce(usize) -> String) -> Error {
        match self {
            Self::Scarce { needed } => Shortage::new(what(needed)).needing(needed, None).into(),
            fault => fault.at(Place::default()),
        }
    }

    /// The error at a known place.
    pub fn at(self, place: Place) -> Error {
        match self {
            Self::Corrupt(what) => Error::Corrupt {
                place,
                what: what.into_owned(),
            },
            Self::Unsupported(what) => Error::Unsupported {
                place,
                what: what.into_owned(),
            },
            Self::Mismatch(what) => Error::Mismatch {
                place,
                what: what.into_owned(),
                difference: None,
            },
            Self::Scarce { needed } => Error::Scarce { place, needed },
            Self::Read(error) => *error,
        }
    }
}

/// Refuses bytes as corrupt, in the words that follow, unless what they claim holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err($crate::error::Fault::corrupt(format!($($what)+)));
        }
    };
}
pub(crate) use ensure;
