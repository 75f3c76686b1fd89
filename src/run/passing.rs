//! Medians found in passing: each piece of a column goes through a sieve while it is still in the
//! cache, on its way to the output.
//!
//! The first piece of a column sets its bracket, and the bracket narrows as more is seen. Where
//! later rows are unlike the first ones, as in a column that rises, the bracket misses in the end,
//! and the column is looked at again in the output.

use std::sync::{Arc, Mutex};

use crate::account::{Account, Scratch};
use crate::kernel::Real;
use crate::kernel::along::{Haul, STRETCH};
use crate::kernel::bracket::{self, Counts, SURE};
use crate::kernel::patch::patch;
use crate::kernel::sieve::LANES;
use crate::run::crew::lock;
use crate::run::medians::median;
use crate::run::pour::Onlooker;
use crate::run::seeker::Seeker;

/// Values of a piece that set the first bracket.
const SAMPLE: usize = 2048;

/// The sieves of all columns that want their median.
#[derive(Debug)]
pub struct Passing<T> {
    columns: Vec<Option<Mutex<Column<T>>>>,
    rows: usize,
    room: usize,
    account: Arc<Account>,
    /// What the threads look with, where it is not in use.
    seekers: Mutex<Vec<Seeker<T>>>,
}

#[derive(Debug)]
struct Column<T> {
    bracket: Option<(T, T)>,
    /// Rows shown.
    rows: usize,
    /// Values seen that are not missing.
    seen: u64,
    /// Of those, what had been seen when the bracket was last set.
    narrowed: u64,
    counts: Counts,
    kept: Scratch<T>,
    length: usize,
    is_lost: bool,
    /// The two middle values, once all rows were shown.
    middle: Option<(T, T)>,
    is_filled: bool,
}

/// What became of a column.
#[derive(Debug, Clone, Copy)]
pub struct Passed<T> {
    /// The median.
    pub median: T,
    /// Whether its gaps are filled.
    pub is_filled: bool,
}

impl<T: Real> Passing<T> {
    /// Sieves for the columns of `rows` rows that `wanted` names, in so many bytes.
    pub fn new(wanted: &[bool], rows: usize, bytes: usize) -> Self {
        let account = Account::new(bytes);
        let column = || Column {
            bracket: None,
            rows: 0,
            seen: 0,
            narrowed: SAMPLE as u64,
            counts: Counts::default(),
            kept: Scratch::new(&account),
            length: 0,
            is_lost: false,
            middle: None,
            is_filled: false,
        };
        let columns = wanted
            .iter()
            .map(|wanted| wanted.then(|| Mutex::new(column())));
        Self {
            columns: columns.collect(),
            rows,
            room: bracket::room(rows),
            account,
            seekers: Mutex::new(Vec::new()),
        }
    }

    fn sift(&self, cell: &Mutex<Column<T>>, values: &[T], haul: &mut Haul<T>) {
        let Some((low, high)) = lock(cell).bracket else {
            return;
        };
        haul.look(values, (low, high));
        let mut cell = lock(cell);
        // Before anything of this piece is counted, so that ranks and counts agree.
        if !cell.is_lost && (cell.is_wide() || cell.length + haul.inside().len() > self.room) {
            cell.narrow();
        }
        cell.take((low, high), haul.counts, haul.inside(), self.room);
    }

    /// What became of a column whose values that are not missing are `count` many; `None` where its
    /// median is not known.
    pub fn passed(&mut self, column: usize, count: u64) -> Option<Passed<T>> {
        let cell = self.columns.get_mut(column)?.take()?;
        let cell = cell.into_inner().ok()?;
        let is_known = !cell.is_lost && cell.seen == count;
        let middle = cell.middle.filter(|_| is_known)?;
        Some(Passed {
            median: median(count, middle),
            is_filled: cell.is_filled,
        })
    }
}

impl<T: Real> Onlooker<T> for Passing<T> {
    fn show(&self, column: usize, values: &mut [T]) {
        let Some(Some(cell)) = self.columns.get(column) else {
            return;
        };
        let seeker = lock(&self.seekers).pop();
        let mut seeker = seeker.unwrap_or_else(|| Seeker::new(&self.account));
        if values.len() == self.rows {
            lock(cell).take_all(values, &mut seeker);
        } else if lock(cell).begin(values, &mut seeker.sample) {
            for values in values.chunks(STRETCH) {
                self.sift(cell, values, &mut seeker.haul);
            }
            let mut cell = lock(cell);
            cell.rows += values.len();
            if cell.rows == self.rows {
                cell.finish();
            }
        }
        lock(&self.seekers).push(seeker);
    }

