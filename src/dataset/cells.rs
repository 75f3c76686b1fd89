//! The cells of one column of one row group, before they are read.

use crate::arrow::Array;
use crate::dataset::constant::value::Value;
use crate::dataset::stored::{StoredColumn, StoredGroup};
use crate::error::Fault;
use crate::parquet::{Chunk, Column, Kind};

/// Where a column is in the files of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The number of its leaf.
    pub leaf: usize,
    /// The stored type of its numbers.
    pub kind: Kind,
    /// Whether it can hold nulls.
    pub nullable: bool,
}

/// For each layout, where each chosen column is; `None` if its files lack the column.
pub type Selection = Vec<Vec<Option<Slot>>>;

/// The cells of one column of one row group.
#[derive(Debug)]
pub enum Cells {
    /// Values in the pages of a file.
    Chunk {
        /// The chunk of the pages.
        chunk: Chunk,
        /// The stored type of the values.
        kind: Kind,
        /// Whether the pages have definition levels.
        nullable: bool,
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
            nullable: column.nullable,
        })
    }

    /// The cells of a row group in this slot, checked to be there.
    pub fn cells(self, group: &StoredGroup<'_>) -> Result<Cells, Fault> {
        let column = group.column(self.leaf, self.kind.physical())?;
        Ok(Cells::of(column, self.kind, self.nullable))
    }
}

impl Cells {
    /// Those of a stored column, which are numbers of a kind, with nulls or without.
    pub fn of(column: StoredColumn, kind: Kind, nullable: bool) -> Self {
        match column {
            StoredColumn::Chunk(chunk) => Self::Chunk {
                chunk,
                kind,
                nullable,
            },
            StoredColumn::Array(array) => Self::Array { array, kind },
            StoredColumn::Constant(value) => Self::Constant(value.of_kind(kind)),
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
