//! Row groups of a Parquet file, whose pages have checksums. The crate encodes columns and writes footers; the
//! pages in between are held here, because it sums none of them.
//!
//! ```text
//! rows -> encoders of columns -> pages: each summed -> a row group in the file, column by column
//! ```
//!
//! | file | what is in it |
//! | --- | --- |
//! | `pages` | pages of a column, from the encoder to the file |
//! | `checksum` | the header of a page with the checksum |

pub(super) mod checksum;
mod pages;

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use self::pages::{GrowingPages, PageStores};

/// Writes a file, row group by row group.
pub(super) struct RowGroupWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: SchemaRef,
    encoders: ArrowRowGroupWriterFactory,
    stores: Arc<PageStores>,
    /// The columns of the row group that is open.
    columns: Vec<OpenColumn>,
}

struct OpenColumn {
    encoder: ArrowColumnWriter,
    pages: GrowingPages,
}

impl<W: Write + Send> RowGroupWriter<W> {
    /// Begins a file.
    pub(super) fn new(to: W, schema: SchemaRef, properties: WriterProperties) -> Result<Self> {
        let stores = Arc::new(PageStores::default());
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_page_store_factory(stores.clone());
        let writer = ArrowWriter::try_new_with_options(to, Arc::clone(&schema), options)?;
        let (file, encoders) = writer.into_serialized_writer()?;
        Ok(Self {
            file,
            schema,
            encoders,
            stores,
            columns: Vec::new(),
        })
    }

    /// What the file is written to.
    pub(super) fn inner(&self) -> &W {
        self.file.inner()
    }

    /// Encodes rows, of which there is at least one.
    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        if self.columns.is_empty() {
            self.columns = self.opened()?;
        }
        let mut columns = self.columns.iter_mut();
        for (field, values) in self.schema.fields().iter().zip(rows.columns()) {
            for leaf in compute_leaves(field, values)? {
                let column = columns.next().ok_or_else(unequal)?;
                column.encoder.write(&leaf)?;
            }
        }
        Ok(())
    }

    fn opened(&self) -> Result<Vec<OpenColumn>> {
        let row_group = self.file.flushed_row_groups().len();
        let encoders = self.encoders.create_column_writers(row_group)?;
        let pages = self.stores.begun();
        if pages.len() != encoders.len() {
            return Err(unequal());
        }
        let both = encoders.into_iter().zip(pages);
        let columns = both.map(|(encoder, pages)| OpenColumn { encoder, pages });
        Ok(columns.collect())
    }

    /// Bytes that the row group would take in the file as it is.
    pub(super) fn row_group_bytes(&self) -> usize {
        let encoders = self.columns.iter().map(|column| &column.encoder);
        encoders
            .map(ArrowColumnWriter::get_estimated_total_bytes)
            .sum()
    }

    /// Bytes of memory that the row group takes.
    pub(super) fn memory(&self) -> usize {
        let encoders = self.columns.iter().map(|column| &column.encoder);
        encoders.map(ArrowColumnWriter::memory_size).sum()
    }

    /// Ends the row group, if one is open.
    pub(super) fn close_row_group(&mut self) -> Result<()> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let mut row_group = self.file.next_row_group()?;
        for column in self.columns.drain(..) {
            let chunk = column.encoder.close()?;
            let pages = column.pages.finish();
            let close = pages.located(chunk.close().clone())?;
            row_group.append_column(&pages, close)?;
        }
        row_group.close()?;
        Ok(())
    }

    /// Writes what is left, and the footer.
    pub(super) fn finish(mut self) -> Result<W> {
        self.close_row_group()?;
        self.file.into_inner()
    }
}

fn unequal() -> ParquetError {
    ParquetError::General("rows have other columns than their row group".to_owned())
}
