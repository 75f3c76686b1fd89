//! The cells of one column of one row group, before they are read.

use crate::arrow::Array;
use crate::dataset::stored::{StoredColumn, StoredGroup};
use crate::error::Fault;
use crate::parquet::{Chunk, Column, Kind, Nesting};

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

/// One value for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
}

/// The cells of one column of one row group.
#[derive(Debug)]
pub enum Cells {
    /// Values in the pages of a file.
    Chunk {
        /// The chunk of the pages.
        chunk: Chunk,
        /// The stored type of the values.
        kind: Kind,
        /// How the column is nested.
        nesting: Nesting,
        /// How many numbers each row has.
        width: usize,
    },
    /// Values in an array in memory.
    Array {
        /// The array.
        array: Array,
        /// What its numbers are.
        kind: Kind,
    },
    /// One value for all rows, as in a column that the file lacks.
    Constant(Value),
}

impl Slot {
    /// Where a column is; `None` if its values are not numbers.
    pub fn of(column: &Column) -> Option<Self> {
        Some(Self {
            leaf: column.leaf,
            kind: column.kind.ok()?,
            nesting: column.nesting,
            width: 1,
        })
    }

    /// The cells of a row group in this slot, checked to be there.
    pub fn cells(self, group: &StoredGroup<'_>) -> Result<Cells, Fault> {
        let column = group.column(self.leaf, self.kind.physical(), self.nesting)?;
        Ok(match Cells::of(column, self.kind, self.nesting) {
            Cells::Chunk {
                chunk,
                kind,
                nesting,
                ..
            } => Cells::Chunk {
                chunk,
                kind,
                nesting,
                width: self.width,
            },
            other => other,
        })
    }
}

impl Cells {
    /// Those of a stored column, which are numbers of a kind, one a row.
    pub fn of(column: StoredColumn, kind: Kind, nesting: Nesting) -> Self {
        match column {
            StoredColumn::Chunk(chunk) => Self::Chunk {
                chunk,
                kind,
                nesting,
                width: 1,
            },
            StoredColumn::Array(array) => Self::Array { array, kind },
        }
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
