//! One thread of a join: it matches tables, and puts their columns together, a band at a time.

use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{ArrayViewMut1, ArrayViewMut2, Axis};

use crate::account::Scratch;
use crate::dataset::Table;
use crate::error::{Checkpoint, Error, Fault, Place, Result, Shortage};
use crate::fit::column::ColumnMedian;
use crate::kernel::moves::transpose;
use crate::kernel::scalar::sentinels::{replace_sentinels, sentinels};
use crate::kernel::{Real, Rule, Tally};
use crate::key::{Duplicates, KeyFile, MatchRequest, Matches};
use crate::parquet::page::buffers::ReadBuffers;
use crate::plan::budget::PAD;
use crate::plan::{Fill, OverflowPolicy};
use crate::run::TableReport;
use crate::run::join::fill::{JoinedGaps, fill_gaps};
use crate::run::join::placer::{MatchedColumns, MatchedTable, Placer};
use crate::run::join::queue::{JoinQueue, JoinTask, TableColumns};
use crate::run::join::used::UsedRows;
use crate::run::join::vocabulary::table_texts;
use crate::run::join::{ColumnState, JoinOutcome, JoinPour, key_spec};
use crate::texts::TextCodes;
use crate::types::Order;
use crate::workers::{Exclusive, ReleaseBuffers, Workers, lock, pause};

/// Bytes of each row that are written between two releases of a file's pages: released sooner, a page
/// would be fetched again for every table that has columns in it.
const RELEASE_BYTES: usize = 8 << 10;
/// Rows that are stored between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 64 << 10;

/// What the workers share.
pub struct JoinShared<'a, T> {
    pour: &'a JoinPour<'a, T>,
    workers: &'a Workers,
    rows: usize,
    /// The rows of each part.
    parts: &'a [usize],
    queue: JoinQueue<'a, T>,
    outcome: Mutex<JoinOutcome>,
    /// How many columns were written.
    written: AtomicUsize,
    /// Lends the whole account to one worker at a time.
    exclusive: Exclusive,
}

impl<'a, T> JoinShared<'a, T> {
    /// The state of a join after the columns of the source were poured.
    pub fn new(
        pour: &'a JoinPour<'a, T>,
        workers: &'a Workers,
        rows: usize,
        columns: Vec<ColumnState>,
        tables: Vec<Vec<TableColumns<'a, T>>>,
    ) -> Self {
        let outcome = JoinOutcome {
            columns,
            tables: vec![None; tables.len()],
        };
        Self {
            pour,
            workers,
            rows,
            parts: pour.plan.parts(),
            outcome: Mutex::new(outcome),
            queue: JoinQueue::new(tables, pour.join.band),
            written: AtomicUsize::new(0),
            exclusive: Exclusive::default(),
        }
    }

    /// Takes out the results.
    pub fn outcome(&self) -> JoinOutcome {
        std::mem::take(&mut *lock(&self.outcome))
    }
}

/// One thread and its buffers.
pub struct JoinWorker<'a, T: Real> {
    shared: &'a JoinShared<'a, T>,
    buffers: ReadBuffers,
    placer: Placer<'a, T>,
    /// The columns of a band in column order, before they are stored row by row.
    band: Scratch<T>,
    medians: ColumnMedian<T>,
    /// Whether columns were placed since the buffers were given back.
    has_placed: bool,
}

impl<T: Real> ReleaseBuffers for JoinWorker<'_, T> {
    fn holds_buffers(&self) -> bool {
        self.has_placed
    }

    fn release_buffers(&mut self) {
        self.placer.release_buffers();
        self.band.clear();
        self.medians.release_buffers();
        self.has_placed = false;
    }
}

impl<'a, T: Real> JoinWorker<'a, T> {
    /// A worker without buffers yet.
    pub fn new(shared: &'a JoinShared<'a, T>) -> Self {
        let account = shared.pour.account;
        let tile_rows = shared.pour.join.tile_rows;
        Self {
            shared,
            buffers: ReadBuffers::new(account),
            placer: Placer::new(sentinels(), tile_rows, account, shared.workers),
            band: Scratch::new(account),
            medians: ColumnMedian::new(account),
            has_placed: false,
        }
    }

    /// Works until no task is left.
    pub fn work(mut self) -> Result<()> {
        while let Some(task) = self.shared.queue.next() {
            match task {
                JoinTask::Match(table) => self.match_table(table)?,
                JoinTask::Place { table, columns } => self.place(&table, columns)?,
                JoinTask::Wait => {
                    pause();
                    self.shared.workers.check()?;
                }
            }
        }
        Ok(())
    }

