//! The keys of one file, streaming: each column decoded, brought to the common form, and joined with
//! its neighbours to one key, a block of rows at a time. No key is held beyond its block.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{Columns, RowGroup, Scan, StoredColumn, StoredGroup, Table};
use crate::error::{Checkpoint, Error, Fault, Place, Result};
use crate::io::Source;
use crate::key::column::{KEY_ROWS, KeyColumn};
use crate::key::store::{KeyStore, Keys};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::page::buffers::ReadBuffers;

/// The columns of a key, and the form of each.
#[derive(Debug, Clone, Copy)]
pub struct KeySpec<'a> {
    /// The names of its columns.
    pub on: &'a [String],
    /// Their forms.
    pub forms: &'a [KeyForm],
}

impl KeySpec<'_> {
    /// Bytes of all columns together; `None` where they vary.
    pub(super) fn width(&self) -> Option<usize> {
        self.forms.iter().map(|form| form.width).sum()
    }
}

/// The key of one file: where it is, and what it is read with.
#[derive(Debug, Clone, Copy)]
pub struct KeyFile<'a> {
    /// The columns of the key.
    pub spec: KeySpec<'a>,
    /// The file.
    pub file: &'a Table,
    /// Where the columns are in it.
    pub slots: &'a [KeySlot],
    /// Leases the buffers.
    pub account: &'a Arc<Account>,
    /// Polled for cancellation, with the bytes read since the last call.
    pub checkpoint: Checkpoint<'a>,
}

impl KeyFile<'_> {
    /// The number of rows in the file.
    pub fn rows(&self) -> usize {
        usize::try_from(self.file.rows).unwrap_or(usize::MAX)
    }

    /// The same result, with a fault as an error of the file as a whole.
    pub fn placed<T>(&self, result: Result<T, Fault>) -> Result<T> {
        result.map_err(|fault| fault.at(Place::file(&self.file.path)))
    }

    /// Streams the keys past `each`, block by block, until `each` returns false or the file ends.
    pub fn stream<K: KeyStore>(
        &self,
        each: &mut dyn FnMut(&Keys<K>) -> Result<bool>,
    ) -> Result<()> {
        let mut stream = KeyStream::new(*self)?;
        let mut block = Keys::new(self.account);
        let source = Arc::clone(&stream.source);
        let mut read = || {
            while stream.next(&mut block)? > 0 {
                self.checkpoint.check_after(source.bytes_read())?;
                if !each(&block)? {
                    break;
                }
                block.clear();
            }
            Ok(())
        };
        let done = read();
        self.checkpoint.check_after(source.bytes_read())?;
        // Damage found in a file that has changed since it was opened is not the file's fault.
        source.verify()?;
        done
    }
}

impl Columns for KeyFile<'_> {
    type Cells = StoredColumn;

    fn count(&self) -> usize {
        self.slots.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.spec.on.get(at).map(String::as_str)
    }

    fn cells(&self, at: usize, _: usize, group: &StoredGroup<'_>) -> Result<StoredColumn, Fault> {
        let slot = &self.slots[at];
        group.column(slot.leaf, slot.key.physical(), slot.nesting)
    }
}

/// The keys of one file, a block at a time.
#[derive(Debug)]
struct KeyStream<'a> {
    key: KeyFile<'a>,
    source: Arc<Source>,
    scan: Scan<'a, KeyFile<'a>>,
    /// The row group in work; none before the first one and behind the last.
    row_group: Option<RowGroup<StoredColumn>>,
    columns: Vec<KeyColumn>,
    /// One for each column: they take turns, and each would read what the others pass over.
    readers: Vec<ReadBuffers>,
    /// Bytes of one key, where keys are put together from bytes.
    bytes: Scratch<u8>,
    left: usize,
}

impl<'a> KeyStream<'a> {
    /// Opens the keys of a file.
    fn new(key: KeyFile<'a>) -> Result<Self> {
        let file = key.file;
        let source = file.open()?;
        let readers = key.slots.iter().map(|_| ReadBuffers::new(key.account));
        Ok(Self {
            scan: Scan::opened(file, &source, key, key.account),
            source,
            row_group: None,
            columns: Vec::with_capacity(key.slots.len()),
            readers: readers.collect(),
            bytes: Scratch::new(key.account),
            left: 0,
            key,
        })
    }

    /// Adds the keys of the next rows and returns their number: 0 at the end of the file.
    fn next<K: KeyStore>(&mut self, keys: &mut Keys<K>) -> Result<usize> {
        while self.left == 0 {
            if !self.next_row_group()? {
                return Ok(0);
            }
        }
        let rows = self.left.min(KEY_ROWS);
        for at in 0..self.columns.len() {
            let read = self.columns[at].read(rows, &mut self.readers[at]);
            read.map_err(|fault| self.place(fault, Some(at)))?;
        }
        let added = (0..rows).try_for_each(|row| self.add(row, keys));
        added.map_err(|fault| self.place(fault, None))?;
        self.left -= rows;
        if self.left == 0 {
            for at in 0..self.columns.len() {
                let finished = self.columns[at].finish(&mut self.readers[at]);
                finished.map_err(|fault| self.place(fault, Some(at)))?;
            }
        }
        Ok(rows)
    }

    fn next_row_group(&mut self) -> Result<bool> {
        self.columns.clear();
        self.row_group = self.scan.next()?;
        let Some(row_group) = &self.row_group else {
            return Ok(false);
        };
        for (at, chunk) in row_group.cells.iter().enumerate() {
            let slot = &self.key.slots[at];
            let form = &self.key.spec.forms[at];
            let column = KeyColumn::new(&self.source, chunk, slot, form, self.key.account);
            let column = column.map_err(|fault| self.place(fault, Some(at)))?;
            self.columns.push(column);
        }
        self.left = row_group.rows;
        Ok(true)
    }

    /// Adds the key of a row, made of all columns.
    fn add<K: KeyStore>(&mut self, row: usize, keys: &mut Keys<K>) -> Result<(), Fault> {
        let null = self.columns.iter().any(|column| column.is_null(row));
        match self.key.spec.width() {
            _ if null => keys.store.push_number(0)?,
            Some(0..=16) => {
                let mut key = 0_u128;
                for (column, form) in self.columns.iter().zip(self.key.spec.forms) {
                    // A single column may fill the word, and is not shifted then.
                    key = match form.width {
                        Some(16) | None => column.number(row),
                        Some(width) => key << (8 * width) | column.number(row),
                    };
                }
                keys.store.push_number(key)?;
            }
            _ => {
                let several = self.columns.len() > 1;
                let columns = self.columns.iter();
                let most: usize = columns.map(|column| column.most_bytes(row)).sum();
                let bytes = self.bytes.fit(most)?;
                let mut end = 0;
                for column in &self.columns {
                    end += column.write(row, several, &mut bytes[end..]);
                }
                keys.store.push_bytes(&self.bytes.all()[..end])?;
            }
        }
        keys.count(null)
    }

    fn place(&self, fault: Fault, column: Option<usize>) -> Error {
        let name = column.and_then(|at| self.key.name(at));
        let row_group = self.row_group.as_ref();
        let place = row_group.map(|row_group| row_group.place(name));
        fault.at(place.unwrap_or_default())
    }
}
