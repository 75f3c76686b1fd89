//! Medians found while columns are poured: each part of a column is counted against a bracket while
//! it is still in the cache.
//!
//! The first part of a column sets its bracket, and the bracket narrows as more values are counted.
//! Where later rows differ from the first ones, as in a sorted column, the bracket misses in the end,
//! and the median is found in the output.

use std::sync::{Arc, Mutex};

use crate::account::Account;
use crate::fit::column::{ColumnMedian, ColumnMiddle};
use crate::fit::narrowing::NarrowingBracket;
use crate::fit::observer::Observer;
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::column::STRETCH;
use crate::kernel::moves::fill::fill_column;
use crate::workers::lock;

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
        let column = || StreamedColumn {
            bracket: NarrowingBracket::new(&account, bracket::room(rows)),
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

    /// Counts a part of a column, without locking the column meanwhile.
    fn count(cell: &Mutex<StreamedColumn<T>>, values: &[T], finder: &mut ColumnMedian<T>) {
        let Some(ends) = lock(cell).bracket.ends() else {
            return;
        };
        finder.caught.count(values, ends);
        lock(cell).bracket.take(ends, finder);
    }

    /// The median of a column with `count` values that are not missing; `None` if it was not found.
    pub fn median(&mut self, column: usize, count: u64) -> Option<StreamedMedian<T>> {
        let cell = self.columns.get_mut(column)?.take()?;
        let mut cell = cell.into_inner().ok()?;
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
    fn show(&self, column: usize, values: &mut [T]) {
        let Some(Some(cell)) = self.columns.get(column) else {
            return;
        };
        let finder = lock(&self.idle).pop();
        let mut finder = finder.unwrap_or_else(|| ColumnMedian::new(&self.account));
        if values.len() == self.rows {
            lock(cell).take_all(values, self.is_whole, &mut finder);
        } else {
            lock(cell).bracket.begin(values, &mut finder);
            for values in values.chunks(STRETCH) {
                Self::count(cell, values, &mut finder);
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

    fn abandon(&mut self) {
        self.bracket.abandon();
        self.middle = None;
    }
}