    /// Runs `work` for a file. If even the whole account is too small for it, the error says how much
    /// would do.
    fn within<R>(
        &mut self,
        path: &Path,
        work: &mut dyn FnMut(&mut Self) -> Result<R>,
    ) -> Result<R> {
        let shared = self.shared;
        let done = shared.exclusive.run(self, work);
        done.map_err(|error| match error {
            Error::Scarce { needed, .. } => self.too_large(path, needed),
            error => error,
        })
    }

    /// The error for work that needs more than the whole account.
    fn too_large(&self, path: &Path, needed: usize) -> Error {
        let scratch = self.shared.pour.plan.budget.scratch_bytes;
        let would = needed.saturating_mul(2).saturating_add(scratch);
        let what = format!(
            "{}: {needed} bytes are needed at once for its keys or for one page or dictionary, \
             and the scratch of this load is {scratch} bytes; raise memory_limit by {would} bytes, \
             or write the file with smaller pages and sorted by its key",
            path.display()
        );
        let shortage = Shortage::new(what).needing(needed, scratch);
        shortage.at(Place::file(path)).into()
    }

    /// Matches a table.
    fn match_table(&mut self, number: usize) -> Result<()> {
        let pour = self.shared.pour;
        let workers = self.shared.workers;
        let table = &pour.join.tables[number];
        let file = &table.file;
        let poll = |bytes| workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        let join = pour.plan.options.join.as_ref();
        let request = MatchRequest {
            keys: KeyFile {
                spec: key_spec(pour.join),
                file,
                slots: &table.keys,
                account: pour.account,
                checkpoint,
            },
            duplicates: join.map_or(Duplicates::Raise, |join| join.duplicates),
        };
        let in_pieces = file.row_groups() > 1 || file.rows > pour.join.tile_rows as u64;
        let (matches, used) = self.within(&file.path, &mut |_| {
            let mut matches = pour.keys.find(&request)?;
            if in_pieces {
                let prepared = matches.prepare_pieces(checkpoint);
                prepared.map_err(|fault| fault.at(Place::file(&file.path)))?;
            }
            let used = match pour.plan.share {
                Some(_) => UsedRows::of(&matches, file.rows, pour.account),
                None => Ok(UsedRows::default()),
            };
            Ok((
                matches,
                used.map_err(|fault| fault.at(Place::file(&file.path)))?,
            ))
        })?;
        let report = self.report(file, &matches, used);
        lock(&self.shared.outcome).tables[number] = Some(report);
        let source = file.open()?;
        let table = MatchedTable {
            table,
            matches,
            source,
        };
        self.shared.queue.matched(number, table);
        Ok(())
    }

    fn report(&self, file: &Table, matches: &Matches, used: UsedRows) -> TableReport {
        TableReport {
            path: file.path.clone(),
            rows: file.rows,
            matched: matches.matched,
            unmatched: self.shared.rows as u64 - matches.matched,
            unused: matches.unused,
            used,
            keys: matches.kind.name(),
        }
    }

    /// Places neighbouring columns of a matched table.
    fn place(&mut self, of: &MatchedTable<'_>, mut placed: TableColumns<'_, T>) -> Result<()> {
        let pour = self.shared.pour;
        let path = of.source.path();
        let texts = self.within(path, &mut |own| {
            table_texts(pour, of, &placed, own.shared.workers, &mut own.buffers)
        })?;
        let columns = MatchedColumns {
            of,
            slots: placed.slots,
            names: &pour.names[placed.features.clone()],
            texts: &texts,
        };
        let first = placed.features.start;
        let states = self.within(path, &mut |own| own.band(columns, first, &mut placed.out));
        self.shared.workers.read(of.source.bytes_read());
        // Damage found in a file that has changed since it was opened is not the file's fault.
        of.source.verify()?;
        lock(&self.shared.outcome).columns[placed.features.clone()].clone_from_slice(&states?);
        self.give_back(&placed.features);
        self.shared.workers.done(placed.out.len())
    }

    /// Gives back pages of an output file after some features were stored.
    fn give_back(&self, features: &Range<usize>) {
        let pour = self.shared.pour;
        let column_bytes = self.shared.rows * size_of::<T>();
        match pour.plan.options.order {
            Order::F => {
                let bytes = features.start * column_bytes..features.end * column_bytes;
                pour.release.give_back(bytes);
            }
            Order::C => {
                let releases = |columns: usize| columns * size_of::<T>() / RELEASE_BYTES;
                let written = self
                    .shared
                    .written
                    .fetch_add(features.len(), Ordering::Relaxed);
                if releases(written) < releases(written + features.len()) {
                    pour.release.give_back(0..column_bytes * pour.names.len());
                }
            }
        }
    }

