//! The pour: every value is decoded once, cleaned in passing and written once.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use ndarray::{ArrayViewMut2, Axis};

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Place, Result};
use crate::kernel::{Element, Rule, Tally, transpose};
use crate::output::mapping::Returns;
use crate::plan::{Geometry, InputFile, Order, Selection};
use crate::read::Lane;
use crate::read::lane::Stretch;
use crate::read::reader::Reader;
use crate::run::crew::{Crew, Watch, lock, pause};
use crate::run::tasks::{Rows, Task, Tasks};

/// Values between two tile columns beyond the rows themselves, so that a stride is never a multiple
/// of 4 KiB: columns that far apart would evict each other from the cache.
const PAD: usize = 16;

/// How often a column is tried with the whole account.
const TRIES: usize = 8;

/// Whoever looks at finished pieces of columns in passing, while they are still in the cache.
pub trait Onlooker<T>: Sync {
    /// Shows a piece of a column. Gaps of a column that is all here may be filled.
    fn show(&self, column: usize, values: &mut [T]);
    /// Says that pieces of these columns were shown that will come once more.
    fn lose(&self, columns: Range<usize>);
}

/// What is poured.
pub struct Pour<'a, T> {
    /// The files.
    pub files: &'a [InputFile],
    /// Where the columns are.
    pub selection: &'a Selection,
    /// Their names.
    pub names: &'a [String],
    /// What to write for what is not plain, for each column.
    pub rules: &'a [Rule<T>],
    /// How the output lies in memory.
    pub order: Order,
    /// Threads, bands and tiles.
    pub geometry: Geometry,
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub returns: Returns,
    /// Looks at what is poured.
    pub onlooker: Option<&'a dyn Onlooker<T>>,
}

/// What the workers of one pour share.
struct Shared<'a, T> {
    pour: &'a Pour<'a, T>,
    crew: &'a Crew,
    total_rows: usize,
    tasks: Mutex<Tasks<'a, T>>,
    /// Columns that are decoded side by side; falls where large pages leave no room.
    width: AtomicUsize,
    /// Whether the account has ever been too small: from then on nobody holds idle buffers.
    tight: AtomicBool,
    /// Held for writing by whoever needs the whole account for one column.
    alone: RwLock<()>,
}

impl<T: Element> Pour<'_, T> {
    /// Fills `out`, and tells what was met in each column.
    pub fn run(
        &self,
        out: ArrayViewMut2<'_, T>,
        crew: &Crew,
        watch: &mut dyn Watch,
    ) -> Result<Vec<Tally>> {
        let shared = Shared {
            pour: self,
            crew,
            total_rows: out.nrows(),
            tasks: Mutex::new(Tasks::new(self, out)),
            width: AtomicUsize::new(self.geometry.band),
            tight: AtomicBool::new(false),
            alone: RwLock::new(()),
        };
        let parts = crew.run(self.geometry.threads, watch, || Worker::new(&shared).work())?;
        let mut tallies = vec![Tally::default(); self.names.len()];
        for part in parts {
            for (tally, part) in tallies.iter_mut().zip(part) {
                tally.add(&part);
            }
        }
        Ok(tallies)
    }

    /// Bytes of the output that a stretch of rows takes up, as contiguous ranges.
    fn give_back(&self, rows: &Range<usize>, total_rows: usize) {
        let columns = self.names.len();
        let item = size_of::<T>();
        match self.order {
            Order::C => {
                let row = columns * item;
                self.returns.give_back(rows.start * row..rows.end * row);
            }
            Order::F => {
                for column in 0..columns {
                    let start = (column * total_rows + rows.start) * item;
                    self.returns.give_back(start..start + rows.len() * item);
                }
            }
        }
    }
}

/// One thread, its buffers, and what it has met.
struct Worker<'a, T: Element> {
    shared: &'a Shared<'a, T>,
    reader: Reader,
    lanes: Vec<Lane<T>>,
    tile: Scratch<T>,
    tallies: Vec<Tally>,
}

