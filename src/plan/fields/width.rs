//! How many numbers the lists of a column have: from footers where these tell, or else from the levels of
//! the first list that has a number. All others are held against it when they are read.

use std::sync::Arc;

use crate::account::Account;
use crate::arrow::lists;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Cells, Fields, RowGroup, Scan, Selection, Table};
use crate::error::{Checkpoint, Error, Fault, Place, Result};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{ColumnChunk, VectorLane};
use crate::plan::options::Options;

/// The most columns that one field becomes: a feature for each is held in memory.
pub const MOST_WIDTH: usize = 1 << 18;

/// A column of lists, and where it is in some files.
#[derive(Debug, Clone, Copy)]
pub struct ListColumn<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// The files.
    pub files: &'a [Table],
    /// Where it is in each of their layouts, as its only column.
    pub selection: &'a Selection,
}

impl ListColumn<'_> {
    /// How many numbers each of its lists has.
    pub fn width(self, options: &Options, checkpoint: Checkpoint<'_>) -> Result<usize> {
        let found = self.find(options, checkpoint)?;
        let place = || {
            self.files
                .first()
                .map_or_else(Place::default, |f| Place::file(&f.path))
        };
        match found {
            Some(width @ 1..=MOST_WIDTH) => Ok(width),
            Some(width) => Err(Error::Unsupported {
                place: place().in_column(self.name),
                what: format!(
                    "its lists have {width} numbers, and one column becomes at most {MOST_WIDTH}; \
                     leave it out with exclude=[{:?}]",
                    self.name
                ),
            }),
            None => Err(Error::Unsupported {
                place: place().in_column(self.name),
                what: format!(
                    "none of its lists has a number, so how many columns it becomes is not known; \
                     leave it out with exclude=[{:?}]",
                    self.name
                ),
            }),
        }
    }

    fn find(self, options: &Options, checkpoint: Checkpoint<'_>) -> Result<Option<usize>> {
        let limit = options.memory_limit.unwrap_or(0);
        let account = Account::new(limit.max(SURVEY_BYTES));
        let names = [self.name.to_owned()];
        let fields = Fields {
            selection: self.selection,
            names: &names,
            texts: &[],
        };
        let mut scan = Scan::new(self.files, fields, &account);
        let mut buffers = ReadBuffers::new(&account);
        while let Some(row_group) = scan.next()? {
            checkpoint.check()?;
            let found = in_group(&row_group, &account, &mut buffers);
            row_group.source.verify()?;
            let found = found.map_err(|fault| fault.at(row_group.place(Some(self.name))))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// How many numbers the lists of a row group have; none where it has none.
fn in_group(
    row_group: &RowGroup<Cells>,
    account: &Arc<Account>,
    buffers: &mut ReadBuffers,
) -> Result<Option<usize>, Fault> {
    match row_group.cells.first() {
        Some(Cells::Chunk {
            chunk,
            stored,
            nesting,
            ..
        }) => {
            if let Some(width) = chunk.values_per_row(row_group.rows as u64) {
                return Ok(Some(usize::try_from(width).unwrap_or(usize::MAX)));
            }
            let column = ColumnChunk {
                source: &row_group.source,
                chunk,
                nesting: *nesting,
            };
            VectorLane::<f32>::first_length(&column, stored, account, buffers)
        }
        Some(Cells::Array { array, .. }) => lists::first_length(array),
        Some(Cells::Constant(_)) | None => Ok(None),
    }
}
