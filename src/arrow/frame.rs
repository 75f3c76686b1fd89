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
use crate::arrow::import::{self, Step};
use crate::arrow::storage::{Storage, Stored, check_batch};
use crate::error::fault::ensure;
use crate::error::{Error, Fault, Place, Result};
use crate::parquet::{Column, Nesting, Schema};

/// Most rows of a row group.
const GROUP_ROWS: usize = 1 << 18;

/// A table in memory.
pub struct Frame {
    name: PathBuf,
    schema: Arc<Schema>,
    /// Columns at the top.
    top: usize,
    storages: Vec<LeafStorage>,
    batches: Vec<Arc<ImportedArray>>,
    groups: Vec<Group>,
}

/// How a leaf is stored, and the way to it.
#[derive(Debug)]
struct LeafStorage {
    storage: Storage,
    path: Vec<Step>,
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
        let mut leaves = Leaves::default();
        leaves.add(node, &Outer::default(), &place(None))?;
        let Leaves {
            columns,
            structs,
            storages,
        } = leaves;
        let schema = Schema::of(columns, structs, account.open());
        Ok(Self {
            schema: Arc::new(schema.map_err(|fault| fault.at(place(None)))?),
            name: PathBuf::from(name),
            top: node.children.len(),
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
        let rows = import::batch_rows(batch.root(), self.top);
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
        let LeafStorage { storage, path } = &self.frame.storages[leaf];
        let batch = self.frame.batches[self.group.batch].root();
        let rows = self.group.rows.clone();
        let array = import::column(batch, path, storage, rows)?;
        let may_lack = self.frame.schema.columns[leaf].nesting.is_nullable();
        ensure!(
            may_lack || array.nulls() == Some(0),
            "it has nulls, where its schema says that it has none"
        );
        Ok(array)
    }
}

/// Batches that are yet to come, and are read once.
pub struct FrameStream {
    name: String,
    stream: Stream,
    schema: SchemaNode,
    columns: Arc<Schema>,
}

impl FrameStream {
    /// Asks a stream for its columns; its batches stay where they are.
    pub fn new(name: &str, mut stream: Stream, account: &Arc<Account>) -> Result<Self> {
        let failed = |error| Error::io(Path::new(name), error);
        let at = |fault: Fault| fault.at(Place::memory(Path::new(name)));
        let schema = stream.schema().map_err(failed)?.map_err(at)?;
        let columns = Frame::new(name, &schema, account)?;
        Ok(Self {
            name: name.to_owned(),
            stream,
            schema,
            columns: columns.schema,
        })
    }

    /// What errors call it.
    pub fn name(&self) -> &Path {
        Path::new(&self.name)
    }

    /// Its columns.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.columns
    }

    /// The next batches, until they have so many rows; none behind the last. Batches without rows count
    /// for nothing.
    pub fn next_frame(&mut self, rows: u64, account: &Arc<Account>) -> Result<Option<Frame>> {
        let place = Place::memory(self.name());
        let mut frame = Frame::new(&self.name, &self.schema, account)?;
        while frame.rows() < rows {
            let next = self.stream.next_array();
            let next = next.map_err(|error| Error::io(&place.path, error))?;
            match next.map_err(|fault| fault.at(place.clone()))? {
                Some(batch) => frame.add(batch)?,
                None => break,
            }
        }
        Ok((frame.group_count() > 0).then_some(frame))
    }
}

impl fmt::Debug for FrameStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stream of {}", self.name)
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

/// The leaves of a schema: its columns, and those in structs under dotted names.
#[derive(Debug, Default)]
struct Leaves {
    columns: Vec<Column>,
    structs: Vec<String>,
    storages: Vec<LeafStorage>,
}

/// The struct that leaves are in; nothing at the top.
#[derive(Debug, Default)]
struct Outer {
    /// Its name and those of the structs that it is in, with a dot behind each.
    prefix: String,
    path: Vec<Step>,
    /// How many of these structs may be null.
    definition: u8,
}

impl Leaves {
    /// Adds the leaves of a struct, or of the root.
    fn add(&mut self, node: &SchemaNode, outer: &Outer, place: &Place) -> Result<()> {
        let of = node.children.len();
        for (at, child) in node.children.iter().enumerate() {
            let name = format!("{}{}", outer.prefix, child.name);
            let mut path = outer.path.clone();
            path.push(Step { at, of });
            if child.format == "+s" && child.dictionary.is_none() && !child.children.is_empty() {
                self.structs.push(name.clone());
                let inner = Outer {
                    prefix: name + ".",
                    path,
                    definition: outer.definition + u8::from(child.nullable),
                };
                self.add(child, &inner, place)?;
                continue;
            }
            let stored = Stored::new(child);
            let stored =
                stored.map_err(|fault| fault.at(place.clone().in_column(name.as_str())))?;
            self.columns
                .push(column(&stored, name, outer.definition, self.storages.len()));
            let storage = stored.storage;
            self.storages.push(LeafStorage { storage, path });
        }
        Ok(())
    }
}

/// A column as the plan knows it, in so many structs that may be null.
fn column(stored: &Stored, name: String, outer: u8, leaf: usize) -> Column {
    let element = &stored.element;
    let is_nullable = element.repetition != 0;
    let nesting = match stored.lists {
        None => Nesting {
            definition: outer + u8::from(is_nullable),
            item: 0,
        },
        Some(lists_are_nullable) => {
            let item = outer + 1 + u8::from(lists_are_nullable);
            Nesting {
                definition: item + u8::from(is_nullable),
                item,
            }
        }
    };
    let column = if stored.storage == Storage::Nested {
        Column {
            name,
            ..Column::of_element(element, leaf)
        }
    } else {
        Column::new(name, element, nesting, leaf)
    };
    match stored.duration {
        None => column,
        Some(digits) => column.of_durations(digits),
    }
}
