//! One thread of a join: it matches tables, and places their columns.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

use ndarray::{ArrayViewMut1, ArrayViewMut2, Axis};

use crate::account::Scratch;
use crate::error::{Error, Fault, Place, Result, Shortage};
use crate::fit::column::ColumnMedian;
use crate::io::Source;
use crate::kernel::moves::transpose;
use crate::kernel::scalar::sentinels::{replace_sentinels, sentinels};
use crate::kernel::{Real, Rule, Tally};
use crate::key::Duplicates;
use crate::key::{MatchRequest, Matches};
use crate::parquet::page::buffers::ReadBuffers;
use crate::plan::OverflowPolicy;
use crate::plan::budget::PAD;
use crate::run::TableReport;
use crate::run::join::placer::{Columns, Matched, Placer};
use crate::run::join::pour::{ColumnState, JoinPour, shape};
use crate::run::join::queue::{JoinQueue, TableColumns, Task};
use crate::run::join::sentinels::settle;
use crate::types::Order;
use crate::workers::{Workers, lock, pause};

/// Bytes of each row that may be written before pages of a file are given back: given back sooner,
/// a page would be fetched again for every table that has columns in it.
const WRITTEN: usize = 8 << 10;
/// Rows that are stored between two looks whether to go on.
const LOOK: usize = 64 << 10;
/// How often columns are tried with the whole account.
const TRIES: usize = 8;

/// What the workers share.
pub struct JoinShared<'a, T> {
    pour: &'a JoinPour<'a, T>,
    workers: &'a Workers,
    rows: usize,
    tables: JoinQueue<'a, T>,
    made: Mutex<(Vec<ColumnState>, Vec<Option<TableReport>>)>,
    /// Columns that have been written.
    written: AtomicUsize,
    /// Whether the account has ever been too small: from then on nobody holds idle buffers.
    tight: AtomicBool,
    /// Held for writing by whoever needs the whole account.
    alone: RwLock<()>,
}

impl<'a, T> JoinShared<'a, T> {
    /// What the workers of a pour share: what was made so far, and the tables that are left.
    pub fn new(
        pour: &'a JoinPour<'a, T>,
        workers: &'a Workers,
        rows: usize,
        (made, tables): (Vec<ColumnState>, Vec<Vec<TableColumns<'a, T>>>),
    ) -> Self {
        Self {
            pour,
            workers,
            rows,
            made: Mutex::new((made, vec![None; tables.len()])),
            tables: JoinQueue::new(tables, pour.join.band),
            written: AtomicUsize::new(0),
            tight: AtomicBool::new(false),
            alone: RwLock::new(()),
        }
    }

    /// What was made of each feature, and what each table had.
    pub fn made(&self) -> (Vec<ColumnState>, Vec<Option<TableReport>>) {
        std::mem::take(&mut *lock(&self.made))
    }
}

/// One thread and its buffers.
pub struct JoinWorker<'a, T: Real> {
    shared: &'a JoinShared<'a, T>,
    reader: ReadBuffers,
    placer: Placer<'a, T>,
    /// Columns of a band, one behind the other, before they are stored row by row.
    band: Scratch<T>,
    /// What medians are sought with.
    seeker: ColumnMedian<T>,
}

impl<'a, T: Real> JoinWorker<'a, T> {
    /// A thread without anything to do yet.
    pub fn new(shared: &'a JoinShared<'a, T>) -> Self {
        let (account, tile_rows) = (shared.pour.account, shared.pour.join.tile_rows);
        Self {
            shared,
            reader: ReadBuffers::new(account),
            placer: Placer::new(sentinels(), tile_rows, account, shared.workers),
            band: Scratch::new(account),
            seeker: ColumnMedian::new(account),
        }
    }

    /// Works until nothing is left.
    pub fn work(mut self) -> Result<()> {
        while let Some(task) = self.shared.tables.next() {
            match task {
                Task::Match(table) => self.find(table)?,
                Task::Place(matched, stretch) => self.place(&matched, stretch)?,
                Task::Wait => {
                    pause();
                    self.shared.workers.check()?;
                }
            }
        }
        Ok(())
    }

    /// Gives all buffers back.
    fn release_buffers(&mut self) {
        self.placer.release_buffers();
        self.band.clear();
        self.seeker.release_buffers();
    }

