//! What texts become: codes, or numbers in whose place codes will come.

use std::sync::Arc;

use crate::error::Fault;
use crate::texts::numbering::{Numbering, SharedTexts};
use crate::texts::vocabulary::Texts;

/// What the texts of a column become.
#[derive(Debug, Clone)]
pub enum TextCodes {
    /// The codes of texts that are known.
    Known(Arc<Texts>),
    /// Numbers, in whose place codes come when all texts are known.
    Numbered(Arc<SharedTexts>),
}

/// The same for one thread that reads some of the column.
#[derive(Debug)]
pub enum Coder {
    /// It looks up codes.
    Known(Arc<Texts>),
    /// It numbers the texts that it meets.
    Numbered(Box<Numbering>),
}

impl TextCodes {
    /// The texts, if they are known.
    pub fn known(&self) -> Option<Arc<Texts>> {
        match self {
            Self::Known(texts) => Some(Arc::clone(texts)),
            Self::Numbered(_) => None,
        }
    }

    /// Where a thread begins to read.
    pub fn open(&self) -> Coder {
        match self {
            Self::Known(texts) => Coder::Known(Arc::clone(texts)),
            Self::Numbered(shared) => Coder::Numbered(Box::new(Numbering::new(shared))),
        }
    }
}

impl Coder {
    /// What at most [`TOGETHER`](crate::texts::TOGETHER) texts become; NaN for one that has no code.
    /// Texts that are not known yet are such that `check` may refuse.
    pub fn code_together(
        &mut self,
        texts: &[&[u8]],
        codes: &mut [f64],
        check: impl Fn(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self {
            Self::Known(known) => {
                known.find_together(texts, codes);
                let mut unknown = texts.iter().zip(codes).filter(|(_, code)| code.is_nan());
                unknown.try_for_each(|(text, _)| check(text))
            }
            Self::Numbered(numbering) => numbering.number_together(texts, codes, check),
        }
    }

    /// What a text becomes; NaN where it has no code. A text that is not known yet is one that `check`
    /// may refuse.
    #[inline]
    pub fn code(
        &mut self,
        text: &[u8],
        check: impl FnOnce(&[u8]) -> Result<(), Fault>,
    ) -> Result<f64, Fault> {
        match self {
            Self::Known(texts) => match texts.find(text) {
                Some(code) => Ok(f64::from(code)),
                None => check(text).map(|()| f64::NAN),
            },
            Self::Numbered(numbering) => numbering.number(text, check).map(f64::from),
        }
    }
}
