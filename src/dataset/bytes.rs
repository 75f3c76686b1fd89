//! One column of byte strings of one row group as a stream, whether it is read from pages or from arrays.

use std::sync::Arc;

use crate::account::Account;
use crate::arrow::ArrayBytesLane;
use crate::dataset::constant::value::Value;
use crate::dataset::stored::StoredColumn;
use crate::error::Fault;
use crate::io::Source;
use crate::parquet::lane::bytes::{BytesLane as PageBytesLane, Shown, Visit};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{ColumnChunk, Nesting, Width};

/// A column of byte strings that is read.
#[derive(Debug)]
pub enum BytesLane {
    /// From pages.
    Pages(Box<PageBytesLane>),
    /// From an array.
    Array(ArrayBytesLane),
    /// The same value again and again; none is a null.
    Constant(Option<Arc<[u8]>>),
}

impl BytesLane {
    /// Opens a lane of values of a width, with nulls or without.
    pub fn new(
        source: &Arc<Source>,
        column: &StoredColumn,
        width: Width,
        nesting: Nesting,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        match column {
            StoredColumn::Chunk(chunk) => {
                let column = ColumnChunk {
                    source,
                    chunk,
                    nesting,
                };
                let pages = PageBytesLane::new(&column, width, account)?;
                Ok(Self::Pages(Box::new(pages)))
            }
            StoredColumn::Array(array) => {
                source.note_read(array.bytes());
                Ok(Self::Array(ArrayBytesLane::new(array)))
            }
            StoredColumn::Constant(value) => Ok(Self::Constant(match value {
                Value::Text(text) => Some(Arc::clone(text)),
                // Numbers are no byte strings: no plan reads them here.
                Value::Null | Value::Integer(_) | Value::Float(_) | Value::Time { .. } => None,
            })),
        }
    }

    /// Shows the next `rows` values.
    pub fn show(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: Visit<'_>,
    ) -> Result<(), Fault> {
        match self {
            Self::Pages(pages) => pages.show(rows, buffers, show),
            Self::Array(array) => array.show(rows, &mut |shown| match shown {
                Shown::Value(value) => show(Some(value)),
                Shown::Null | Shown::Entry(_) => show(None),
            }),
            Self::Constant(text) => (0..rows).try_for_each(|_| show(text.as_deref())),
        }
    }

    /// Shows the next `rows` values, those of a dictionary by their entries.
    pub fn show_entries(
        &mut self,
        rows: usize,
        buffers: &mut ReadBuffers,
        show: &mut dyn FnMut(Shown<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self {
            Self::Pages(pages) => pages.show_entries(rows, buffers, show),
            Self::Array(array) => array.show_entries(rows, show),
            // The one value is as good as an entry of a dictionary.
            Self::Constant(text) => {
                let is_null = text.is_none();
                (0..rows).try_for_each(|_| {
                    show(if is_null {
                        Shown::Null
                    } else {
                        Shown::Entry(0)
                    })
                })
            }
        }
    }

    /// An entry of the dictionary that was shown.
    pub fn entry(&self, index: u32) -> &[u8] {
        match self {
            Self::Pages(pages) => pages.entry(index),
            Self::Array(array) => array.entry(index),
            Self::Constant(text) => text.as_deref().unwrap_or_default(),
        }
    }

    /// Skips the next `rows` values.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match self {
            Self::Pages(pages) => pages.skip(rows, buffers),
            Self::Array(array) => array.skip(rows),
            Self::Constant(_) => Ok(()),
        }
    }

    /// Checks that nothing is left.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        match self {
            Self::Pages(pages) => pages.finish(buffers),
            Self::Array(array) => array.finish(),
            Self::Constant(_) => Ok(()),
        }
    }
}