impl<'a, T: Element> Worker<'a, T> {
    fn new(shared: &'a Shared<'a, T>) -> Self {
        Self {
            shared,
            reader: Reader::new(shared.pour.account),
            lanes: Vec::new(),
            tile: Scratch::new(shared.pour.account),
            tallies: vec![Tally::default(); shared.pour.names.len()],
        }
    }

    fn work(mut self) -> Result<Vec<Tally>> {
        loop {
            let next = lock(&self.shared.tasks).next()?;
            let Some(task) = next else {
                return Ok(self.tallies);
            };
            let rows = Arc::clone(&task.rows);
            let poured = self.pour(task);
            self.shared.crew.read(rows.source.bytes_read());
            // Damage found in a file that has changed meanwhile is not the file's fault.
            rows.source.verify()?;
            poured?;
            if rows.band_done() {
                self.shared
                    .pour
                    .give_back(&rows.range, self.shared.total_rows);
            }
        }
    }

    /// Pours a task, in bands as wide as the account allows.
    fn pour(&mut self, mut task: Task<'_, T>) -> Result<()> {
        let mut first = 0;
        while first < task.columns.len() {
            let width = self.shared.width.load(Ordering::Relaxed).max(1);
            let end = (first + width).min(task.columns.len());
            let columns = task.columns.start + first..task.columns.start + end;
            let out = task.out.slice_axis_mut(Axis(1), (first..end).into());
            let shared = self.shared;
            let together = shared.alone.try_read().or_else(|_| {
                // Somebody needs everything: what is held here would be in the way.
                self.forget();
                shared.alone.read()
            });
            let fresh = self.lanes.is_empty();
            let poured = self.band(&task.rows, columns.clone(), out);
            drop(together);
            if let (Err(Error::Scarce { .. }), Some(onlooker)) = (&poured, shared.pour.onlooker) {
                onlooker.lose(columns.clone());
            }
            match poured {
                Ok(()) => first = end,
                // Buffers of earlier bands may be larger than these columns need.
                Err(Error::Scarce { .. }) if !fresh => self.forget(),
                Err(Error::Scarce { .. }) if width > 1 => {
                    shared.tight.store(true, Ordering::Relaxed);
                    self.forget();
                    shared.width.fetch_min(width * 3 / 4, Ordering::Relaxed);
                }
                Err(Error::Scarce { .. }) => {
                    shared.tight.store(true, Ordering::Relaxed);
                    self.forget();
                    let out = task.out.slice_axis_mut(Axis(1), (first..end).into());
                    self.pour_alone(&task.rows, columns, out)?;
                    first = end;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Pours one column while nobody else holds anything.
    fn pour_alone(
        &mut self,
        rows: &Rows,
        columns: Range<usize>,
        mut out: ArrayViewMut2<'_, T>,
    ) -> Result<()> {
        let mut poured = Ok(());
        for _ in 0..TRIES {
            let alone = self.shared.alone.write();
            poured = self.band(rows, columns.clone(), out.view_mut());
            self.forget();
            drop(alone);
            if !matches!(poured, Err(Error::Scarce { .. })) {
                break;
            }
            // Whoever was between two bands still held buffers, and lets go of them now.
            pause();
        }
        poured.map_err(|error| match error {
            Error::Scarce { place, needed } => self.too_large(&place, needed),
            error => error,
        })
    }

    fn too_large(&self, place: &Place, needed: usize) -> Error {
        let geometry = &self.shared.pour.geometry;
        let would = needed.saturating_mul(2) + geometry.scratch_bytes;
        Error::MemoryLimit(format!(
            "{place}: one page or dictionary needs {needed} bytes at once, and the scratch of this \
             load is {} bytes; raise memory_limit by {would} bytes, or write the file with smaller \
             pages",
            geometry.scratch_bytes
        ))
    }

    /// Gives all buffers back.
    fn forget(&mut self) {
        self.lanes.clear();
        self.reader.forget();
        self.tile.clear();
    }

    fn band(
        &mut self,
        rows: &Rows,
        columns: Range<usize>,
        mut out: ArrayViewMut2<'_, T>,
    ) -> Result<()> {
        for (lane, column) in columns.clone().enumerate() {
            self.open(lane, rows, column)?;
        }
        let tile_rows = self.shared.pour.geometry.tile_rows;
        for mut out in out.axis_chunks_iter_mut(Axis(0), tile_rows) {
            self.tile(rows, &columns, &mut out)?;
            self.shared.crew.done(out.len())?;
        }
        let mut met = vec![Tally::default(); columns.len()];
        for (lane, column) in columns.clone().enumerate() {
            met[lane] = match rows.chunks[column] {
                Some(_) => {
                    let finished = self.lanes[lane].finish(&mut self.reader);
                    finished.map_err(|fault| place(self.shared, fault, rows, column))?
                }
                None => Tally {
                    nulls: rows.range.len() as u64,
                    ..Tally::default()
                },
            };
        }
        // Only now, for a band that fails for want of memory is poured again.
        for (column, met) in columns.zip(met) {
            self.tallies[column].add(&met);
        }
        // Where room is short, idle buffers are in somebody's way.
        if self.shared.tight.load(Ordering::Relaxed) {
            self.forget();
        }
        Ok(())
    }

    fn open(&mut self, lane: usize, rows: &Rows, column: usize) -> Result<()> {
        let Some((slot, chunk)) = &rows.chunks[column] else {
            return Ok(());
        };
        let stretch = Stretch {
            source: &rows.source,
            chunk,
            kind: slot.kind,
            nullable: slot.nullable,
            rule: &self.shared.pour.rules[column],
        };
        let opened = if let Some(lane) = self.lanes.get_mut(lane) {
            lane.reopen(&stretch)
        } else {
            // Lanes stay where they are: one that a missing column leaves out is made all the same.
            (self.lanes.len()..=lane).try_for_each(|_| {
                self.lanes
                    .push(Lane::new(&stretch, self.shared.pour.account)?);
                Ok(())
            })
        };
        opened.map_err(|fault| place(self.shared, fault, rows, column))
    }

    /// Pours the next rows of a band: straight into place where a column lies in one piece, through
    /// the tile where it does not.
    fn tile(
        &mut self,
        rows: &Rows,
        columns: &Range<usize>,
        out: &mut ArrayViewMut2<'_, T>,
    ) -> Result<()> {
        let height = out.nrows();
        let direct = out.column(0).as_slice().is_some();
        let stride = height + PAD;
        if !direct {
            let fitted = self.tile.fit(stride * columns.len()).map(|_| ());
            fitted.map_err(|fault| place(self.shared, fault, rows, columns.start))?;
        }
        for (lane, column) in columns.clone().enumerate() {
            let mut whole = out.column_mut(lane);
            let piece = match whole.as_slice_mut() {
                Some(piece) if direct => piece,
                _ => &mut self.tile.all_mut()[lane * stride..][..height],
            };
            match &rows.chunks[column] {
                Some(_) => {
                    let filled = self.lanes[lane].fill(piece, &mut self.reader);
                    filled.map_err(|fault| place(self.shared, fault, rows, column))?;
                }
                None => piece.fill(self.shared.pour.rules[column].null),
            }
            if let Some(onlooker) = self.shared.pour.onlooker {
                onlooker.show(column, piece);
            }
        }
        if !direct {
            transpose::store(self.tile.all(), stride, out.view_mut());
        }
        Ok(())
    }
}

fn place<T>(shared: &Shared<'_, T>, fault: Fault, rows: &Rows, column: usize) -> Error {
    fault.at(Place {
        path: rows.source.path().to_path_buf(),
        row_group: Some(rows.row_group),
        column: Some(shared.pour.names[column].clone()),
    })
}
