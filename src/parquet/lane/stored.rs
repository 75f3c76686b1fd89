//! How the values of a column are stored, and what they are recoded by before they are cast.

use std::sync::Arc;

use crate::parquet::Kind;
use crate::texts::Texts;

/// How values are stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// What they are, and by which numbers they become numbers.
    pub kind: Kind,
    /// The texts whose codes they become, where they are texts.
    pub texts: Option<Arc<Texts>>,
}

impl From<Kind> for Stored {
    /// Values that need no texts.
    fn from(kind: Kind) -> Self {
        Self { kind, texts: None }
    }
}
