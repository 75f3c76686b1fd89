//! Medians found in passing: each piece of a column goes through a sieve while it is still in the
//! cache, on its way to the output.
//!
//! The first piece of a column sets its bracket, and the bracket narrows as more is seen. Where
//! later rows are unlike the first ones, as in a column that rises, the bracket misses in the end,
//! and the column is looked at again in the output.

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

/// The sieves of all columns that want their median.
#[derive(Debug)]
pub struct StreamingMedians<T> {
    columns: Vec<Option<Mutex<StreamedColumn<T>>>>,
    rows: usize,
    account: Arc<Account>,
    /// What the threads look with, where it is not in use.
    seekers: Mutex<Vec<ColumnMedian<T>>>,
}

#[derive(Debug)]
struct StreamedColumn<T> {
    narrowing: NarrowingBracket<T>,
    /// Rows shown.
    rows: usize,
    /// Values that are not missing, and the two in their middle, once all rows were shown.
    found: Option<ColumnMiddle<T>>,
    is_filled: bool,
}

/// What became of a column.
#[derive(Debug, Clone, Copy)]
pub struct StreamedMedian<T> {
    /// The median.
    pub median: T,
    /// Whether its gaps are filled.
    pub is_filled: bool,
}

impl<T: Real> StreamingMedians<T> {
    /// Sieves for the columns of `rows` rows that `wanted` names, in so many bytes.
    pub fn new(wanted: &[bool], rows: usize, bytes: usize) -> Self {
        let account = Account::new(bytes);
        let column = || StreamedColumn {
            narrowing: NarrowingBracket::new(&account, bracket::room(rows)),
            rows: 0,
            found: None,
            is_filled: false,
        };
        let columns = wanted
            .iter()
            .map(|wanted| wanted.then(|| Mutex::new(column())));
        Self {
            columns: columns.collect(),
            rows,
            account,
            seekers: Mutex::new(Vec::new()),
        }
    }

    /// Looks at a piece of a column without holding it, and then takes over what was found.
    fn sift(cell: &Mutex<StreamedColumn<T>>, values: &[T], seeker: &mut ColumnMedian<T>) {
        let Some(ends) = lock(cell).narrowing.ends() else {
            return;
        };
        seeker.haul.count(values, ends);
        lock(cell).narrowing.take(ends, seeker);
    }

    /// What became of a column whose values that are not missing are `count` many; `None` where its
    /// median is not known.
    pub fn passed(&mut self, column: usize, count: u64) -> Option<StreamedMedian<T>> {
        let cell = self.columns.get_mut(column)?.take()?;
        let cell = cell.into_inner().ok()?;
        let found = cell.found.filter(|found| found.count == count)?;
        Some(StreamedMedian {
            median: found.median(),
            is_filled: cell.is_filled,
        })
    }
}

impl<T: Real> Observer<T> for StreamingMedians<T> {
    fn show(&self, column: usize, values: &mut [T]) {
        let Some(Some(cell)) = self.columns.get(column) else {
            return;
        };
        let seeker = lock(&self.seekers).pop();
        let mut seeker = seeker.unwrap_or_else(|| ColumnMedian::new(&self.account));
        if values.len() == self.rows {
            lock(cell).take_all(values, &mut seeker);
        } else {
            lock(cell).narrowing.begin(values, &mut seeker);
            for values in values.chunks(STRETCH) {
                Self::sift(cell, values, &mut seeker);
            }
            lock(cell).pass(values.len(), self.rows, &mut seeker);
        }
        lock(&self.seekers).push(seeker);
    }

    fn abandon(&self, column: usize) {
        if let Some(Some(cell)) = self.columns.get(column) {
            lock(cell).abandon();
        }
    }
}

impl<T: Real> StreamedColumn<T> {
    /// Finds the middle of a column that is all here, and fills its gaps.
    fn take_all(&mut self, values: &mut [T], seeker: &mut ColumnMedian<T>) {
        if self.narrowing.is_lost() {
            return;
        }
        // Where there is no room to seek, or nothing to find, it is looked for in the output.
        let Some(found) = seeker.seek(values).ok().flatten() else {
            self.abandon();
            return;
        };
        self.found = Some(found);
        if found.count < values.len() as u64 {
            fill_column(values, found.median());
        }
        self.is_filled = true;
    }

    /// Counts rows that were shown, and finds the middle once they are all.
    fn pass(&mut self, count: usize, all: usize, seeker: &mut ColumnMedian<T>) {
        self.rows += count;
        if self.rows == all {
            self.found = self.narrowing.finish(seeker);
        }
    }

    fn abandon(&mut self) {
        self.narrowing.abandon();
        self.found = None;
    }
}
