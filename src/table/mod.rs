//! Floor 13: tables that are written batch by batch, as Parquet, in bounded memory. The rows of all batches
//! are cast to the columns of the first one, those whose keys were there before are left out, and what is
//! left goes into one file, or a folder of files, that appears when it is whole.
//!
//! ```text
//! batch -> columns by name -> some rows at a time: cast, new keys -> pieces -> row groups -> files
//! ```
//!
//! The same rows make the same file, byte for byte, in one batch or in many. A batch that is refused for its
//! columns leaves the writer as it was; one that fails later, by a value or a full disk, ends it. Arrays
//! and files are those of the crates of `arrow` and `parquet`; each page has bounds and a checksum.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `options` | what a table is made with, checked |
//! | `schema` | the columns of a table, and batches held against them |
//! | `types` | types of columns, and which may become which |
//! | `cast` | values of one type as another, none of them changed |
//! | `numbers` | the same of numbers and times |
//! | `rows` | bytes that rows take |
//! | `keys` | rows whose keys are new |
//! | `pieces` | rows cut where the rows alone say |
//! | `sink` | pieces as Parquet files |
//! | `row_groups` | row groups of a file, each page with its checksum |
//! | `file` | Parquet files as batches |
//! | `exchange` | arrays between our reading of the C data interface and that of the crate |
//! | `failure` | errors of the crates as ours |

mod cast;
mod exchange;
mod failure;
mod file;
mod keys;
mod numbers;
mod options;
mod pieces;
mod row_groups;
mod rows;
mod schema;
mod sink;
mod types;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;

pub use self::options::{Codec, TableOptions};
use crate::arrow::{ImportedArray, SchemaNode, Stream};
use crate::dataset::Origins;
use crate::error::{Checkpoint, Error, Place, Result};
use crate::table::exchange::{ColumnFault, batch_of, schema_of};
use crate::table::file::FileBatches;
use crate::table::keys::TableKeys;
use crate::table::pieces::Pieces;
use crate::table::rows::fitting;
use crate::table::schema::{ColumnOrder, TableSchema};
use crate::table::sink::{Limits, Sink, TablePlace};
use crate::workers::Caller;

/// The most rows that are cast and looked up at once, and the most bytes that they take.
const SLICE_ROWS: usize = 1 << 16;
const SLICE_BYTES: usize = 8 << 20;

/// Takes batches, and makes a table of them.
pub struct TableWriter {
    options: TableOptions,
    limits: Limits,
    keys: Option<TableKeys>,
    /// Where the table goes, until its columns are known.
    place: Option<TablePlace>,
    table: Option<OpenTable>,
    rows: usize,
    duplicates: usize,
    has_failed: bool,
}

/// A table whose columns are known.
struct OpenTable {
    schema: TableSchema,
    pieces: Pieces,
    sink: Sink,
}

/// A batch that fits the table: where its columns are, and what errors call it.
struct Fitting {
    order: ColumnOrder,
    place: Place,
}

impl TableWriter {
    /// A writer without rows. The name is refused here if it cannot be had.
    pub fn new(options: TableOptions) -> Result<Self> {
        let limits = options.limits()?;
        let keys = options.unique_on.clone();
        let mut writer = Self {
            keys: (!keys.is_empty()).then(|| TableKeys::new(keys)),
            place: Some(options.place()?),
            options,
            limits,
            table: None,
            rows: 0,
            duplicates: 0,
            has_failed: false,
        };
        if let Some(node) = writer.options.schema.take() {
            let place = Place::memory(Path::new("schema"));
            let given = schema_of(&node).map_err(|fault| placed(fault, &place))?;
            writer.begin(TableSchema::asked_for(&given)?, &place)?;
        }
        Ok(writer)
    }

    /// Rows that were taken.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that were left out because earlier ones have their keys.
    pub const fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Takes the rows of a batch, which errors call by this name.
    pub fn append(
        &mut self,
        name: &str,
        node: &SchemaNode,
        array: Arc<ImportedArray>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let place = Place::memory(Path::new(name));
        let schema = schema_of(node).map_err(|fault| placed(fault, &place))?;
        let schema = Arc::new(schema);
        let fitting = self.fit(&schema, place)?;
        let batch = batch_of(array, &schema).map_err(|fault| placed(fault, &fitting.place))?;
        self.take(&batch, &fitting, caller)
    }

