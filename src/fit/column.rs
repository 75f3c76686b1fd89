//! The median of a column that is whole in memory, in one pass over it.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::bracket::{Bracket, LIKELY};
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::counts::Counts;
use crate::kernel::median::middle::Middle;

/// Values of a column in the sample that sets its bracket. See `benchmarks/NOTES.md`.
const SAMPLE: usize = 1024;

/// Buffers that find the medians of columns, one at a time.
#[derive(Debug)]
pub struct ColumnMedian<T> {
    /// The values of a part of a column that are in its bracket.
    pub caught: InBracket<T>,
    /// Those of them that are in a narrower bracket.
    pub(super) again: InBracket<T>,
    /// The sample that sets a bracket.
    pub(super) sample: Vec<T>,
    /// Values that may be the middle.
    kept: Scratch<T>,
}

/// The middle of a column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnMiddle<T> {
    /// Values that are not NaN.
    pub count: u64,
    /// The two values in the middle; the same one twice if the count is odd.
    pub middle: Middle<T>,
}

impl<T: Real> ColumnMiddle<T> {
    /// The median.
    pub fn median(&self) -> T {
        self.middle.median(self.count)
    }
}

impl<T: Real> ColumnMedian<T> {
    /// Small buffers only; larger ones are leased from `account` as they are needed.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            caught: InBracket::default(),
            again: InBracket::default(),
            sample: Vec::with_capacity(SAMPLE),
            kept: Scratch::new(account),
        }
    }

    /// Gives back all buffers that are leased.
    pub fn release_buffers(&mut self) {
        self.kept.clear();
    }

    /// The middle of the values that are not NaN; `None` where there is none.
    pub fn seek(&mut self, column: &[T]) -> Result<Option<ColumnMiddle<T>>, Fault> {
        match self.bracketed(column)? {
            Some(found) => Ok(Some(found)),
            None => self.selected(column),
        }
    }

    /// Finds the middle in one pass; `None` if the bracket from the sample misses.
    fn bracketed(&mut self, column: &[T]) -> Result<Option<ColumnMiddle<T>>, Fault> {
        bracket::pick(&mut self.sample, column, SAMPLE);
        let ends = bracket::bracket(&mut self.sample, LIKELY);
        let room = bracket::expected(column.len(), self.sample.len(), LIKELY);
        let kept = self.kept.fit(room)?;
        let mut counts = Counts::default();
        let mut length = 0;
        for values in column.chunks(STRETCH) {
            self.caught.count(values, ends);
            let inside = self.caught.inside();
            let Some(to) = kept.get_mut(length..length + inside.len()) else {
                return Ok(None);
            };
            to.copy_from_slice(inside);
            counts.add(self.caught.counts);
            length += inside.len();
        }
        let count = counts.present;
        let kept = &mut kept[..length];
        let middle = bracket::middle(count, ends, counts, kept);
        Ok(middle.map(|middle| ColumnMiddle { count, middle }))
    }

    /// Finds the middle among all values, which are copied.
    fn selected(&mut self, column: &[T]) -> Result<Option<ColumnMiddle<T>>, Fault> {
        let present = || column.iter().filter(|value| !value.is_nan());
        let length = present().count();
        let kept = self.kept.fit(length)?;
        for (kept, value) in kept.iter_mut().zip(present()) {
            *kept = *value;
        }
        // The open bracket keeps all values, so there are none outside to count.
        let count = length as u64;
        let ends = Bracket::open();
        let middle = bracket::middle(count, ends, Counts::default(), kept);
        Ok(middle.map(|middle| ColumnMiddle { count, middle }))
    }
}
