//! An array that was checked: rows that can be read without a doubt about their buffers, and slices of
//! them. Offsets, indices and views within its buffers are checked where they are read.

use std::sync::Arc;

use crate::arrow::bits::Bitmap;
use crate::arrow::c_data::Buffer;
use crate::arrow::storage::{Scalar, Unit};

/// Rows of an array.
#[derive(Debug, Clone)]
pub struct Array {
    data: Arc<ArrayData>,
    first: usize,
    rows: usize,
}

/// The buffers of an array.
#[derive(Debug)]
pub struct ArrayData {
    /// Rows of the whole array.
    pub rows: usize,
    /// Which rows have a value; none where all have.
    pub valid: Option<Bitmap>,
    /// Nulls, where they are known without a look at other arrays.
    pub nulls: Option<u64>,
    /// The values.
    pub values: Values,
}

/// The values of an array, for each row from its first one on.
#[derive(Debug)]
pub enum Values {
    /// None at all.
    Null,
    /// A bit each.
    Bool(Bitmap),
    /// Numbers side by side.
    Number {
        /// Their bytes.
        bytes: Buffer,
        /// Their type.
        scalar: Scalar,
        /// What brings them to the unit of their column.
        unit: Unit,
    },
    /// Wide integers side by side, the lowest byte first.
    Decimal {
        /// Their bytes.
        bytes: Buffer,
        /// Bytes of each.
        width: usize,
    },
    /// So many bytes each.
    Fixed {
        /// The bytes of all.
        bytes: Buffer,
        /// Bytes of each.
        width: usize,
    },
    /// Bytes between offsets.
    Bytes {
        /// Where each begins, and where the last one ends.
        offsets: Buffer,
        /// Whether an offset has 8 bytes, and not 4.
        wide: bool,
        /// What they point into.
        bytes: Option<Buffer>,
    },
    /// Short values, or where the others are.
    Views {
        /// 16 bytes each.
        views: Buffer,
        /// What they point into.
        buffers: Vec<Option<Buffer>>,
    },
    /// Lists of numbers.
    Lists {
        /// Where each begins, and where the last one ends; none where all have one size.
        ends: Option<ListEnds>,
        /// That size.
        size: usize,
        /// The items of all rows.
        items: Box<Array>,
    },
    /// Indices of values.
    Dictionary {
        /// The indices.
        indices: Buffer,
        /// Their type.
        scalar: Scalar,
        /// The values.
        entries: Arc<ArrayData>,
    },
    /// Values that last for some rows.
    Runs {
        /// Behind which row of the whole array each one ends.
        ends: Buffer,
        /// The type of these.
        scalar: Scalar,
        /// The row of the whole array that is the first one here.
        first: usize,
        /// The values.
        values: Arc<ArrayData>,
    },
}

/// Where lists begin and end.
#[derive(Debug)]
pub struct ListEnds {
    /// Where each begins, and where the last one ends.
    pub offsets: Buffer,
    /// The type of these.
    pub scalar: Scalar,
    /// The offset of the first item.
    pub base: usize,
}

impl Array {
    /// All rows of an array.
    pub fn new(data: ArrayData) -> Self {
        Self {
            first: 0,
            rows: data.rows,
            data: Arc::new(data),
        }
    }

    /// The buffers of the array that the rows are of.
    pub fn data(&self) -> &ArrayData {
        &self.data
    }

    /// The first of the rows, in the array.
    pub const fn first(&self) -> usize {
        self.first
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Some of the rows, as far as they are there.
    #[must_use]
    pub fn slice(&self, first: usize, rows: usize) -> Self {
        let first = first.min(self.rows);
        Self {
            data: Arc::clone(&self.data),
            first: self.first + first,
            rows: rows.min(self.rows - first),
        }
    }

    /// Nulls among the rows, where they are known.
    pub fn nulls(&self) -> Option<u64> {
        let is_whole = self.rows == self.data.rows;
        self.data.nulls.filter(|nulls| is_whole || *nulls == 0)
    }

    /// Bytes that are read of the rows, as far as they are known without reading.
    pub fn bytes(&self) -> u64 {
        self.data.values.row_bits().saturating_mul(self.rows as u64) / 8
    }
}

impl Values {
    /// Bits of a row, apart from what it points to.
    fn row_bits(&self) -> u64 {
        match self {
            Self::Null | Self::Runs { .. } => 0,
            // Without nulls, items are shared out evenly.
            Self::Lists { size, items, .. } => items.data.values.row_bits() * *size as u64,
            Self::Bool(_) => 1,
            Self::Number { scalar, .. } | Self::Dictionary { scalar, .. } => {
                8 * scalar.bytes() as u64
            }
            Self::Decimal { width, .. } | Self::Fixed { width, .. } => 8 * *width as u64,
            Self::Bytes { wide, .. } => {
                if *wide {
                    64
                } else {
                    32
                }
            }
            Self::Views { .. } => 128,
        }
    }
}