    /// Puts columns together and stores them.
    fn band(
        &mut self,
        columns: MatchedColumns<'_>,
        first: usize,
        out: &mut ArrayViewMut2<'_, T>,
    ) -> Result<Vec<ColumnState>> {
        let rows = self.shared.rows;
        let stride = rows + PAD;
        let direct = out.column(0).as_slice().is_some();
        let mut buffer = std::mem::replace(&mut self.band, Scratch::new(self.shared.pour.account));
        let mut places: Vec<&mut [T]> = Vec::with_capacity(columns.slots.len());
        self.has_placed = true;
        if direct {
            places.extend(
                out.columns_mut()
                    .into_iter()
                    .filter_map(ArrayViewMut1::into_slice),
            );
        } else {
            let length = stride * columns.slots.len();
            let fitted = buffer.fit(length);
            let band = fitted.map_err(|fault| columns.place(fault, None))?;
            places.extend(band.chunks_mut(stride).map(|column| &mut column[..rows]));
        }
        let states = self.columns(columns, first, &mut places)?;
        drop(places);
        if !direct {
            let mut first = 0;
            for mut columns in out.axis_chunks_iter_mut(Axis(1), transpose::BAND) {
                for (at, piece) in columns
                    .axis_chunks_iter_mut(Axis(0), CHECKPOINT_ROWS)
                    .enumerate()
                {
                    let start = first * stride + at * CHECKPOINT_ROWS;
                    transpose::store(&buffer.all()[start..], stride, piece, &[]);
                    self.shared.workers.check()?;
                }
                first += columns.ncols();
            }
        }
        self.band = buffer;
        Ok(states)
    }

    /// Places, counts, cleans and fills columns, of which the first is the feature `first`.
    fn columns(
        &mut self,
        columns: MatchedColumns<'_>,
        first: usize,
        places: &mut [&mut [T]],
    ) -> Result<Vec<ColumnState>> {
        let pour = self.shared.pour;
        let workers = self.shared.workers;
        if !columns.of.matches.is_same() {
            let null = sentinels::<T>().null;
            for place in &mut *places {
                place.fill(null);
                workers.check()?;
            }
        }
        self.placer.place(columns, &mut self.buffers, places)?;
        let mut states = Vec::with_capacity(places.len());
        for (at, place) in places.iter_mut().enumerate() {
            let feature = &pour.plan.features[first + at];
            let mut rest = &mut **place;
            let mut tallies = Vec::with_capacity(self.shared.parts.len());
            for rows in self.shared.parts {
                let (part, others) = rest.split_at_mut(*rows);
                tallies.push(replace_sentinels(part, &pour.rules[first + at]));
                rest = others;
            }
            let overflowed = tallies.iter().any(|tally| tally.overflowed > 0);
            if overflowed && pour.plan.options.overflow == OverflowPolicy::Raise {
                tallies[0].largest = self.largest(columns, at)?;
            }
            let options = &pour.plan.options;
            let fitted = self.shared.parts[0];
            let gaps = JoinedGaps {
                fitted,
                tallies: &tallies,
                fill: if pour.plan.share.is_some() {
                    Fill::Nothing
                } else {
                    feature.fill
                },
            };
            let fill = fill_gaps(place, &gaps, options, &mut self.medians);
            let fill = fill.map_err(|fault| columns.place(fault, Some(at)))?;
            tallies[0].reach(self.placer.farthest()[at]);
            states.push(ColumnState {
                tallies,
                texts: columns.texts[at].as_ref().and_then(TextCodes::known),
                fill: fill.map(Real::to_f64),
                finished: true,
            });
            workers.check()?;
        }
        Ok(states)
    }

    /// The value of largest magnitude that overflows in a joined column; needed only if the load is
    /// refused because of it.
    fn largest(&mut self, columns: MatchedColumns<'_>, at: usize) -> Result<f64> {
        let pour = self.shared.pour;
        let place = |fault: Fault| columns.place(fault, Some(at));
        let one = MatchedColumns {
            slots: &columns.slots[at..=at],
            names: &columns.names[at..=at],
            texts: &columns.texts[at..=at],
            ..columns
        };
        let mut values: Scratch<f64> = Scratch::new(pour.account);
        let values = values.fit(self.shared.rows).map_err(place)?;
        values.fill(f64::NAN);
        let tile_rows = pour.join.tile_rows;
        let mut placer = Placer::new(Rule::keep(), tile_rows, pour.account, self.shared.workers);
        placer.place(one, &mut self.buffers, &mut [&mut *values])?;
        let mut tally = Tally::default();
        let finite = values.iter().filter(|value| value.is_finite());
        for value in finite.filter(|value| !T::nearest(**value).is_finite()) {
            tally.meet(*value);
        }
        Ok(tally.largest)
    }
}
