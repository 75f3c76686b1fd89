//! What is stored of a row group, and of a column of it: chunks of a file, or arrays in memory. What
//! reads columns takes them from here, wherever they are.

use std::sync::Arc;

use crate::arrow::{Array, Frame, FrameGroup};
use crate::dataset::constant::value::Value;
use crate::error::{Fault, Result};
use crate::parquet::{Chunk, Hints, Nesting, Physical, RowGroup, RowGroups};

/// A row group as it is stored.
#[derive(Debug, Clone, Copy)]
pub enum StoredGroup<'a> {
    /// Chunks of a file.
    File {
        /// What the footer says.
        row_group: &'a RowGroup,
        /// Where the data of the file end.
        data_end: u64,
        /// The leaves behind those of the file.
        constants: &'a [Value],
    },
    /// Arrays of a batch.
    Frame(FrameGroup<'a>),
}

/// A column of a row group as it is stored.
#[derive(Debug, Clone)]
pub enum StoredColumn {
    /// A chunk of a file.
    Chunk(Chunk),
    /// An array in memory.
    Array(Array),
    /// One value for all rows.
    Constant(Value),
}

/// An iteration over the row groups of a table.
#[derive(Debug)]
pub enum StoredGroups {
    /// Those of a file, and what is the same in all rows of it.
    File(RowGroups, Arc<[Value]>),
    /// Those of a frame, from one on.
    Frame(Arc<Frame>, usize),
    /// None.
    Nothing,
}

impl StoredGroup<'_> {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::File { row_group, .. } => usize::try_from(row_group.rows).unwrap_or(usize::MAX),
            Self::Frame(group) => group.rows(),
        }
    }

    /// A column, which has a physical type to the plan: a chunk is held against it, and against its file.
    pub fn column(
        &self,
        leaf: usize,
        physical: Option<Physical>,
        nesting: Nesting,
    ) -> Result<StoredColumn, Fault> {
        match self {
            Self::File {
                row_group,
                data_end,
                constants,
            } => {
                let constant = leaf.checked_sub(row_group.chunks.len());
                if let Some(value) = constant.and_then(|at| constants.get(at)) {
                    return Ok(StoredColumn::Constant(value.clone()));
                }
                let chunk = row_group.chunk(leaf, physical, nesting, *data_end);
                chunk.map(StoredColumn::Chunk)
            }
            Self::Frame(group) => group.array(leaf).map(StoredColumn::Array),
        }
    }

    /// What may save reading a column.
    pub fn hints(&self, leaf: usize) -> Hints {
        match self {
            Self::File { row_group, .. } => row_group.hints(leaf),
            Self::Frame(_) => Hints::default(),
        }
    }
}

impl StoredColumn {
    /// Nulls, where they are known.
    pub fn nulls(&self) -> Option<u64> {
        match self {
            Self::Chunk(chunk) => chunk.nulls,
            Self::Array(array) => array.nulls(),
            Self::Constant(Value::Null) => None,
            Self::Constant(_) => Some(0),
        }
    }

    /// The chunk; none where it is in memory.
    pub const fn chunk(&self) -> Option<&Chunk> {
        match self {
            Self::Chunk(chunk) => Some(chunk),
            Self::Array(_) | Self::Constant(_) => None,
        }
    }
}

impl StoredGroups {
    /// Keeps what may save reading some leaves.
    pub fn keep_hints(&mut self, leaves: &[usize]) {
        if let Self::File(row_groups, _) = self {
            row_groups.keep_hints(leaves);
        }
    }

    /// The next one; none behind the last.
    #[expect(clippy::should_implement_trait, reason = "it lends, and it fails")]
    pub fn next(&mut self) -> Result<Option<StoredGroup<'_>>> {
        match self {
            Self::File(row_groups, constants) => {
                let data_end = row_groups.data_end();
                let next = row_groups.next()?;
                Ok(next.map(|row_group| StoredGroup::File {
                    row_group,
                    data_end,
                    constants,
                }))
            }
            Self::Frame(frame, at) => {
                *at += 1;
                Ok(frame.group(*at - 1).map(StoredGroup::Frame))
            }
            Self::Nothing => Ok(None),
        }
    }
}
