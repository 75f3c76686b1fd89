//! Pieces on their way into Parquet files, which have no name until they are whole. A row group is closed
//! where what is held of it reaches its limit, a file where it has its rows; both depend on the pieces alone.

use std::io::{self, BufWriter, IntoInnerError};
use std::path::Path;

use arrow_array::RecordBatch;
use parquet::file::properties::WriterProperties;

use crate::error::{Checkpoint, Error, Result};
use crate::output::{Draft, FolderDraft, publish};
use crate::sys;
use crate::table::failure::unwritten;
use crate::table::pieces::{PIECE_ROWS, TakePieces};
use crate::table::row_groups::RowGroupWriter;
use crate::table::schema::TableSchema;

/// Bytes that are written at once: chunks come in pieces that are smaller.
const WRITTEN_AT_ONCE: usize = 64 << 10;

/// When a row group is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes after which a row group is closed.
    pub(super) row_group_bytes: usize,
    /// Bytes of memory after which it is closed as well: columns have dictionaries, which count here only.
    pub(super) memory: usize,
}

/// Where a table goes.
#[derive(Debug)]
pub(super) enum TablePlace {
    /// A file.
    File(Draft),
    /// A folder of files of so many rows.
    Folder { folder: FolderDraft, rows: usize },
}

/// What takes pieces, and writes them.
pub(super) struct Sink {
    schema: TableSchema,
    properties: WriterProperties,
    limits: Limits,
    place: SinkPlace,
    open: Option<OpenFile>,
}

enum SinkPlace {
    /// The file is begun.
    File,
    Folder {
        folder: FolderDraft,
        rows: usize,
        /// Files that are begun.
        files: usize,
    },
}

struct OpenFile {
    writer: RowGroupWriter<BufWriter<DraftBytes>>,
    rows: usize,
}

/// A draft, written from its beginning to its end.
struct DraftBytes {
    draft: Draft,
    position: u64,
}

impl io::Write for DraftBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sys::write_all_at(self.draft.file(), bytes, self.position)?;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    /// Begins the files of a table.
    pub(super) fn new(
        schema: TableSchema,
        properties: WriterProperties,
        limits: Limits,
        place: TablePlace,
    ) -> Result<Self> {
        let (place, draft) = match place {
            TablePlace::File(draft) => (SinkPlace::File, Some(draft)),
            TablePlace::Folder { folder, rows } => {
                let files = 0;
                (
                    SinkPlace::Folder {
                        folder,
                        rows,
                        files,
                    },
                    None,
                )
            }
        };
        let mut sink = Self {
            schema,
            properties,
            limits,
            place,
            open: None,
        };
        if let Some(draft) = draft {
            sink.open = Some(sink.begun(draft)?);
        }
        Ok(sink)
    }

    fn begun(&self, draft: Draft) -> Result<OpenFile> {
        let target = draft.target().to_path_buf();
        let bytes = DraftBytes { draft, position: 0 };
        let bytes = BufWriter::with_capacity(WRITTEN_AT_ONCE, bytes);
        let schema = self.schema.arrow.clone();
        let writer = RowGroupWriter::new(bytes, schema, self.properties.clone());
        Ok(OpenFile {
            writer: writer.map_err(|error| unwritten(&target, error))?,
            rows: 0,
        })
    }

    /// The file that is open; the next one if none is.
    fn opened(&mut self) -> Result<&mut OpenFile> {
        if self.open.is_none() {
            let draft = match &mut self.place {
                SinkPlace::File => return Err(Error::Internal("the file was closed".to_owned())),
                SinkPlace::Folder { folder, files, .. } => {
                    *files += 1;
                    folder.file(&format!("part-{:05}.parquet", *files - 1))?
                }
            };
            self.open = Some(self.begun(draft)?);
        }
        let open = self.open.as_mut();
        open.ok_or_else(|| Error::Internal("no file is open".to_owned()))
    }

    /// Ends the file that is open, which is one of several.
    fn close(&mut self) -> Result<()> {
        if let Some(open) = self.open.take() {
            let mut draft = open.finish()?;
            draft.sync()?;
            draft.appear(false)?;
        }
        Ok(())
    }

    /// Ends all files, and gives them their names.
    pub(super) fn finish(mut self, overwrite: bool, checkpoint: Checkpoint<'_>) -> Result<()> {
        let has_file = matches!(self.place, SinkPlace::Folder { files: 1.., .. });
        if !has_file {
            self.opened()?;
        }
        if let SinkPlace::File = self.place {
            let open = self.open.take().map(OpenFile::finish).transpose()?;
            return publish(open.into_iter().collect(), overwrite, checkpoint);
        }
        self.close()?;
        match self.place {
            SinkPlace::File => Ok(()),
            SinkPlace::Folder { folder, .. } => folder.publish(overwrite, checkpoint),
        }
    }
}

impl TakePieces for Sink {
    fn room(&self) -> usize {
        match self.place {
            SinkPlace::File => PIECE_ROWS,
            SinkPlace::Folder { rows, .. } => rows - self.open.as_ref().map_or(0, |open| open.rows),
        }
    }

    fn take(&mut self, piece: &RecordBatch) -> Result<()> {
        let limits = self.limits;
        let open = self.opened()?;
        open.write(piece, limits)?;
        if self.room() == 0 {
            self.close()?;
        }
        Ok(())
    }
}

impl OpenFile {
    fn target(&self) -> &Path {
        self.writer.inner().get_ref().draft.target()
    }

    fn write(&mut self, piece: &RecordBatch, limits: Limits) -> Result<()> {
        let written = self.writer.write(piece);
        written.map_err(|error| unwritten(self.target(), error))?;
        self.rows += piece.num_rows();
        let is_full = self.writer.row_group_bytes() >= limits.row_group_bytes
            || self.writer.memory() >= limits.memory;
        if is_full {
            let closed = self.writer.close_row_group();
            closed.map_err(|error| unwritten(self.target(), error))?;
        }
        Ok(())
    }

    /// Writes what is left, and the footer.
    fn finish(self) -> Result<Draft> {
        let target = self.target().to_path_buf();
        let written = self.writer.finish();
        let bytes = written.map_err(|error| unwritten(&target, error))?;
        let bytes = bytes.into_inner().map_err(IntoInnerError::into_error);
        Ok(bytes.map_err(|error| Error::io(&target, error))?.draft)
    }
}
