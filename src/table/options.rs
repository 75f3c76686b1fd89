//! What a table is made with. Limits of memory are brought to bytes here: half of what is allowed is for the
//! row group that is being made, the rest for the rows on their way to it.

use std::path::PathBuf;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::arrow::SchemaNode;
use crate::error::{Checkpoint, Error, Result, Shortage};
use crate::output::{Draft, FolderDraft};
use crate::table::pieces::PIECE_ROWS;
use crate::table::sink::{Limits, TablePlace};

/// Bytes of a row group where nothing else is said.
const ROW_GROUP_BYTES: usize = 64 << 20;
/// The least memory that a table is written in.
const LEAST_MEMORY: usize = 64 << 20;
/// A row group takes at most this part of the memory: about as much again is needed while it is made.
const SHARE: usize = 4;

/// How pages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Nothing,
    /// Zstandard.
    Zstd,
    /// Snappy.
    Snappy,
    /// LZ4, in blocks.
    Lz4,
    /// Gzip.
    Gzip,
}

/// What a table is made with.
#[derive(Debug)]
pub struct TableOptions {
    /// The file, or with `rows_per_file` the folder.
    pub path: PathBuf,
    /// The columns; without them those of the first batch.
    pub schema: Option<SchemaNode>,
    /// Columns that no two rows have alike.
    pub unique_on: Vec<String>,
    /// How pages are compressed.
    pub codec: Codec,
    /// Bytes after which a row group is closed.
    pub row_group_bytes: Option<usize>,
    /// Rows of each file of a folder.
    pub rows_per_file: Option<usize>,
    /// Bytes that may be allocated, keys aside.
    pub memory_limit: Option<usize>,
    /// Whether it may replace what has its name.
    pub overwrite: bool,
}

impl TableOptions {
    /// The limits, if they can be kept.
    pub(super) fn limits(&self) -> Result<Limits> {
        if let Some(limit) = self.memory_limit.filter(|limit| *limit < LEAST_MEMORY) {
            let what = format!(
                "memory_limit: a table takes {LEAST_MEMORY} bytes while it is written, and {limit} are \
                 allowed; raise memory_limit to {LEAST_MEMORY}"
            );
            return Err(Shortage::new(what).needing(LEAST_MEMORY, limit).into());
        }
        let most = self.memory_limit.map(|limit| limit / SHARE);
        let row_group_bytes = match (self.row_group_bytes, most) {
            (Some(wanted), Some(most)) if wanted > most => {
                let needed = wanted.saturating_mul(SHARE);
                let what = format!(
                    "row_group_bytes: row groups of {wanted} bytes take up to {needed} while they are \
                     written; raise memory_limit to {needed}, or take row groups of {most}"
                );
                return Err(Shortage::new(what)
                    .needing(needed, self.memory_limit)
                    .into());
            }
            (Some(wanted), _) => wanted,
            (None, most) => most.unwrap_or(ROW_GROUP_BYTES).min(ROW_GROUP_BYTES),
        };
        let room = row_group_bytes.max(ROW_GROUP_BYTES).saturating_mul(2);
        Ok(Limits {
            row_group_bytes,
            memory: self.memory_limit.map_or(room, |limit| limit / 2),
        })
    }

    /// Begins what will have the name.
    pub(super) fn place(&self) -> Result<TablePlace> {
        match self.rows_per_file {
            Some(0) => Err(Error::Argument(
                "rows_per_file: expected at least 1 row, found 0".to_owned(),
            )),
            Some(rows) => {
                let folder = FolderDraft::new(&self.path, self.overwrite)?;
                Ok(TablePlace::Folder { folder, rows })
            }
            None => {
                let draft = Draft::new(&self.path, 0, self.overwrite, Checkpoint::NONE);
                Ok(TablePlace::File(draft?))
            }
        }
    }

    /// How files are written: with bounds for each page, so that filters pass over those without a match.
    pub(super) fn properties(&self) -> WriterProperties {
        let compression = match self.codec {
            Codec::Nothing => Compression::UNCOMPRESSED,
            Codec::Zstd => Compression::ZSTD(ZstdLevel::default()),
            Codec::Snappy => Compression::SNAPPY,
            Codec::Lz4 => Compression::LZ4_RAW,
            Codec::Gzip => Compression::GZIP(GzipLevel::default()),
        };
        WriterProperties::builder()
            .set_compression(compression)
            .set_write_batch_size(PIECE_ROWS)
            .set_max_row_group_row_count(None)
            .build()
    }
}
