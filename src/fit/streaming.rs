//! Medians found while columns are poured: each piece of a column is held against a bracket while it
//! is still in the cache, on its way to the output.
//!
//! The first piece of a column sets its bracket, and the bracket narrows as more is seen. Where
//! later rows are unlike the first ones, as in a column that rises, the bracket misses in the end,
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

/// The brackets of all columns that want their median.
#[derive(Debug)]
pub struct StreamingMedians<T> {
    columns: Vec<Option<Mutex<StreamedColumn<T>>>>,
    /// Rows that a column is expected to have.
    rows: usize,
    account: Arc<Account>,
    /// What threads find medians with, while it is not in use.
    idle: Mutex<Vec<ColumnMedian<T>>>,
}

#[derive(Debug)]
struct StreamedColumn<T> {
    bracket: NarrowingBracket<T>,
    /// Rows shown.
    rows: usize,
    /// The middle, once it is known.
    middle: Option<ColumnMiddle<T>>,
    is_filled: bool,
}

/// A median that was found while its column was poured.
#[derive(Debug, Clone, Copy)]
pub struct StreamedMedian<T> {
    /// The median.
    pub value: T,
    /// Whether the gaps of the column are filled with it.
    pub is_filled: bool,
}

impl<T: Real> StreamingMedians<T> {
    /// Brackets for the columns that `wanted` names, of `rows` rows as far as is known, in so many
    /// bytes.
    pub fn new(wanted: &[bool], rows: usize, bytes: usize) -> Self {
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
            account,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Counts a piece of a column without holding it, and then takes over what was found.
    fn count(cell: &Mutex<StreamedColumn<T>>, values: &[T], finder: &mut ColumnMedian<T>) {
        let Some(ends) = lock(cell).bracket.ends() else {
            return;
        };
        finder.caught.count(values, ends);
        lock(cell).bracket.take(ends, finder);
    }

    /// The median of a column of which all was shown and `count` values are not missing; `None` where
    /// it is not known.
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
            lock(cell).take_all(values, &mut finder);
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
    /// Finds the middle of a column that is all here, and fills its gaps.
    fn take_all(&mut self, values: &mut [T], finder: &mut ColumnMedian<T>) {
        if self.bracket.is_lost() {
            return;
        }
        // Without room for it, or without values, the median is found in the output.
        let Some(found) = finder.seek(values).ok().flatten() else {
            self.abandon();
            return;
        };
        self.middle = Some(found);
        if found.count < values.len() as u64 {
            fill_column(values, found.median());
        }
        self.is_filled = true;
    }

    /// Counts rows that were shown, and finds the middle once there are as many as expected.
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
