//! Medians found while columns are poured: each part of a column is counted against a bracket while
//! it is still in the cache.
//!
//! The first part of a column sets its bracket, and the bracket narrows as more values are counted.
//! Where later rows differ from the first ones, as in a sorted column, the bracket misses in the end,
//! and the median is found in the output. What lies where is noted for that: most of such a column need
//! not be looked at again.

use std::sync::{Arc, Mutex};

use crate::account::Account;
use crate::fit::column::{ColumnMedian, ColumnMiddle};
use crate::fit::narrowing::NarrowingBracket;
use crate::fit::observer::Observer;
use crate::fit::pieces::ColumnZones;
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::column::STRETCH;
use crate::kernel::median::zone::Zone;
use crate::kernel::moves::fill::fill_column;
use crate::workers::lock;

/// One byte is for zones where so many are for brackets.
const ZONES: usize = 8;

/// The brackets of all columns whose median is wanted.
#[derive(Debug)]
pub struct StreamingMedians<T> {
    columns: Vec<Option<Mutex<StreamedColumn<T>>>>,
    /// The number of rows that are expected to be shown of a column.
    rows: usize,
    /// Whether a column has no other rows, so that its gaps may be filled.
    is_whole: bool,
    account: Arc<Account>,
    /// Finders that no thread is using.
    idle: Mutex<Vec<ColumnMedian<T>>>,
}

#[derive(Debug)]
struct StreamedColumn<T> {
    bracket: NarrowingBracket<T>,
    /// What lies where, from the first part on whose place is known; nothing without memory, or after
    /// rows were withdrawn.
    zones: Option<ColumnZones<T>>,
    /// How many rows were shown.
    rows: usize,
    /// The middle, once it is found.
    middle: Option<ColumnMiddle<T>>,
    is_filled: bool,
}

/// The rows that are shown of each column.
#[derive(Debug, Clone, Copy)]
pub struct ShownRows {
    /// How many there are.
    pub rows: usize,
    /// Whether the columns have no other rows, so that their gaps may be filled.
    pub is_whole: bool,
}

/// What is known of the median of a column that was poured.
#[derive(Debug)]
pub enum Streamed<T> {
    /// It was found.
    Found(StreamedMedian<T>),
    /// It was not, but most likely what lies where is known.
    Missed(Option<ColumnZones<T>>),
}

/// A median that was found while its column was poured.
#[derive(Debug, Clone, Copy)]
pub struct StreamedMedian<T> {
    /// The median.
    pub value: T,
    /// Whether the gaps of the column are filled already.
    pub is_filled: bool,
}

