//! The cells of one column of one row group, before they are read.

use std::sync::Arc;

use crate::arrow::Array;
use crate::dataset::constant::value::Value;
use crate::dataset::stored::{StoredColumn, StoredGroup};
use crate::error::Fault;
use crate::parquet::{Chunk, Column, Kind, Stored};
use crate::texts::Texts;

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
        /// How the values are stored, and what they are recoded by.
        stored: Stored,
        /// Whether the pages have definition levels.
        nullable: bool,
    },
    /// Values in an array in memory.
    Array {
        /// The array.
        array: Array,
        /// What its values are, and what they are recoded by.
        stored: Stored,
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

    /// The cells of a row group in this slot, checked to be there, with the texts that they are codes of
    /// if they are texts.
    pub fn cells(
        self,
        group: &StoredGroup<'_>,
        texts: Option<&Arc<Texts>>,
    ) -> Result<Cells, Fault> {
        let column = group.column(self.leaf, self.kind.physical())?;
        let stored = Stored {
            kind: self.kind,
            texts: texts.cloned(),
        };
        Ok(Cells::of(column, stored, self.nullable))
    }
}

impl Cells {
    /// Those of a stored column, which are numbers of a kind, with nulls or without.
    pub fn of(column: StoredColumn, stored: Stored, nullable: bool) -> Self {
        match column {
            StoredColumn::Chunk(chunk) => Self::Chunk {
                chunk,
                stored,
                nullable,
            },
            StoredColumn::Array(array) => Self::Array { array, stored },
            StoredColumn::Constant(value) => Self::Constant(value.recoded(&stored)),
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