    /// Takes all rows of a stream, until it ends.
    pub fn append_stream(
        &mut self,
        name: &str,
        mut stream: Stream,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let place = Place::memory(Path::new(name));
        let failed = |error| Error::io(Path::new(name), error);
        let node = stream.schema().map_err(failed)?;
        let node = node.map_err(|fault| fault.at(place.clone()))?;
        let schema = schema_of(&node).map_err(|fault| placed(fault, &place))?;
        let schema = Arc::new(schema);
        let fitting = self.fit(&schema, place)?;
        loop {
            let next = stream.next_array().map_err(failed)?;
            let next = next.map_err(|fault| fault.at(fitting.place.clone()))?;
            let Some(array) = next else {
                return Ok(());
            };
            let batch = batch_of(array, &schema).map_err(|fault| placed(fault, &fitting.place))?;
            self.take(&batch, &fitting, caller)?;
        }
    }

    /// Takes the rows of Parquet files.
    pub fn append_files(&mut self, origins: &Origins, caller: &mut dyn Caller) -> Result<()> {
        for path in file::checked(origins, Checkpoint::NONE)? {
            let mut batches = FileBatches::open(&path)?;
            let fitting = self.fit(&batches.schema, Place::file(&path))?;
            while let Some(batch) = batches.next()? {
                self.take(&batch, &fitting, caller)?;
            }
        }
        Ok(())
    }

    /// Ends the table, and gives it its name. `checkpoint` is polled while another process publishes in the
    /// same folder, and should pause.
    pub fn finish(mut self, checkpoint: Checkpoint<'_>) -> Result<()> {
        self.refuse_if_failed()?;
        let Some(mut table) = self.table.take() else {
            return Err(Error::Argument(
                "schema: no batch was appended, so the table has no columns; append one, if only with no \
                 rows, or say schema="
                    .to_owned(),
            ));
        };
        table.pieces.finish(&mut table.sink)?;
        table.sink.finish(self.options.overwrite, checkpoint)
    }

    fn refuse_if_failed(&self) -> Result<()> {
        if self.has_failed {
            let what =
                "an earlier batch failed while it was written, so there is nothing to go on with";
            return Err(Error::Argument(format!("append: {what}; begin anew")));
        }
        Ok(())
    }

    /// Holds the columns of a batch against those of the table, which the first batch decides.
    fn fit(&mut self, batch: &Schema, place: Place) -> Result<Fitting> {
        self.refuse_if_failed()?;
        let schema = match &self.table {
            Some(table) => table.schema.clone(),
            None => TableSchema::of_first(batch, &place)?,
        };
        let order = schema.order(batch, &place)?;
        if self.table.is_none() {
            self.begin(schema, &place)?;
        }
        Ok(Fitting { order, place })
    }

    fn begin(&mut self, schema: TableSchema, place: &Place) -> Result<()> {
        if let Some(keys) = &self.keys {
            keys.check(&schema, place)?;
        }
        let Some(to) = self.place.take() else {
            return Err(Error::Internal("the table has no place".to_owned()));
        };
        // Where its file cannot be begun there is none.
        self.has_failed = true;
        let properties = self.options.properties();
        self.table = Some(OpenTable {
            sink: Sink::new(schema.clone(), properties, self.limits, to)?,
            schema,
            pieces: Pieces::default(),
        });
        self.has_failed = false;
        Ok(())
    }

    /// Takes rows, some at a time, so that what is made of them is small however many there are.
    fn take(&mut self, batch: &RecordBatch, fits: &Fitting, caller: &mut dyn Caller) -> Result<()> {
        let Some(table) = &mut self.table else {
            return Err(Error::Internal("the table is not open".to_owned()));
        };
        self.has_failed = true;
        let mut first = 0;
        while first < batch.num_rows() {
            let left = SLICE_ROWS.min(batch.num_rows() - first);
            let count = fitting(batch, first, left, SLICE_BYTES).max(1);
            let slice = batch.slice(first, count);
            first += count;
            let mut rows = table.schema.cast(&slice, &fits.order, &fits.place)?;
            if let Some(keys) = &self.keys {
                rows = keys.new_rows(&rows, &fits.place, caller)?;
            }
            table.pieces.add(&rows, &mut table.sink)?;
            self.rows += rows.num_rows();
            self.duplicates += count - rows.num_rows();
            caller.check()?;
        }
        self.has_failed = false;
        Ok(())
    }
}

fn placed(found: ColumnFault, place: &Place) -> Error {
    found
        .fault
        .at(place.clone().in_column(found.column.as_deref()))
}
