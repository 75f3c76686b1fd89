//! What a footer says of a chunk that may save reading it: bounds of its values, and where its page
//! index and its Bloom filter are. Nothing here is believed yet: bounds are held against the type
//! where they are compared, positions against the file.
//!
//! It is kept only of the columns that a scan asks for.

use crate::error::Fault;
use crate::parquet::thrift::{self, Bytes, Fields, Wire};

/// Bytes that are kept of a bound: all of a number, the front of a text.
pub const BOUND: usize = 32;

/// A value that no value of a chunk is below, or above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    front: [u8; BOUND],
    length: u64,
    /// Whether it is itself a value; `None` where the writer does not say.
    pub exact: Option<bool>,
}

/// Where something is in the file, as far as both numbers are given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Location {
    /// The first byte.
    pub start: Option<u64>,
    /// The number of bytes.
    pub length: Option<u64>,
}

/// What may save reading a chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// The lower bound of its values.
    pub least: Option<Bound>,
    /// The upper bound of its values.
    pub greatest: Option<Bound>,
    /// Where the bounds of its pages are.
    pub column_index: Location,
    /// Where its pages are said to be.
    pub offset_index: Location,
    /// Where its Bloom filter is.
    pub bloom_filter: Location,
}

impl Bound {
    /// A bound of these bytes.
    pub fn new(bytes: &[u8], exact: Option<bool>) -> Self {
        let mut front = [0; BOUND];
        let kept = bytes.len().min(BOUND);
        front[..kept].copy_from_slice(&bytes[..kept]);
        Self {
            front,
            length: bytes.len() as u64,
            exact,
        }
    }

    /// Reads a bound.
    pub(super) fn read(bytes: &mut impl Bytes, wire: Wire) -> Result<Self, Fault> {
        let (front, length) = thrift::front(bytes, wire)?;
        Ok(Self {
            front,
            length,
            exact: None,
        })
    }

    /// The same, with what the writer says of its exactness.
    pub(super) const fn said(self, exact: Option<bool>) -> Self {
        Self { exact, ..self }
    }

    /// Its bytes, the first of them if there are many.
    pub fn bytes(&self) -> &[u8] {
        let kept = usize::try_from(self.length).map_or(BOUND, |length| length.min(BOUND));
        &self.front[..kept]
    }

    /// Whether `bytes` are all of it.
    pub const fn is_whole(&self) -> bool {
        self.length <= BOUND as u64
    }

    /// The first eight bytes, if it has no more.
    pub fn word(&self) -> Option<[u8; 8]> {
        let word = self.front.first_chunk().copied();
        word.filter(|_| self.length <= 8)
    }
}

impl Hints {
    /// Those of a file whose bounds have no order, and so no meaning.
    pub(super) fn unordered(self) -> Self {
        Self {
            least: None,
            greatest: None,
            column_index: Location::default(),
            ..self
        }
    }
}

impl Location {
    /// Takes its start or its length from a field; what is negative is not known.
    pub(super) fn read(
        place: &mut Option<u64>,
        bytes: &mut impl Bytes,
        wire: Wire,
    ) -> Result<(), Fault> {
        if !matches!(wire, Wire::Int | Wire::Byte) {
            return thrift::skip(bytes, wire);
        }
        *place = u64::try_from(thrift::int_field(bytes, wire)?).ok();
        Ok(())
    }
}

/// Whether the order that bounds obey is known, for all columns: that of their type, or for floats the
/// total one, which is the same where no bound is NaN. Bounds without an order have no meaning.
pub(super) fn orders(bytes: &mut impl Bytes) -> Result<bool, Fault> {
    let (count, element) = thrift::list(bytes)?;
    let mut known = count > 0;
    for _ in 0..count {
        if element != Wire::Struct {
            thrift::skip(bytes, element)?;
            known = false;
            continue;
        }
        let mut own = false;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(bytes)? {
            own |= matches!(id, 1 | 2);
            thrift::skip(bytes, wire)?;
        }
        known &= own;
    }
    Ok(known)
}