    /// Runs `work`; where the account is too small for it, once more while nobody else holds
    /// anything.
    fn within<R>(
        &mut self,
        path: &Path,
        work: &mut dyn FnMut(&mut Self) -> Result<R>,
    ) -> Result<R> {
        let shared = self.shared;
        let together = shared.alone.try_read().or_else(|_| {
            // Somebody needs everything: what is held here would be in the way.
            self.release_buffers();
            shared.alone.read()
        });
        let mut done = work(self);
        drop(together);
        for _ in 0..TRIES {
            if !matches!(done, Err(Error::Scarce { .. })) {
                break;
            }
            shared.tight.store(true, Ordering::Relaxed);
            self.release_buffers();
            let alone = shared.alone.write();
            done = work(self);
            drop(alone);
            // Whoever was between two tasks still held buffers, and lets go of them now.
            pause();
        }
        if shared.tight.load(Ordering::Relaxed) {
            self.release_buffers();
        }
        done.map_err(|error| match error {
            Error::Scarce { needed, .. } => self.too_large(path, needed),
            error => error,
        })
    }

    fn too_large(&self, path: &Path, needed: usize) -> Error {
        let scratch = self.shared.pour.plan.budget.scratch_bytes;
        let would = needed.saturating_mul(2).saturating_add(scratch);
        Error::from(Shortage {
            needed: Some(needed),
            limit: Some(scratch),
            place: Place::file(path),
            ..Shortage::new(format!(
                "{}: {needed} bytes are needed at once for its keys or for one page or dictionary, \
                 and the scratch of this load is {scratch} bytes; raise memory_limit by {would} \
                 bytes, or write the file with smaller pages and sorted by its key",
                path.display()
            ))
        })
    }

    /// Matches a table.
    fn find(&mut self, table: usize) -> Result<()> {
        let (pour, workers) = (self.shared.pour, self.shared.workers);
        let planned = &pour.join.tables[table];
        let file = &planned.file;
        let look = |bytes| {
            workers.read(bytes);
            workers.check()
        };
        let duplicates = pour.plan.options.join.as_ref();
        let asked = MatchRequest {
            shape: shape(pour.join),
            file,
            slots: &planned.keys,
            duplicates: duplicates.map_or(Duplicates::Raise, |join| join.duplicates),
            account: pour.account,
            look: &look,
        };
        let several = file.row_groups() > 1 || file.rows > pour.join.tile_rows as u64;
        let matches = self.within(&file.path, &mut |_| {
            let mut matches = pour.keys.find(&asked)?;
            if several {
                let prepared = matches.prepare_pieces(&|| workers.check());
                prepared.map_err(|fault| fault.at(Place::file(&file.path)))?;
            }
            Ok(matches)
        })?;
        lock(&self.shared.made).1[table] = Some(self.report(table, &matches));
        let source = Source::open(&file.path, Some(&file.identity))?;
        self.shared.tables.matched(
            table,
            Matched {
                table: planned,
                matches,
                source,
            },
        );
        Ok(())
    }

    fn report(&self, table: usize, matches: &Matches) -> TableReport {
        let file = &self.shared.pour.join.tables[table].file;
        TableReport {
            path: file.path.clone(),
            rows: file.rows,
            matched: matches.matched,
            unmatched: self.shared.rows as u64 - matches.matched,
            unused: matches.unused,
            keys: matches.found.name(),
        }
    }

    /// Places neighbouring columns of a matched table.
    fn place(&mut self, of: &Matched<'_>, mut stretch: TableColumns<'_, T>) -> Result<()> {
        let pour = self.shared.pour;
        let columns = Columns {
            of,
            slots: stretch.slots,
            names: &pour.names[stretch.columns.clone()],
        };
        let first = stretch.columns.start;
        let path = of.source.path();
        let made = self.within(path, &mut |own| own.band(columns, first, &mut stretch.out));
        self.shared.workers.read(of.source.bytes_read());
        // Damage found in a file that has changed meanwhile is not the file's fault.
        of.source.verify()?;
        lock(&self.shared.made).0[stretch.columns.clone()].copy_from_slice(&made?);
        self.give_back(&stretch);
        self.shared.workers.done(stretch.out.len())
    }