impl<T: Real> StreamingMedians<T> {
    /// Brackets for the columns whose median is `wanted`, in `bytes` bytes.
    pub fn new(wanted: &[bool], shown: ShownRows, bytes: usize) -> Self {
        let ShownRows { rows, is_whole } = shown;
        let account = Account::new(bytes);
        // Brackets come first: what is noted has an account of its own.
        let zones = Account::new(bytes / ZONES);
        let column = || StreamedColumn {
            bracket: NarrowingBracket::new(&account, bracket::room(rows)),
            zones: ColumnZones::new(rows, &zones).ok(),
            rows: 0,
            middle: None,
            is_filled: false,
        };
        let columns = wanted
            .iter()
            .map(|wanted| wanted.then(|| Mutex::new(column())));
        Self {
            columns: columns.collect(),
            rows,
            is_whole,
            account,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Counts a part of a column, which begins with the row `first`, without locking the column meanwhile.
    fn count(
        cell: &Mutex<StreamedColumn<T>>,
        first: Option<usize>,
        values: &[T],
        finder: &mut ColumnMedian<T>,
    ) {
        let ends = lock(cell).bracket.ends();
        if let Some(ends) = ends {
            finder.caught.count(values, ends);
        }
        // Columns that stay around their bracket need no zones, and most do: those of others are seldom
        // on both sides of it.
        let zone = if ends.is_some() && finder.caught.is_on_both_sides() {
            Zone::anywhere(finder.caught.counts.present)
        } else {
            Zone::of(values)
        };
        let mut cell = lock(cell);
        cell.note(first, zone);
        if let Some(ends) = ends {
            cell.bracket.take(ends, finder);
        }
    }

    /// The median of a column with `count` values that are not missing; `None` if it was not found.
    pub fn median(&mut self, column: usize, count: u64) -> Option<StreamedMedian<T>> {
        match self.end(column, count) {
            Streamed::Found(median) => Some(median),
            Streamed::Missed(_) => None,
        }
    }

    /// What is known of the median of a column with `count` values that are not missing.
    pub fn end(&mut self, column: usize, count: u64) -> Streamed<T> {
        let cell = self.columns.get_mut(column).and_then(Option::take);
        let Some(mut cell) = cell.and_then(|cell| cell.into_inner().ok()) else {
            return Streamed::Missed(None);
        };
        match self.found(&mut cell, count) {
            Some(median) => Streamed::Found(median),
            None => Streamed::Missed(cell.zones.filter(|zones| zones.present() == count)),
        }
    }

    fn found(&self, cell: &mut StreamedColumn<T>, count: u64) -> Option<StreamedMedian<T>> {
        if cell.middle.is_none() && cell.rows != self.rows {
            let finder = lock(&self.idle).pop();
            let mut finder = finder.unwrap_or_else(|| ColumnMedian::new(&self.account));
            cell.middle = cell.bracket.finish(&mut finder);
            lock(&self.idle).push(finder);
        }
        let middle = cell.middle.filter(|middle| middle.count == count)?;
        Some(StreamedMedian {
            value: middle.median(),
            is_filled: cell.is_filled,
        })
    }
}

impl<T: Real> Observer<T> for StreamingMedians<T> {
    fn show(&self, column: usize, first: Option<usize>, values: &mut [T]) {
        let Some(Some(cell)) = self.columns.get(column) else {
            return;
        };
        let finder = lock(&self.idle).pop();
        let mut finder = finder.unwrap_or_else(|| ColumnMedian::new(&self.account));
        if values.len() == self.rows {
            lock(cell).take_all(values, self.is_whole, &mut finder);
        } else {
            lock(cell).bracket.begin(values, &mut finder);
            let height = ColumnZones::<T>::height(self.rows);
            let mut at = 0;
            while at < values.len() {
                let row = first.map(|first| first + at);
                // A stretch lies in one zone.
                let left = row.map_or(STRETCH, |row| height - row % height);
                let end = values.len().min(at + left.min(STRETCH));
                Self::count(cell, row, &values[at..end], &mut finder);
                at = end;
            }
            lock(cell).show(values.len(), self.rows, &mut finder);
        }
        lock(&self.idle).push(finder);
    }

    fn abandon(&self, column: usize) {
        if let Some(Some(cell)) = self.columns.get(column) {
            lock(cell).abandon();
        }
    }
}

impl<T: Real> StreamedColumn<T> {
    /// Finds the middle of rows that are shown all at once, and fills their gaps if `is_whole`.
    fn take_all(&mut self, values: &mut [T], is_whole: bool, finder: &mut ColumnMedian<T>) {
        if self.bracket.is_lost() {
            return;
        }
        // Without memory the median is found in the output; without values there is none.
        let Some(found) = finder.seek(values).ok().flatten() else {
            self.abandon();
            return;
        };
        self.middle = Some(found);
        self.is_filled = is_whole;
        if is_whole && found.count < values.len() as u64 {
            fill_column(values, found.median());
        }
    }

    /// Counts rows that were shown, and finds the middle when all are.
    fn show(&mut self, count: usize, all: usize, finder: &mut ColumnMedian<T>) {
        self.rows += count;
        if self.rows == all {
            self.middle = self.bracket.finish(finder);
        }
    }

    /// Notes what a part is that begins with the row `first`.
    fn note(&mut self, first: Option<usize>, zone: Zone<T>) {
        match (first, &mut self.zones) {
            (Some(first), Some(zones)) => zones.add(first, zone),
            _ => self.zones = None,
        }
    }

    fn abandon(&mut self) {
        self.bracket.abandon();
        self.zones = None;
        self.middle = None;
    }
}
