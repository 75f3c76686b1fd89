//! The work of a pour, handed out piece by piece: one column of one row group.
//!
//! PourQueue come in the order of the rows, so files are read forward. The output is split into pieces
//! that cannot overlap, by safe code.

use std::sync::Arc;

use crate::account::{Account, Lease};
use crate::dataset::Table;
use crate::error::{Fault, Place, Result};
use crate::io::Source;
use crate::output::sheets::{ColumnPiece, RowBand, Sheets};
use crate::parquet::{Chunk, RowGroup, RowGroups};
use crate::plan::{Selection, Slot};
use crate::run::pour::worker::Pour;

/// One row group that is being worked on.
#[derive(Debug)]
pub struct RowGroupInWork {
    /// The file.
    pub source: Arc<Source>,
    /// Its number in the file.
    pub row_group: usize,
    /// Its rows.
    pub count: usize,
    /// RowGroupInWork of the pour that come before.
    pub first: usize,
    /// Where each chosen column is; `None` where the file lacks it.
    pub chunks: Vec<Option<(Slot, Chunk)>>,
    _lease: Lease,
}

impl RowGroupInWork {
    /// Where they are, and of a column that has this name.
    pub fn place(&self, column: Option<&String>) -> Place {
        Place {
            path: self.source.path().to_path_buf(),
            row_group: Some(self.row_group),
            column: column.cloned(),
        }
    }
}

/// A column of a row group, and where it goes.
#[derive(Debug)]
pub struct Task<'a, T> {
    /// The row group.
    pub rows: Arc<RowGroupInWork>,
    /// The column.
    pub column: usize,
    /// Its place in the output.
    pub piece: ColumnPiece<'a, T>,
}

/// The row groups of all files, in turn.
#[derive(Debug)]
pub struct Scan<'a> {
    files: std::slice::Iter<'a, Table>,
    selection: &'a Selection,
    names: &'a [String],
    account: Arc<Account>,
    open: Option<OpenFile<'a>>,
    /// A row group that was looked at, and is the next.
    ahead: Option<RowGroupInWork>,
}

#[derive(Debug)]
struct OpenFile<'a> {
    file: &'a Table,
    source: Arc<Source>,
    row_groups: RowGroups,
    at: usize,
}

/// Hands out the tasks of one pour.
#[derive(Debug)]
pub struct PourQueue<'a, 'o, T> {
    walk: Scan<'a>,
    rows: Option<Arc<RowGroupInWork>>,
    /// Columns of the row group that are left.
    stretch: Option<RowBand<'o, T>>,
    /// What is left of the output.
    sheets: Option<Sheets<'o, T>>,
    /// RowGroupInWork that were handed out, and as many as are enough.
    taken: usize,
    enough: usize,
}

impl<'a, 'o, T> PourQueue<'a, 'o, T> {
    /// The tasks that fill `sheets` with the next row groups, until there are `enough` rows.
    pub const fn new(walk: Scan<'a>, sheets: Sheets<'o, T>, enough: usize) -> Self {
        Self {
            walk,
            rows: None,
            stretch: None,
            sheets: Some(sheets),
            taken: 0,
            enough,
        }
    }

    /// How many rows were handed out, and the row groups and the output behind them.
    pub fn end(self) -> (usize, Scan<'a>, Option<Sheets<'o, T>>) {
        (self.taken, self.walk, self.sheets)
    }

