//! The cells of one column of one row group, before they are read.

use std::ops::Range;

use crate::arrow::Array;
use crate::dataset::constant::value::Value;
use crate::dataset::stored::{StoredColumn, StoredGroup};
use crate::error::Fault;
use crate::parquet::{Chunk, Kind, Nesting, Stored};
use crate::texts::TextCodes;

/// Where a column is in the files of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The number of its leaf.
    pub leaf: usize,
    /// The stored type of its numbers.
    pub kind: Kind,
    /// How it is nested.
    pub nesting: Nesting,
    /// How many numbers each of its rows has: 1, unless they are lists.
    pub width: usize,
}

/// For each layout, where each chosen column is; `None` if its files lack the column.
pub type Selection = Vec<Vec<Option<Slot>>>;

/// Cells that may be in a file.
pub trait Located {
    /// Adds the bytes of the file that they are read from.
    fn ranges(&self, found: &mut Vec<Range<u64>>);
}

/// Nothing is read.
impl Located for () {
    fn ranges(&self, _: &mut Vec<Range<u64>>) {}
}

impl<C: Located> Located for Option<C> {
    fn ranges(&self, found: &mut Vec<Range<u64>>) {
        if let Some(cells) = self {
            cells.ranges(found);
        }
    }
}

impl Located for StoredColumn {
    fn ranges(&self, found: &mut Vec<Range<u64>>) {
        found.extend(self.chunk().map(Chunk::range));
    }
}

impl Located for Cells {
    fn ranges(&self, found: &mut Vec<Range<u64>>) {
        if let Self::Chunk { chunk, .. } = self {
            found.push(chunk.range());
        }
    }
}

/// The cells of one column of one row group.
#[derive(Debug)]
pub enum Cells {
    /// Values in the pages of a file.
    Chunk {
        /// The chunk of the pages.
        chunk: Chunk,
        /// How the values are stored, and what they are recoded by.
        stored: Stored,
        /// How the column is nested.
        nesting: Nesting,
        /// How many numbers each row has.
        width: usize,
    },
    /// Values in an array in memory.
    Array {
        /// The array.
        array: Array,
        /// What its values are, and what they are recoded by.
        stored: Stored,
        /// How many numbers each row has, where they are in lists.
        width: Option<usize>,
    },
    /// One value for all rows, as in a column that the file lacks.
    Constant(Value),
}

impl Slot {
    /// The cells of a row group in this slot, checked to be there, with what they become if they are
    /// texts.
    pub fn cells(self, group: &StoredGroup<'_>, texts: Option<&TextCodes>) -> Result<Cells, Fault> {
        let column = group.column(self.leaf, self.kind.physical(), self.nesting)?;
        let stored = Stored {
            kind: self.kind,
            texts: texts.cloned(),
        };
        Ok(Cells::of(column, stored, self.nesting).of_width(self.width))
    }
}

impl Cells {
    /// Those of a stored column, one value a row.
    pub fn of(column: StoredColumn, stored: Stored, nesting: Nesting) -> Self {
        match column {
            StoredColumn::Chunk(chunk) => Self::Chunk {
                chunk,
                stored,
                nesting,
                width: 1,
            },
            StoredColumn::Array(array) => Self::Array {
                array,
                stored,
                width: nesting.is_vector().then_some(1),
            },
            StoredColumn::Constant(value) => Self::Constant(value.recoded(&stored)),
        }
    }

    /// The same of lists of so many numbers.
    fn of_width(mut self, of: usize) -> Self {
        match &mut self {
            Self::Chunk { width, .. } => *width = of,
            Self::Array { width, .. } => *width = width.map(|_| of),
            Self::Constant(_) => {}
        }
        self
    }

    /// Bytes that the cells are read from.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Chunk { chunk, .. } => chunk.bytes,
            Self::Array { array, .. } => array.bytes(),
            Self::Constant(_) => 0,
        }
    }
}
