//! Parquet files as batches. Our own walk of the footer comes first, so that a file whose claims cannot be is
//! refused before the reader of the crate believes them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::account::Account;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Dataset, Origin, Origins};
use crate::error::{Checkpoint, Error, Result};
use crate::sys::{Identity, identify, open_input};
use crate::table::failure::unread;

/// Bytes of rows that are decoded at once, as far as the footer tells.
const TOGETHER: usize = 4 << 20;
/// The most rows that are.
const MOST_ROWS: usize = 1 << 16;

/// The batches of a file.
pub(super) struct FileBatches {
    path: PathBuf,
    file: File,
    identity: Identity,
    /// Its columns.
    pub(super) schema: Arc<Schema>,
    reader: ParquetRecordBatchReader,
}

/// The paths of a source of files whose footers are in order, and whose folders give them no columns.
pub(super) fn checked(origins: &Origins, checkpoint: Checkpoint<'_>) -> Result<Vec<PathBuf>> {
    for origin in &origins.all {
        if let Origin::File(file) = origin
            && let Some(folder) = file.folders().iter().find(|folder| folder.is_found)
        {
            return Err(Error::Argument(format!(
                "batch: {} is in a folder that gives it a column, {:?}, which a table would lose; append \
                 its files one by one, as tables that have the column",
                origin.name().display(),
                folder.key
            )));
        }
    }
    let account = Account::new(SURVEY_BYTES);
    Dataset::new(origins, &account, checkpoint)?;
    Ok(origins.paths().map(Path::to_path_buf).collect())
}

impl FileBatches {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let fail = |error| Error::io(path, error);
        let file = open_input(path).map_err(fail)?;
        let identity = identify(&file).map_err(fail)?;
        let own = file.try_clone().map_err(fail)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(own);
        let builder = builder.map_err(|error| unread(path, error))?;
        let together = rows_together(builder.metadata());
        let schema = Arc::clone(builder.schema());
        let reader = builder.with_batch_size(together).build();
        Ok(Self {
            reader: reader.map_err(|error| unread(path, error))?,
            path: path.to_path_buf(),
            file,
            identity,
            schema,
        })
    }

    /// The next rows; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        let next = self.reader.next().transpose();
        // What changed is not the fault of the file.
        let now = identify(&self.file).map_err(|error| Error::io(&self.path, error))?;
        if let Some(what) = self.identity.difference(&now) {
            return Err(Error::changed(&self.path, what));
        }
        next.map_err(|error| unread(&self.path, ParquetError::from(error)))
    }
}

fn rows_together(footer: &ParquetMetaData) -> usize {
    let row_groups = footer.row_groups().iter();
    let each = row_groups.map(|group| {
        let bytes = usize::try_from(group.total_byte_size()).unwrap_or(usize::MAX);
        bytes / usize::try_from(group.num_rows()).unwrap_or(1).max(1)
    });
    (TOGETHER / each.max().unwrap_or(1).max(1)).clamp(1, MOST_ROWS)
}
