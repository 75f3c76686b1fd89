//! A bracket around the middle of a column that narrows as more of the column is counted.
//!
//! Whenever it narrows, the values that it keeps are counted again, by the same kernel as the column.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::fit::column::{ColumnMedian, ColumnMiddle};
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::bracket::{Bracket, SURE};
use crate::kernel::median::column::STRETCH;
use crate::kernel::median::counts::Counts;

/// Values in the sample that sets a bracket. See `benchmarks/NOTES.md`.
const SAMPLE: usize = 512;

/// The bracket of one column, what was counted, and what is kept.
#[derive(Debug)]
pub struct NarrowingBracket<T> {
    ends: Option<Bracket<T>>,
    /// Counts of all values so far.
    counts: Counts,
    /// How many values were counted when the bracket last narrowed.
    narrowed: u64,
    /// The values inside the bracket, `length` of them.
    kept: Scratch<T>,
    length: usize,
    /// The most values that may be kept.
    room: usize,
    is_lost: bool,
}

impl<T: Real> NarrowingBracket<T> {
    /// A bracket that keeps at most `room` values.
    pub fn new(account: &Arc<Account>, room: usize) -> Self {
        Self {
            ends: None,
            counts: Counts::default(),
            narrowed: SAMPLE as u64,
            kept: Scratch::new(account),
            length: 0,
            room,
            is_lost: false,
        }
    }

    /// Sets the first bracket, from a sample of the first part of the column.
    pub fn begin(&mut self, values: &[T], finder: &mut ColumnMedian<T>) {
        if self.ends.is_none() && !values.is_empty() {
            bracket::pick(&mut finder.sample, values, SAMPLE);
            self.ends = Some(bracket::bracket(&mut finder.sample, SURE));
        }
    }

    /// The bracket; `None` before the first one is set, and after the middle is lost.
    pub fn ends(&self) -> Option<Bracket<T>> {
        self.ends.filter(|_| !self.is_lost)
    }

    /// Whether the middle cannot be found any more.
    pub const fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Gives up the middle.
    pub fn abandon(&mut self) {
        self.is_lost = true;
        self.kept.clear();
    }

    /// Adds what the finder counted with the bracket `then`. The bracket may be narrower by now.
    pub fn take(&mut self, then: Bracket<T>, finder: &mut ColumnMedian<T>) {
        if self.is_lost {
            return;
        }
        // Before any value of this part is added, so that ranks and counts agree.
        if self.is_wide() || self.length + finder.caught.inside().len() > self.room {
            self.narrow(bracket::reach(self.counts.present, SURE), finder);
        }
        let ColumnMedian { caught, again, .. } = finder;
        let Some(ends) = self.ends else {
            return;
        };
        self.counts.present += caught.counts.present;
        self.counts.below += caught.counts.below;
        self.count_ends(then, caught.counts);
        if (ends.low.order(), ends.high.order()) == (then.low.order(), then.high.order()) {
            self.keep(caught.inside());
        } else {
            again.count(caught.inside(), ends);
            self.count_inside(again.counts);
            self.keep(again.inside());
        }
    }

    /// Finds the middle of all values so far, and gives the memory back.
    pub fn finish(&mut self, finder: &mut ColumnMedian<T>) -> Option<ColumnMiddle<T>> {
        if self.length > SAMPLE && !self.is_lost {
            self.narrow(0, finder);
        }
        let ends = self.ends()?;
        let count = self.counts.present;
        let kept = &mut self.kept.all_mut()[..self.length];
        let middle = bracket::middle(count, ends, self.counts, kept);
        self.kept.clear();
        self.length = 0;
        middle.map(|middle| ColumnMiddle { count, middle })
    }

    /// Whether a narrower bracket pays: its width halves with every four times as many values.
    const fn is_wide(&self) -> bool {
        self.counts.present >= 4 * self.narrowed
    }

    /// Narrows the bracket to `reach` values on each side of the middle so far.
    fn narrow(&mut self, reach: u64, finder: &mut ColumnMedian<T>) {
        let Some(then) = self.ends else {
            return;
        };
        let ColumnMedian { again, sample, .. } = finder;
        let counts = self.counts;
        let outside = (counts.below + counts.at_low).cast_signed();
        let middle = (counts.present / 2).cast_signed() - outside;
        bracket::pick(sample, &self.kept.all()[..self.length], SAMPLE);
        let (low, high) = bracket::narrower(sample, self.length, middle, reach, SURE);
        let ends = Bracket {
            low: low.unwrap_or(then.low),
            high: high.unwrap_or(then.high),
        };
        self.ends = Some(ends);
        self.narrowed = counts.present;
        self.counts.at_low = 0;
        self.counts.at_high = 0;
        self.count_ends(then, counts);
        let mut length = 0;
        for at in (0..self.length).step_by(STRETCH) {
            let kept = self.kept.all_mut();
            again.count(&kept[at..self.length.min(at + STRETCH)], ends);
            kept[length..length + again.inside().len()].copy_from_slice(again.inside());
            length += again.inside().len();
            self.count_inside(again.counts);
        }
        self.length = length;
    }

    /// Counts values that were inside a wider bracket and are `present` already.
    const fn count_inside(&mut self, counts: Counts) {
        self.counts.add(Counts {
            present: 0,
            ..counts
        });
    }

    /// Counts the values at the ends of an earlier bracket, which was at least as wide.
    fn count_ends(&mut self, then: Bracket<T>, counts: Counts) {
        self.count(then.low, counts.at_low);
        if then.low.order() != then.high.order() {
            self.count(then.high, counts.at_high);
        }
    }

    /// Counts equal values that are not inside the bracket.
    fn count(&mut self, value: T, count: u64) {
        let Some(Bracket { low, high }) = self.ends else {
            return;
        };
        if value.order() < low.order() {
            self.counts.below += count;
        } else if value.order() == low.order() {
            self.counts.at_low += count;
        } else if value.order() == high.order() {
            self.counts.at_high += count;
        }
    }

    /// Keeps values that are inside the bracket, or gives up if there is no room.
    fn keep(&mut self, values: &[T]) {
        let length = self.length + values.len();
        let grown = length.next_power_of_two().clamp(256, self.room.max(256));
        if length > self.room || self.kept.extend(grown, self.length).is_err() {
            self.abandon();
            return;
        }
        self.kept.all_mut()[self.length..length].copy_from_slice(values);
        self.length = length;
    }
}
