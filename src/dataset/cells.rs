//! Where the cells of one column of one row group come from.

use crate::error::Fault;
use crate::parquet::{Chunk, Column, Kind, RowGroup};

/// Where a column is in the files of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its leaf.
    pub leaf: usize,
    /// How its numbers are stored.
    pub kind: Kind,
    /// Whether it can hold nulls.
    pub nullable: bool,
}

/// For each layout, where each chosen column is; `None` where a file lacks it.
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
    /// In the pages of a file.
    Chunk {
        /// Where they are.
        chunk: Chunk,
        /// How they are stored.
        kind: Kind,
        /// Whether the column has levels.
        nullable: bool,
    },
    /// All the same: of a column that the file lacks, or that its path tells.
    Constant(Value),
}

impl Slot {
    /// Where a column is, if its values are numbers.
    pub fn of(column: &Column) -> Option<Self> {
        Some(Self {
            leaf: column.leaf,
            kind: column.kind.ok()?,
            nullable: column.nullable,
        })
    }

    /// The cells that a row group has there, held against a file that ends at `data_end`.
    pub fn cells(self, row_group: &RowGroup, data_end: u64) -> Result<Cells, Fault> {
        Ok(Cells::Chunk {
            chunk: row_group.chunk(self.leaf, self.kind.physical(), data_end)?,
            kind: self.kind,
            nullable: self.nullable,
        })
    }
}

impl Cells {
    /// Bytes that they are read from.
    pub const fn bytes(&self) -> u64 {
        match self {
            Self::Chunk { chunk, .. } => chunk.bytes,
            Self::Constant(_) => 0,
        }
    }
}
