//! The pour: every value is decoded once, cleaned in passing and written once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::account::{Account, Scratch};
use crate::dataset::Table;
use crate::error::{Error, Fault, Place, Result, Shortage};
use crate::fit::observer::Observer;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::{Element, Rule, Tally};
use crate::output::prefault::Prefault;
use crate::output::sheets::{ColumnPiece, Sheets};
use crate::parquet::Lane;
use crate::parquet::lane::numbers::ColumnChunk;
use crate::parquet::page::buffers::ReadBuffers;
use crate::plan::{Budget, Selection};
use crate::run::pour::queue::{PourQueue, RowGroupInWork, Scan, Task};
use crate::sys::pages::PageRelease;
use crate::types::Order;
use crate::workers::{Caller, Workers, lock, pause};

/// More rows than there are.
pub const ALL: usize = usize::MAX;

/// Bytes of an output from which it does not stay in the cache until it is turned.
const LARGE: usize = 16 << 20;

/// How often a column is tried with the whole account.
const TRIES: usize = 8;

/// What is poured.
pub struct Pour<'a, T> {
    /// The files.
    pub files: &'a [Table],
    /// Where the columns are.
    pub selection: &'a Selection,
    /// Their names.
    pub names: &'a [String],
    /// What to write for what is not plain, for each column.
    pub rules: &'a [Rule<T>],
    /// How the output lies in memory.
    pub order: Order,
    /// Threads, tiles and sheets.
    pub budget: Budget,
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back finished pages of a file.
    pub returns: PageRelease,
    /// Pages of the output that are to be found first.
    pub fresh: Option<Prefault>,
    /// Looks at what is poured.
    pub observer: Option<&'a dyn Observer<T>>,
}

/// What the workers of one pour share.
struct PourShared<'s, 'a, 'o, T> {
    pour: &'s Pour<'a, T>,
    workers: &'s Workers,
    total_rows: usize,
    /// Whether the output is too large for the cache.
    is_large: bool,
    tasks: Mutex<PourQueue<'a, 'o, T>>,
    /// Whether the account has ever been too small: from then on nobody holds idle buffers.
    tight: AtomicBool,
    /// Held for writing by whoever needs the whole account for one column.
    alone: RwLock<()>,
}

/// What a pour has done.
pub struct Poured<'a, 'o, T> {
    /// What was met in each column.
    pub tallies: Vec<Tally>,
    /// How many rows there were.
    pub rows: usize,
    /// What comes behind them.
    pub walk: Scan<'a>,
    /// What is left of the output.
    pub sheets: Option<Sheets<'o, T>>,
}

impl<'a, T: Element> Pour<'a, T> {
    /// Fills `sheets` from the next row groups of `walk`, until there are `enough` rows.
    pub fn run<'o>(
        &self,
        sheets: Sheets<'o, T>,
        (walk, enough): (Scan<'a>, usize),
        workers: &Workers,
        caller: &mut dyn Caller,
    ) -> Result<Poured<'a, 'o, T>> {
        let shared = PourShared {
            pour: self,
            workers,
            total_rows: sheets.rows(),
            is_large: sheets.rows() * self.names.len() * size_of::<T>() >= LARGE,
            tasks: Mutex::new(PourQueue::new(walk, sheets, enough)),
            tight: AtomicBool::new(false),
            alone: RwLock::new(()),
        };
        let parts = workers.run(self.budget.threads, caller, || Worker::new(&shared).work())?;
        let mut tallies = vec![Tally::default(); self.names.len()];
        for part in parts {
            for (tally, part) in tallies.iter_mut().zip(part) {
                tally.add(&part);
            }
        }
        let tasks = shared.tasks.into_inner();
        let (rows, walk, sheets) = tasks.unwrap_or_else(PoisonError::into_inner).end();
        Ok(Poured {
            tallies,
            rows,
            walk,
            sheets,
        })
    }
}

/// One thread, its buffers, and what it has met.
struct Worker<'s, 'a, 'o, T: Element> {
    shared: &'s PourShared<'s, 'a, 'o, T>,
    reader: ReadBuffers,
    lane: Option<Lane<T>>,
    /// RowGroupInWork of a column on their way to several sheets.
    tile: Scratch<T>,
    tallies: Vec<Tally>,
}

impl<'s, 'a, 'o, T: Element> Worker<'s, 'a, 'o, T> {
    fn new(shared: &'s PourShared<'s, 'a, 'o, T>) -> Self {
        Self {
            shared,
            reader: ReadBuffers::new(shared.pour.account),
            lane: None,
            tile: Scratch::new(shared.pour.account),
            tallies: vec![Tally::default(); shared.pour.names.len()],
        }
    }

    fn work(mut self) -> Result<Vec<Tally>> {
        // Whoever has found his share begins: to wait for the others costs more than a page that
        // two find.
        if let Some(fresh) = &self.shared.pour.fresh {
            fresh.find(self.shared.workers)?;
        }
        loop {
            let next = lock(&self.shared.tasks).next()?;
            let Some(mut task) = next else {
                return Ok(self.tallies);
            };
            let poured = self.pour(&mut task);
            let source = &task.rows.source;
            self.shared.workers.read(source.bytes_read());
            // Damage found in a file that has changed meanwhile is not the file's fault.
            source.verify()?;
            poured?;
            self.give_back(&task);
        }
    }

