//! The cells of one column of one row group, before they are read.

use crate::error::Fault;
use crate::parquet::{Chunk, Column, Kind, Nesting, RowGroup};

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

    /// The cells of a row group in this slot, checked to be in the data of the file, which end at
    /// `data_end`.
    pub fn cells(self, row_group: &RowGroup, data_end: u64) -> Result<Cells, Fault> {
        Ok(Cells::Chunk {
            chunk: row_group.chunk(self.leaf, self.kind.physical(), self.nesting, data_end)?,
            kind: self.kind,
            nesting: self.nesting,
            width: self.width,
        })
    }
}

impl Cells {
    /// Bytes of the file that the cells are read from.
    pub const fn bytes(&self) -> u64 {
        match self {
            Self::Chunk { chunk, .. } => chunk.bytes,
            Self::Constant(_) => 0,
        }
    }
}
