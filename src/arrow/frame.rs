//! A table in memory that another program has made: batches, held where they are. Its batches are its row
//! groups; a large one is several, so that all threads have something to do.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Arc;

use crate::account::Account;
use crate::arrow::array::Array;
use crate::arrow::c_data::{ImportedArray, SchemaNode};
use crate::arrow::c_stream::Stream;
use crate::arrow::import;
use crate::arrow::storage::{Storage, Stored, check_batch};
use crate::error::fault::ensure;
use crate::error::{Error, Fault, Place, Result};
use crate::parquet::schema::own::Own;
use crate::parquet::schema::types::Physical;
use crate::parquet::{Column, Key, Kind, Schema};
use crate::types::{Dtype, Unit};

/// Most rows of a row group.
const GROUP_ROWS: usize = 1 << 18;

/// A table in memory.
pub struct Frame {
    name: PathBuf,
    schema: Arc<Schema>,
    storages: Vec<Storage>,
    batches: Vec<Arc<ImportedArray>>,
    groups: Vec<Group>,
}

/// Rows of a batch.
#[derive(Debug, Clone)]
struct Group {
    batch: usize,
    rows: Range<usize>,
}

/// One row group of a frame.
#[derive(Debug, Clone, Copy)]
pub struct FrameGroup<'a> {
    frame: &'a Frame,
    group: &'a Group,
}

impl Frame {
    /// A table without rows yet, of which errors speak by its name; its columns are leased from
    /// `account`.
    pub fn new(name: &str, node: &SchemaNode, account: &Arc<Account>) -> Result<Self> {
        let place = |column: Option<&str>| Place::memory(Path::new(name)).in_column(column);
        check_batch(node).map_err(|fault| fault.at(place(None)))?;
        let mut columns = Vec::new();
        let mut storages = Vec::new();
        for (leaf, child) in node.children.iter().enumerate() {
            let stored = Stored::new(child);
            let stored = stored.map_err(|fault| fault.at(place(Some(&child.name))))?;
            columns.push(column(&stored, leaf));
            storages.push(stored.storage);
        }
        let schema = Schema::of(columns, account.open());
        Ok(Self {
            schema: Arc::new(schema.map_err(|fault| fault.at(place(None)))?),
            name: PathBuf::from(name),
            storages,
            batches: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// All batches of a stream.
    pub fn of_stream(name: &str, mut stream: Stream, account: &Arc<Account>) -> Result<Self> {
        let place = Place::memory(Path::new(name));
        let failed = |error| Error::io(Path::new(name), error);
        let at = |fault: Fault| fault.at(place.clone());
        let schema = stream.schema().map_err(failed)?.map_err(at)?;
        let mut frame = Self::new(name, &schema, account)?;
        while let Some(batch) = stream.next_array().map_err(failed)?.map_err(at)? {
            frame.add(batch)?;
        }
        Ok(frame)
    }

    /// Adds a batch behind the others.
    pub fn add(&mut self, batch: Arc<ImportedArray>) -> Result<()> {
        let rows = import::batch_rows(batch.root(), self.storages.len());
        let rows = rows.map_err(|fault| fault.at(self.place().in_row_group(self.groups.len())))?;
        let number = self.batches.len();
        self.batches.push(batch);
        for first in (0..rows).step_by(GROUP_ROWS) {
            self.groups.push(Group {
                batch: number,
                rows: first..rows.min(first + GROUP_ROWS),
            });
        }
        Ok(())
    }

    /// What errors call it.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// It, as the place of an error.
    pub fn place(&self) -> Place {
        Place::memory(&self.name)
    }

    /// Its columns.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Its rows.
    pub fn rows(&self) -> u64 {
        self.groups
            .iter()
            .map(|group| group.rows.len() as u64)
            .sum()
    }

    /// How many row groups it has.
    pub const fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// A row group; none behind the last.
    pub fn group(&self, at: usize) -> Option<FrameGroup<'_>> {
        let group = self.groups.get(at)?;
        Some(FrameGroup { frame: self, group })
    }
}

impl FrameGroup<'_> {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.group.rows.len()
    }

    /// A column of it.
    pub fn array(&self, leaf: usize) -> Result<Array, Fault> {
        let storages = &self.frame.storages;
        let batch = self.frame.batches[self.group.batch].root();
        let rows = self.group.rows.clone();
        let array = import::column(batch, storages.len(), leaf, &storages[leaf], rows)?;
        let may_lack = self.frame.schema.columns[leaf].nesting.is_nullable();
        ensure!(
            may_lack || array.nulls() == Some(0),
            "it has nulls, where its schema says that it has none"
        );
        Ok(array)
    }
}

/// A frame equals itself alone.
impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Frame {}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} rows", self.name.display(), self.rows())
    }
}

/// A column as the plan knows it.
fn column(stored: &Stored, leaf: usize) -> Column {
    let column = Column::of_element(&stored.element, leaf);
    let Some(digits) = stored.duration else {
        return column;
    };
    let unit = Unit::of_digits(digits);
    let name = Dtype::Timedelta(unit).name();
    Column {
        type_name: name.replace("timedelta64", "duration"),
        kind: Err("it is a duration"),
        key: Ok(Key::Time {
            stored: Kind::I64,
            digits,
        }),
        own: Ok(Own::Time {
            stored: Physical::Int64,
            dtype: Dtype::Timedelta(unit),
        }),
        ..column
    }
}