    fn give_back(&self, stretch: &TableColumns<'_, T>) {
        let (pour, columns) = (self.shared.pour, &stretch.columns);
        let column = self.shared.rows * size_of::<T>();
        match pour.plan.options.order {
            Order::F => {
                let bytes = columns.start * column..columns.end * column;
                pour.returns.give_back(bytes);
            }
            Order::C => {
                let row = |columns: usize| columns * size_of::<T>() / WRITTEN;
                let written = self
                    .shared
                    .written
                    .fetch_add(columns.len(), Ordering::Relaxed);
                if row(written) < row(written + columns.len()) {
                    pour.returns.give_back(0..column * pour.names.len());
                }
            }
        }
    }

    /// Makes columns side by side and stores them.
    fn band(
        &mut self,
        columns: Columns<'_>,
        first: usize,
        out: &mut ArrayViewMut2<'_, T>,
    ) -> Result<Vec<ColumnState>> {
        let rows = self.shared.rows;
        let stride = rows + PAD;
        let direct = out.column(0).as_slice().is_some();
        let mut whole = std::mem::replace(&mut self.band, Scratch::new(self.shared.pour.account));
        let mut places: Vec<&mut [T]> = Vec::with_capacity(columns.slots.len());
        if direct {
            places.extend(
                out.columns_mut()
                    .into_iter()
                    .filter_map(ArrayViewMut1::into_slice),
            );
        } else {
            let length = stride * columns.slots.len();
            let fitted = whole.fit(length);
            let band = fitted.map_err(|fault| columns.place(fault, None, None))?;
            places.extend(band.chunks_mut(stride).map(|column| &mut column[..rows]));
        }
        let made = self.columns(columns, first, &mut places)?;
        drop(places);
        if !direct {
            let mut first = 0;
            for mut columns in out.axis_chunks_iter_mut(Axis(1), transpose::BAND) {
                for (at, piece) in columns.axis_chunks_iter_mut(Axis(0), LOOK).enumerate() {
                    let start = first * stride + at * LOOK;
                    transpose::store(&whole.all()[start..], stride, piece, &[]);
                    self.shared.workers.check()?;
                }
                first += columns.ncols();
            }
        }
        self.band = whole;
        Ok(made)
    }

    /// Makes each column whole: placed, counted, cleaned and filled.
    fn columns(
        &mut self,
        columns: Columns<'_>,
        first: usize,
        places: &mut [&mut [T]],
    ) -> Result<Vec<ColumnState>> {
        let (pour, workers) = (self.shared.pour, self.shared.workers);
        if !columns.of.matches.is_same() {
            let null = sentinels::<T>().null;
            for place in &mut *places {
                place.fill(null);
                workers.check()?;
            }
        }
        self.placer.place(columns, &mut self.reader, places)?;
        let mut made = Vec::with_capacity(places.len());
        for (at, place) in places.iter_mut().enumerate() {
            let feature = &pour.plan.features[first + at];
            let mut tally = replace_sentinels(place, &pour.rules[first + at]);
            if tally.overflowed > 0 && pour.plan.options.overflow == OverflowPolicy::Raise {
                tally.largest = self.largest(columns, at)?;
            }
            let policy = (feature.fill, &pour.plan.options);
            let fill = settle(place, &tally, policy, &mut self.seeker);
            let fill = fill.map_err(|fault| columns.place(fault, None, Some(at)))?;
            made.push(ColumnState {
                tally,
                fill: fill.map(Real::to_f64),
                settled: true,
            });
            workers.check()?;
        }
        Ok(made)
    }

    /// The value of largest magnitude that overflows in a joined column: asked only where the load
    /// is refused for it.
    fn largest(&mut self, columns: Columns<'_>, at: usize) -> Result<f64> {
        let pour = self.shared.pour;
        let place = |fault: Fault| columns.place(fault, None, Some(at));
        let one = Columns {
            slots: &columns.slots[at..=at],
            names: &columns.names[at..=at],
            ..columns
        };
        let mut values: Scratch<f64> = Scratch::new(pour.account);
        let values = values.fit(self.shared.rows).map_err(place)?;
        values.fill(f64::NAN);
        let tile_rows = pour.join.tile_rows;
        let mut placer = Placer::new(Rule::keep(), tile_rows, pour.account, self.shared.workers);
        placer.place(one, &mut self.reader, &mut [&mut *values])?;
        let mut tally = Tally::default();
        let finite = values.iter().filter(|value| value.is_finite());
        for value in finite.filter(|value| !T::nearest(**value).is_finite()) {
            tally.meet(*value);
        }
        Ok(tally.largest)
    }
}
