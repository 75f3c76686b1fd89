//! How the values of a column are stored, and what they are recoded by before they are cast.

use crate::parquet::Kind;
use crate::texts::{Coder, TextCodes};

/// How values are stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// What they are, and by which numbers they become numbers.
    pub kind: Kind,
    /// What they become, where they are texts.
    pub texts: Option<TextCodes>,
}

/// The same for a chunk that is read.
#[derive(Debug)]
pub struct OpenStored {
    /// What the values are, and by which numbers they become numbers.
    pub kind: Kind,
    /// What texts become.
    pub coder: Option<Coder>,
}

impl From<Kind> for Stored {
    /// Values that need no texts.
    fn from(kind: Kind) -> Self {
        Self { kind, texts: None }
    }
}

impl Stored {
    /// The same for a chunk that is read.
    pub fn open(&self) -> OpenStored {
        OpenStored {
            kind: self.kind,
            coder: self.texts.as_ref().map(TextCodes::open),
        }
    }
}
