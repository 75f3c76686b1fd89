//! The work of a pour, handed out piece by piece: one band of columns of one row group.
//!
//! Tasks come in the order of the rows, so files are read forward and finished rows are given back
//! early. The output is split here, into rectangles that cannot overlap, by safe code.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{ArrayViewMut2, Axis};

use crate::account::{Account, Lease};
use crate::error::{Fault, Place, Result};
use crate::plan::{Geometry, InputFile, Selection, Slot};
use crate::read::{Chunk, RowGroup, RowGroups, Source};
use crate::run::pour::Pour;

/// One row group that is being worked on.
#[derive(Debug)]
pub struct Rows {
    /// The file.
    pub source: Arc<Source>,
    /// Its number in the file.
    pub row_group: usize,
    /// Its rows in the output.
    pub range: Range<usize>,
    /// Where each chosen column is; `None` where the file lacks it.
    pub chunks: Vec<Option<(Slot, Chunk)>>,
    bands_left: AtomicUsize,
    _lease: Lease,
}

impl Rows {
    /// Says that a band is done, and whether it was the last one.
    pub fn band_done(&self) -> bool {
        self.bands_left.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

/// A band of columns of a row group, and where they go.
#[derive(Debug)]
pub struct Task<'a, T> {
    /// The row group.
    pub rows: Arc<Rows>,
    /// The columns.
    pub columns: Range<usize>,
    /// Their rectangle of the output.
    pub out: ArrayViewMut2<'a, T>,
}

/// Hands out the tasks of one pour.
#[derive(Debug)]
pub struct Tasks<'a, T> {
    files: std::slice::Iter<'a, InputFile>,
    selection: &'a Selection,
    names: &'a [String],
    account: Arc<Account>,
    geometry: Geometry,
    /// Bands, equally wide, that are left of the row group.
    bands: usize,
    open: Option<OpenFile<'a>>,
    rows: Option<Arc<Rows>>,
    /// What is left of the row group's rectangle, and of the output below it.
    columns: Option<ArrayViewMut2<'a, T>>,
    rest: Option<ArrayViewMut2<'a, T>>,
    first_row: usize,
}

#[derive(Debug)]
struct OpenFile<'a> {
    file: &'a InputFile,
    source: Arc<Source>,
    row_groups: RowGroups,
    at: usize,
}

impl<'a, T> Tasks<'a, T> {
    /// The tasks that fill `out` from `files`, in bands of columns.
    pub fn new(pour: &'a Pour<'_, T>, out: ArrayViewMut2<'a, T>) -> Self {
        Self {
            files: pour.files.iter(),
            selection: pour.selection,
            names: pour.names,
            account: Account::new(pour.geometry.metadata_bytes),
            geometry: pour.geometry,
            bands: 0,
            open: None,
            rows: None,
            columns: None,
            rest: Some(out),
            first_row: 0,
        }
    }

    /// The next task; `None` when all are handed out.
    #[expect(
        clippy::should_implement_trait,
        reason = "it fails, and is called under a lock"
    )]
    pub fn next(&mut self) -> Result<Option<Task<'a, T>>> {
        loop {
            match (self.columns.take(), self.rows.clone()) {
                (Some(columns), Some(rows)) if !columns.is_empty() => {
                    let first = rows.chunks.len() - columns.ncols();
                    let width = columns.ncols().div_ceil(self.bands);
                    self.bands -= 1;
                    let (out, columns) = columns.split_at(Axis(1), width);
                    self.columns = Some(columns);
                    return Ok(Some(Task {
                        rows,
                        columns: first..first + width,
                        out,
                    }));
                }
                _ if !self.next_row_group()? => return Ok(None),
                _ => {}
            }
        }
    }

    fn next_row_group(&mut self) -> Result<bool> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(file) = self.files.next() else {
                    return Ok(false);
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
            let count = usize::try_from(row_group.rows).unwrap_or(usize::MAX);
            let Some(rest) = self.rest.take().filter(|rest| count <= rest.nrows()) else {
                let what = "the row groups have more rows than the footer said";
                return Err(Fault::corrupt(what).at(place(None)));
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
            let (columns, rest) = rest.split_at(Axis(0), count);
            self.bands = bands(chunks.len(), &self.geometry, rest.is_empty());
            self.rows = Some(Arc::new(Rows {
                source: Arc::clone(&open.source),
                row_group: open.at,
                range: self.first_row..self.first_row + count,
                bands_left: AtomicUsize::new(self.bands),
                chunks,
                _lease: lease,
            }));
            open.at += 1;
            self.first_row += count;
            (self.columns, self.rest) = (Some(columns), Some(rest));
            return Ok(true);
        }
    }
}

impl<'a> OpenFile<'a> {
    fn new(file: &'a InputFile, account: &Arc<Account>) -> Result<Self> {
        let source = Source::open(&file.path, Some(&file.identity))?;
        Ok(Self {
            row_groups: file.walk(&source, account),
            file,
            source,
            at: 0,
        })
    }
}

/// Bands that the columns of a row group become. The last row group becomes as many for each thread,
/// so that none waits long for another.
fn bands(columns: usize, geometry: &Geometry, is_last: bool) -> usize {
    let bands = columns.div_ceil(geometry.band);
    if is_last {
        bands.next_multiple_of(geometry.threads).min(columns)
    } else {
        bands
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
