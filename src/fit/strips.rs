//! Neighbouring columns whose brackets are counted together, and the values that these keep.

use std::sync::{Arc, Mutex};

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::fit::gaps::GapColumn;
use crate::kernel::Real;
use crate::kernel::median::bracket::{self, SURE};
use crate::kernel::median::column::InBracket;
use crate::kernel::median::counts::Counts;
use crate::kernel::median::rows::{Brackets, COLUMNS_AT_ONCE, InBrackets, Sieve};
use crate::workers::lock;

/// One row of so many is in the sample.
const SAMPLED: usize = 32;
/// The least rows of a sample, where there is room for them.
const LEAST_SAMPLE: usize = 1024;

/// The sizes of samples, and of what brackets keep.
#[derive(Debug, Clone, Copy)]
pub struct StripSizes {
    /// Rows of the sample.
    pub sample: usize,
    /// Values that are kept of a column.
    pub room: usize,
    /// The most columns of a strip whose median is found at a time.
    pub columns: usize,
    /// Strips that are worked on at once.
    pub strips: usize,
}

impl StripSizes {
    /// Sizes for `rows` rows and `threads` threads that fit `limit` bytes.
    pub fn new<T>(rows: usize, limit: usize, threads: usize) -> Self {
        let item = size_of::<T>();
        // Half of the account goes to values that are kept, and a quarter to samples.
        let affordable = (limit / 4 / (threads * COLUMNS_AT_ONCE * item)).max(1);
        let wanted = (rows / SAMPLED).max(LEAST_SAMPLE).min(rows);
        let sample = wanted.min(affordable);
        let room = bracket::expected(rows, sample, SURE);
        let room = room.min(limit / 2 / item).max(1);
        let columns = limit / 2 / (room * item);
        Self {
            sample,
            room,
            columns: columns.clamp(1, COLUMNS_AT_ONCE),
            strips: (columns / COLUMNS_AT_ONCE).max(1),
        }
    }
}

/// Up to `COLUMNS_AT_ONCE` neighbouring columns, of which some want their median.
#[derive(Debug)]
pub struct Strip<T> {
    /// The columns that want their median.
    pub wanted: [Option<GapColumn>; COLUMNS_AT_ONCE],
    /// Where the columns are, and their brackets.
    pub sieve: Sieve<T>,
    held: Mutex<Held<T>>,
}

/// What was counted and kept, for each column that wants its median.
#[derive(Debug)]
struct Held<T> {
    counts: [Counts; COLUMNS_AT_ONCE],
    kept: Scratch<T>,
    lengths: [usize; COLUMNS_AT_ONCE],
}

/// The median of a column.
#[derive(Debug, Clone, Copy)]
pub struct StripMedian<T> {
    /// The column.
    pub gap: GapColumn,
    /// The median; `None` if the bracket missed, or had more values than there was room for.
    pub median: Option<T>,
}

impl<T: Real> Strip<T> {
    /// Strips for the columns `gaps` of an output of `columns` columns, in their order.
    pub fn all(
        columns: usize,
        gaps: &[GapColumn],
        sizes: StripSizes,
        account: &Arc<Account>,
    ) -> Vec<Self> {
        let mut strips: Vec<Self> = Vec::new();
        for gap in gaps {
            let first = gap.column / COLUMNS_AT_ONCE * COLUMNS_AT_ONCE;
            let is_open =
                |strip: &Self| strip.sieve.at == first && strip.wanted().count() < sizes.columns;
            if !strips.last().is_some_and(is_open) {
                strips.push(Self::new(first, columns, account));
            }
            if let Some(strip) = strips.last_mut() {
                strip.wanted[gap.column - first] = Some(*gap);
            }
        }
        strips
    }

    fn new(first: usize, columns: usize, account: &Arc<Account>) -> Self {
        Self {
            wanted: [None; COLUMNS_AT_ONCE],
            sieve: Sieve {
                at: first,
                columns: columns.min(first + COLUMNS_AT_ONCE) - first,
                brackets: Brackets::closed(),
            },
            held: Mutex::new(Held {
                counts: [Counts::default(); COLUMNS_AT_ONCE],
                kept: Scratch::new(account),
                lengths: [0; COLUMNS_AT_ONCE],
            }),
        }
    }

    /// The columns that want their median, each with its place in the strip.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, GapColumn)> + '_ {
        let places = self.wanted.iter().enumerate();
        places.filter_map(|(place, gap)| gap.map(|gap| (place, gap)))
    }

    /// Makes room for `room` values of each column that wants its median.
    pub fn reserve(&self, room: usize) -> Result<(), Fault> {
        let wanted = self.wanted().count();
        lock(&self.held).kept.fit(wanted * room).map(|_| ())
    }

    /// Takes over what was counted in a block of rows.
    pub fn take(&self, caught: &mut InBrackets<T>, room: usize) {
        let mut held = lock(&self.held);
        caught.empty(self.sieve.columns, |place, counts, inside| {
            if self.wanted[place].is_some() {
                held.add(self.rank(place), counts, inside, room);
            }
        });
    }

    /// Takes over what was counted in a part of the column at `place`.
    pub fn take_column(&self, place: usize, caught: &InBracket<T>, room: usize) {
        lock(&self.held).add(self.rank(place), caught.counts, caught.inside(), room);
    }

    /// The medians, after which the memory is given back.
    pub fn medians(&self, room: usize) -> Vec<StripMedian<T>> {
        let mut held = lock(&self.held);
        let Held {
            counts,
            kept,
            lengths,
        } = &mut *held;
        let mut medians = Vec::new();
        for (rank, (place, gap)) in self.wanted().enumerate() {
            let ends = self.sieve.brackets.of(place);
            let values = kept.all_mut()[rank * room..].get_mut(..lengths[rank]);
            let values = values.filter(|values| values.len() <= room);
            let middle =
                values.and_then(|values| bracket::middle(gap.count, ends, counts[rank], values));
            let median = middle.map(|middle| middle.median(gap.count));
            medians.push(StripMedian { gap, median });
        }
        kept.clear();
        medians
    }

    /// The rank of a place among the columns that want their median.
    fn rank(&self, place: usize) -> usize {
        self.wanted[..place].iter().flatten().count()
    }
}

impl<T: Real> Held<T> {
    /// Adds counts, and keeps as many of the values `inside` as fit.
    fn add(&mut self, rank: usize, counts: Counts, inside: &[T], room: usize) {
        self.counts[rank].add(counts);
        let start = rank * room + self.lengths[rank].min(room);
        let fitting = inside.len().min((rank + 1) * room - start);
        self.kept.all_mut()[start..start + fitting].copy_from_slice(&inside[..fitting]);
        self.lengths[rank] += inside.len();
    }
}
