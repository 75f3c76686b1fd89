//! The keys of one file, streaming: each column decoded, brought to the common form, and joined with
//! its neighbours to one key, a block of rows at a time. No key is held beyond its block.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::Table;
use crate::error::{Error, Fault, Place, Result};
use crate::io::Source;
use crate::key::column::{KEY_ROWS, KeyColumn};
use crate::key::store::{KeyStore, Keys};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Chunk, RowGroups};

/// The columns of a key, and the form of each.
#[derive(Debug, Clone, Copy)]
pub struct KeySpec<'a> {
    /// The names of the columns.
    pub on: &'a [String],
    /// Their forms.
    pub forms: &'a [KeyForm],
}

impl KeySpec<'_> {
    /// Bytes of one key, all columns together; `None` where that varies.
    fn width(&self) -> Option<usize> {
        self.forms.iter().map(|form| form.width).sum()
    }
}

/// The key of one file: where it is, and what it is read with.
#[derive(Clone, Copy)]
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
    pub checkpoint: &'a (dyn Fn(u64) -> Result<()> + Sync),
}

impl KeyFile<'_> {
    /// The number of rows in the file.
    pub fn rows(&self) -> usize {
        usize::try_from(self.file.rows).unwrap_or(usize::MAX)
    }

    /// The error for a fault of the file as a whole.
    pub fn error(&self, fault: Fault) -> Error {
        fault.at(Place::file(&self.file.path))
    }

    /// Streams the keys past `each`, block by block, until `each` returns false or the file ends.
    pub fn stream<K: KeyStore>(
        &self,
        each: &mut dyn FnMut(&Keys<K>) -> Result<bool>,
    ) -> Result<()> {
        let mut stream = KeyStream::new(self)?;
        let mut block = Keys::new(self.account);
        let source = Arc::clone(stream.source());
        let mut read = || {
            while stream.next(&mut block)? > 0 {
                (self.checkpoint)(source.bytes_read())?;
                if !each(&block)? {
                    break;
                }
                block.clear();
            }
            Ok(())
        };
        let done = read();
        (self.checkpoint)(source.bytes_read())?;
        // Damage found in a file that has changed since it was opened is not the file's fault.
        source.verify()?;
        done
    }
}

/// The keys of one file, a block at a time.
#[derive(Debug)]
pub struct KeyStream<'a> {
    spec: KeySpec<'a>,
    slots: &'a [KeySlot],
    source: Arc<Source>,
    row_groups: RowGroups,
    row_group: usize,
    columns: Vec<KeyColumn>,
    /// One for each column: columns take turns, and would drop what the others have read ahead.
    readers: Vec<ReadBuffers>,
    /// Bytes of one key, where keys are made of bytes.
    bytes: Scratch<u8>,
    account: Arc<Account>,
    left: usize,
}

impl<'a> KeyStream<'a> {
    /// Opens the keys of a file.
    pub fn new(key: &KeyFile<'a>) -> Result<Self> {
        let KeyFile {
            spec,
            file,
            slots,
            account,
            ..
        } = *key;
        let source = Source::open(&file.path, Some(&file.identity))?;
        Ok(Self {
            spec,
            slots,
            row_groups: file.walk(&source, account),
            source,
            row_group: 0,
            columns: Vec::with_capacity(slots.len()),
            readers: slots.iter().map(|_| ReadBuffers::new(account)).collect(),
            bytes: Scratch::new(account),
            account: Arc::clone(account),
            left: 0,
        })
    }

    /// The file.
    pub const fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Adds the keys of the next rows and returns their number: 0 at the end of the file.
    pub fn next<K: KeyStore>(&mut self, keys: &mut Keys<K>) -> Result<usize> {
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
            for (at, column) in self.columns.iter_mut().enumerate() {
                let finished = column.finish(&mut self.readers[at]);
                let place = Place {
                    path: self.source.path().to_path_buf(),
                    row_group: Some(self.row_group),
                    column: self.spec.on.get(at).cloned(),
                };
                finished.map_err(|fault| fault.at(place))?;
            }
            self.row_group += 1;
        }
        Ok(rows)
    }

    fn next_row_group(&mut self) -> Result<bool> {
        self.columns.clear();
        let data_end = self.row_groups.data_end();
        let Some(row_group) = self.row_groups.next()? else {
            return Ok(false);
        };
        let rows = row_group.rows;
        let chunks = self.slots.iter().map(|slot| {
            let physical = slot.key.physical();
            row_group.chunk(slot.leaf, physical, data_end)
        });
        let chunks: Vec<Result<Chunk, Fault>> = chunks.collect();
        for (at, chunk) in chunks.into_iter().enumerate() {
            let form = &self.spec.forms[at];
            let cells = chunk.and_then(|chunk| {
                KeyColumn::new(&self.source, &chunk, &self.slots[at], form, &self.account)
            });
            self.columns
                .push(cells.map_err(|fault| self.place(fault, Some(at)))?);
        }
        self.left = usize::try_from(rows).unwrap_or(usize::MAX);
        if self.left == 0 {
            self.row_group += 1;
        }
        Ok(true)
    }

    /// Adds the key of a row, made of all columns.
    fn add<K: KeyStore>(&mut self, row: usize, keys: &mut Keys<K>) -> Result<(), Fault> {
        let null = self.columns.iter().any(|column| column.is_null(row));
        match self.spec.width() {
            _ if null => keys.store.push_number(0)?,
            Some(0..=16) => {
                let mut key = 0_u128;
                for (column, form) in self.columns.iter().zip(self.spec.forms) {
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
        fault.at(Place {
            path: self.source.path().to_path_buf(),
            row_group: Some(self.row_group),
            column: column.and_then(|at| self.spec.on.get(at).cloned()),
        })
    }
}