    /// Pours a task; with the whole account where what is left of it does not do.
    fn pour(&mut self, task: &mut Task<'_, T>) -> Result<()> {
        let shared = self.shared;
        let together = shared.alone.try_read().or_else(|_| {
            // Somebody needs everything: what is held here would be in the way.
            self.release_buffers();
            shared.alone.read()
        });
        let holds_more = self.lane.is_some();
        let mut poured = self.column(task);
        if holds_more && matches!(poured, Err(Error::Scarce { .. })) {
            // Buffers of earlier columns may be larger than this one needs.
            self.release_buffers();
            poured = self.column(task);
        }
        drop(together);
        if matches!(poured, Err(Error::Scarce { .. })) {
            shared.tight.store(true, Ordering::Relaxed);
            self.release_buffers();
            return self.pour_alone(task);
        }
        poured
    }

    /// Pours a column while nobody else holds anything.
    fn pour_alone(&mut self, task: &mut Task<'_, T>) -> Result<()> {
        let mut poured = Ok(());
        for _ in 0..TRIES {
            let alone = self.shared.alone.write();
            poured = self.column(task);
            self.release_buffers();
            drop(alone);
            if !matches!(poured, Err(Error::Scarce { .. })) {
                break;
            }
            // Whoever was between two columns still held buffers, and lets go of them now.
            pause();
        }
        poured.map_err(|error| match error {
            Error::Scarce { place, needed } => self.too_large(&place, needed),
            error => error,
        })
    }

    fn too_large(&self, place: &Place, needed: usize) -> Error {
        let budget = &self.shared.pour.budget;
        let would = needed.saturating_mul(2) + budget.scratch_bytes;
        Error::from(Shortage {
            needed: Some(needed),
            limit: Some(budget.scratch_bytes),
            place: place.clone(),
            ..Shortage::new(format!(
                "{place}: one page or dictionary needs {needed} bytes at once, and the scratch of \
                 this load is {} bytes; raise memory_limit by {would} bytes, or write the file \
                 with smaller pages",
                budget.scratch_bytes
            ))
        })
    }

    /// Gives all buffers back.
    fn release_buffers(&mut self) {
        self.lane = None;
        self.reader.release_buffers();
        self.tile.clear();
    }

    fn column(&mut self, task: &mut Task<'_, T>) -> Result<()> {
        let pour = self.shared.pour;
        let (rows, column) = (Arc::clone(&task.rows), task.column);
        let met = self
            .store(&rows, column, &mut task.piece)
            .map_err(|fault| {
                if let (Fault::Scarce { .. }, Some(observer)) = (&fault, pour.observer) {
                    observer.abandon(column);
                }
                fault.at(rows.place(pour.names.get(column)))
            })?;
        // Only now, for a column that fails for want of memory is poured again.
        self.tallies[column].add(&met);
        // Where room is short, idle buffers are in somebody's way.
        if self.shared.tight.load(Ordering::Relaxed) {
            self.release_buffers();
        }
        Ok(())
    }

    /// Decodes a column to its place: straight where it lies there in one piece, through the tile
    /// where it does not. Tells what was met.
    fn store(
        &mut self,
        rows: &RowGroupInWork,
        column: usize,
        piece: &mut ColumnPiece<'_, T>,
    ) -> Result<Tally, Fault> {
        let pour = self.shared.pour;
        let missing = rows.chunks[column].is_none();
        if let Some((slot, chunk)) = &rows.chunks[column] {
            let stretch = ColumnChunk {
                source: &rows.source,
                chunk,
                kind: slot.kind,
                nullable: slot.nullable,
                rule: &pour.rules[column],
            };
            match &mut self.lane {
                Some(lane) => lane.reopen(&stretch)?,
                none => *none = Some(Lane::new(&stretch, pour.account)?),
            }
        }
        let (lane, reader) = (&mut self.lane, &mut self.reader);
        let mut next = |out: &mut [T]| -> Result<(), Fault> {
            match lane {
                Some(lane) if !missing => lane.fill(out, reader)?,
                _ => out.fill(pour.rules[column].null),
            }
            if let Some(observer) = pour.observer {
                observer.show(column, out);
            }
            Ok(self.shared.workers.done(out.len())?)
        };
        let most = pour.budget.tile_rows;
        if let Some(whole) = piece.one() {
            whole.chunks_mut(most).try_for_each(next)?;
        } else {
            let tile = self.tile.fit(most.min(piece.rows()))?;
            through(
                tile,
                piece,
                UncachedCopy::new(self.shared.is_large),
                &mut next,
            )?;
        }
        match &mut self.lane {
            Some(lane) if !missing => lane.finish(&mut self.reader),
            // The file lacks it.
            _ => Ok(Tally {
                nulls: rows.count as u64,
                ..Tally::default()
            }),
        }
    }

    /// Gives back the pages of a column that is done; those of sheets have to be turned first.
    fn give_back(&self, task: &Task<'_, T>) {
        if self.shared.pour.order == Order::F {
            let first = task.column * self.shared.total_rows + task.rows.first;
            let bytes = first * size_of::<T>()..(first + task.rows.count) * size_of::<T>();
            self.shared.pour.returns.give_back(bytes);
        }
    }
}

/// Has `next` fill the tile again and again, and stores what it holds in the parts of a piece.
fn through<T: Copy>(
    tile: &mut [T],
    piece: &mut ColumnPiece<'_, T>,
    mut stream: UncachedCopy,
    next: &mut impl FnMut(&mut [T]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let (mut at, mut filled, mut left) = (0, 0, piece.rows());
    for mut part in piece.parts() {
        while !part.is_empty() {
            if at == filled {
                (at, filled) = (0, left.min(tile.len()));
                next(&mut tile[..filled])?;
                left -= filled;
            }
            let count = part.len().min(filled - at);
            let (place, rest) = part.split_at_mut(count);
            stream.store(&tile[at..at + count], place);
            (at, part) = (at + count, rest);
        }
    }
    Ok(())
}