    /// The next task; `None` when all are handed out.
    #[expect(
        clippy::should_implement_trait,
        reason = "it fails, and is called under a lock"
    )]
    pub fn next(&mut self) -> Result<Option<Task<'o, T>>> {
        loop {
            match (self.stretch.take(), &self.rows) {
                (Some(stretch), Some(rows)) if stretch.columns() > 0 && rows.count > 0 => {
                    let column = rows.chunks.len() - stretch.columns();
                    let (piece, stretch) = stretch.split();
                    self.stretch = Some(stretch);
                    let rows = Arc::clone(rows);
                    return Ok(Some(Task {
                        rows,
                        column,
                        piece,
                    }));
                }
                _ if self.taken >= self.enough => return Ok(None),
                _ => {}
            }
            let Some(rows) = self.walk.next(self.taken)? else {
                return Ok(None);
            };
            let taken = self
                .sheets
                .take()
                .and_then(|sheets| sheets.take(rows.count));
            let Some((stretch, sheets)) = taken else {
                let what = "the row groups have more rows than the footer said";
                return Err(Fault::corrupt(what).at(rows.place(None)));
            };
            self.taken += rows.count;
            self.rows = Some(Arc::new(rows));
            (self.stretch, self.sheets) = (Some(stretch), Some(sheets));
        }
    }
}

impl<'a> Scan<'a> {
    /// The row groups of what `pour` reads.
    pub fn new<T>(pour: &Pour<'a, T>) -> Self {
        Self {
            files: pour.files.iter(),
            selection: pour.selection,
            names: pour.names,
            account: Account::new(pour.budget.metadata_bytes),
            open: None,
            ahead: None,
        }
    }

    /// RowGroupInWork of the next row group, and bytes that they are read from.
    pub fn ahead(&mut self) -> Result<Option<(usize, u64)>> {
        if self.ahead.is_none() {
            self.ahead = self.next(0)?;
        }
        Ok(self.ahead.as_ref().map(|rows| {
            let chunks = rows.chunks.iter().flatten();
            (rows.count, chunks.map(|(_, chunk)| chunk.bytes).sum())
        }))
    }

    /// The next row group, before which come `first` rows.
    fn next(&mut self, first: usize) -> Result<Option<RowGroupInWork>> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(RowGroupInWork { first, ..ahead }));
        }
        loop {
            let Some(open) = &mut self.open else {
                let Some(file) = self.files.next() else {
                    return Ok(None);
                };
                self.open = Some(OpenFile::new(file, &self.account)?);
                continue;
            };
            let data_end = open.row_groups.data_end();
            let Some(row_group) = open.row_groups.next()? else {
                self.open = None;
                continue;
            };
            let slots = &self.selection[open.file.layout];
            let place = |column: Option<usize>| Place {
                path: open.file.path.clone(),
                row_group: Some(open.at),
                column: column.and_then(|at| self.names.get(at).cloned()),
            };
            let mut lease = self.account.open();
            lease
                .resize(size_of_val(slots.as_slice()) + slots.len() * size_of::<Chunk>())
                .map_err(|fault| fault.at(place(None)))?;
            let chunks = slots
                .iter()
                .enumerate()
                .map(|(at, slot)| {
                    pick(row_group, *slot, data_end).map_err(|fault| fault.at(place(Some(at))))
                })
                .collect::<Result<Vec<_>>>()?;
            let rows = RowGroupInWork {
                source: Arc::clone(&open.source),
                row_group: open.at,
                count: usize::try_from(row_group.rows).unwrap_or(usize::MAX),
                first,
                chunks,
                _lease: lease,
            };
            open.at += 1;
            return Ok(Some(rows));
        }
    }
}

impl<'a> OpenFile<'a> {
    fn new(file: &'a Table, account: &Arc<Account>) -> Result<Self> {
        let source = Source::open(&file.path, Some(&file.identity))?;
        Ok(Self {
            row_groups: file.walk(&source, account),
            file,
            source,
            at: 0,
        })
    }
}

/// The chunk of a slot, held against the file.
fn pick(
    row_group: &RowGroup,
    slot: Option<Slot>,
    data_end: u64,
) -> Result<Option<(Slot, Chunk)>, Fault> {
    let Some(slot) = slot else {
        return Ok(None);
    };
    let chunk = row_group.chunk(slot.leaf, slot.kind.physical(), data_end)?;
    Ok(Some((slot, chunk)))
}