    fn lose(&self, column: usize) {
        if let Some(Some(cell)) = self.columns.get(column) {
            lock(cell).lose();
        }
    }
}

impl<T: Real> Column<T> {
    /// Finds the middle of a column that is all here, and fills its gaps.
    fn take_all(&mut self, values: &mut [T], seeker: &mut Seeker<T>) {
        if self.is_lost {
            return;
        }
        // Where there is no room to seek, or nothing to find, it is looked for in the output.
        let Some(found) = seeker.seek(values).ok().flatten() else {
            self.lose();
            return;
        };
        self.seen = found.count;
        self.middle = Some(found.middle);
        if found.count < values.len() as u64 {
            patch(values, &[found.median(); LANES]);
        }
        self.is_filled = true;
    }

    /// Sets the first bracket; tells whether there is any use in looking.
    fn begin(&mut self, values: &[T], sample: &mut Vec<T>) -> bool {
        if self.bracket.is_none() && !values.is_empty() {
            sample.clear();
            sample.extend(values.iter().step_by(values.len().div_ceil(SAMPLE)));
            self.bracket = Some(bracket::bracket(sample, SURE));
        }
        !self.is_lost
    }

    /// Finds the middle of all that was shown, and gives back what was kept.
    fn finish(&mut self) {
        if let Some(ends) = self.bracket.filter(|_| !self.is_lost) {
            let kept = &mut self.kept.all_mut()[..self.length];
            self.middle = bracket::middle(self.seen, ends, self.counts, kept);
        }
        self.kept.clear();
        self.length = 0;
    }

    fn lose(&mut self) {
        self.is_lost = true;
        self.kept.clear();
    }

    /// Takes over what a catch with the bracket `then` holds; the bracket may be narrower by now.
    fn take(&mut self, then: (T, T), counts: Counts, kept: &[T], room: usize) {
        let Some((low, high)) = self.bracket.filter(|_| !self.is_lost) else {
            return;
        };
        self.seen += counts.present;
        self.counts.below += counts.below;
        self.count(then.0, counts.at_low, (low, high));
        if then.0.order() != then.1.order() {
            self.count(then.1, counts.at_high, (low, high));
        }
        if (low.order(), high.order()) == (then.0.order(), then.1.order()) {
            self.keep(kept, room);
            return;
        }
        for value in kept {
            if low.order() < value.order() && value.order() < high.order() {
                self.keep(&[*value], room);
            } else {
                self.count(*value, 1, (low, high));
            }
        }
    }

    /// Counts values that are not inside the bracket.
    fn count(&mut self, value: T, count: u64, (low, high): (T, T)) {
        if value.order() < low.order() {
            self.counts.below += count;
        } else if value.order() == low.order() {
            self.counts.at_low += count;
        } else if value.order() == high.order() {
            self.counts.at_high += count;
        }
    }

    fn keep(&mut self, values: &[T], room: usize) {
        let length = self.length + values.len();
        let grown = length.next_power_of_two().clamp(256, room.max(256));
        if length > room || self.kept.extend(grown, self.length).is_err() {
            self.lose();
            return;
        }
        self.kept.all_mut()[self.length..length].copy_from_slice(values);
        self.length = length;
    }

    /// Whether so much more has been seen that a narrower bracket pays: it halves with every four
    /// times as many values.
    const fn is_wide(&self) -> bool {
        self.seen >= 4 * self.narrowed
    }

    /// Narrows the bracket to what all that was seen says, and counts what falls out.
    fn narrow(&mut self) {
        let Some((mut low, mut high)) = self.bracket else {
            return;
        };
        let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
        let kept = &mut self.kept.all_mut()[..self.length];
        let reach = bracket::reach(self.seen, SURE);
        let inside = |rank: Option<u64>| {
            let rank = rank?.checked_sub(self.counts.below + self.counts.at_low)?;
            usize::try_from(rank).ok().filter(|rank| *rank < kept.len())
        };
        let half = self.seen / 2;
        let (first, last) = (inside(half.checked_sub(reach)), inside(Some(half + reach)));
        if let Some(first) = first {
            low = *kept.select_nth_unstable_by(first, ordered).1;
            self.counts.below += self.counts.at_low;
            self.counts.at_low = 0;
        }
        if let Some(last) = last {
            high = *kept.select_nth_unstable_by(last, ordered).1;
            self.counts.at_high = 0;
        }
        self.bracket = Some((low, high));
        self.narrowed = self.seen;
        let mut length = 0;
        for at in 0..self.length {
            let value = self.kept.all()[at];
            if low.order() < value.order() && value.order() < high.order() {
                self.kept.all_mut()[length] = value;
                length += 1;
            } else {
                self.count(value, 1, (low, high));
            }
        }
        self.length = length;
    }
}
