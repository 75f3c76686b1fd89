//! Fills that have to be fitted: the median or the mean of a column as it stands in the output,
//! found there and written into its gaps.
//!
//! The output is gone over in groups of neighbouring columns, block of rows by block of rows, so
//! that in row-major order a cache line serves all columns that share it.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewMut2, Axis, s};

use crate::account::Account;
use crate::error::{Error, Place, Result};
use crate::kernel::Real;
use crate::kernel::select::Search;
use crate::kernel::sum::ExactSum;
use crate::output::mapping::Returns;
use crate::run::crew::{Crew, Watch, lock};

/// Columns that one thread goes over together.
const GROUP: usize = 64;
/// Rows that are looked at together: 64 columns of them stay in the second cache.
const BLOCK: usize = 1024;
/// Rows of a column that give the first bracket of its median.
const SAMPLE: usize = 4096;
/// Rounds that no search needs: 6 of counting, one of keeping, and as many again after a bad guess.
const MOST_ROUNDS: usize = 32;

/// How a column is to be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// With its median.
    Median,
    /// With its mean.
    Mean,
}

/// A column to fit.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// Which column.
    pub column: usize,
    /// Its values that are not missing: at least one.
    pub count: u64,
    /// Whether it has gaps to write to.
    pub missing: bool,
    /// What it is filled with.
    pub fit: Fit,
}

/// A group of columns that one thread takes.
struct Group<'a, T> {
    gaps: Vec<Gap>,
    first: usize,
    out: ArrayViewMut2<'a, T>,
}

/// Fits and fills `gaps`, which are in the order of the columns, and returns what each was filled
/// with.
pub fn settle<T: Real>(
    out: ArrayViewMut2<'_, T>,
    gaps: &[Gap],
    (account, returns, threads): (&Arc<Account>, &Returns, usize),
    crew: &Crew,
    watch: &mut dyn Watch,
) -> Result<Vec<(usize, T)>> {
    let rows = out.nrows();
    let bytes = out.len() * size_of::<T>();
    let groups = Mutex::new(groups(out, gaps));
    let parts = crew.run(threads, watch, || {
        let mut fills = Vec::new();
        loop {
            let next = lock(&groups).pop();
            let Some(mut group) = next else {
                return Ok(fills);
            };
            let found = group.fit(account.limit() / threads / 2, account, crew)?;
            group.fill(&found, crew)?;
            crew.done(rows * group.gaps.len())?;
            returns.give_back(0..bytes);
            fills.extend(found);
        }
    })?;
    let mut fills: Vec<(usize, T)> = parts.into_iter().flatten().collect();
    fills.sort_unstable_by_key(|(column, _)| *column);
    Ok(fills)
}

/// As NumPy has it, overflow included: a sum of two halves would differ near the largest values.
#[expect(
    clippy::manual_midpoint,
    reason = "midpoint avoids the overflow that NumPy has"
)]
fn mean(lower: f64, upper: f64) -> f64 {
    (lower + upper) / 2.0
}

fn groups<'a, T>(out: ArrayViewMut2<'a, T>, gaps: &[Gap]) -> Vec<Group<'a, T>> {
    let mut groups = Vec::new();
    let (mut first, mut rest) = (0, Some(out));
    while let Some(out) = rest.take().filter(|out| out.ncols() > 0) {
        let width = GROUP.min(out.ncols());
        let (out, below) = out.split_at(Axis(1), width);
        let mine = gaps
            .iter()
            .filter(|gap| (first..first + width).contains(&gap.column));
        let gaps: Vec<Gap> = mine.copied().collect();
        if !gaps.is_empty() {
            groups.push(Group { gaps, first, out });
        }
        first += width;
        rest = Some(below);
    }
    groups
}

impl<T: Real> Group<'_, T> {
    fn fit(&self, bytes: usize, account: &Arc<Account>, crew: &Crew) -> Result<Vec<(usize, T)>> {
        let medians: Vec<&Gap> = self.gaps.iter().filter(|g| g.fit == Fit::Median).collect();
        let mut fills = Vec::with_capacity(self.gaps.len());
        if !medians.is_empty() {
            let each = bytes / medians.len();
            let room = each.saturating_sub(Search::bytes(0)) / size_of::<u64>();
            let room = room.clamp(256, self.out.nrows().max(256));
            let mut lease = account.open();
            let needed = medians.len() * Search::bytes(room);
            // The reserve covers a group's least; what is leased beyond it makes the search short.
            lease
                .resize(needed.min(bytes))
                .map_err(|fault| fault.at(Place::default()))?;
            fills.extend(self.medians(&medians, room, crew)?);
        }
        for gap in self.gaps.iter().filter(|gap| gap.fit == Fit::Mean) {
            let mut sum = ExactSum::default();
            for rows in self.blocks() {
                self.each(gap, rows, |value| sum.add(value.to_f64()));
                crew.done(0)?;
            }
            fills.push((gap.column, T::nearest(sum.mean())));
        }
        Ok(fills)
    }

    fn medians(&self, gaps: &[&Gap], room: usize, crew: &Crew) -> Result<Vec<(usize, T)>> {
        let mut searches: Vec<(&Gap, Search)> = gaps
            .iter()
            .map(|gap| (*gap, Search::new(gap.count, room, &mut self.sample(gap))))
            .collect();
        let mut fills = Vec::with_capacity(gaps.len());
        for _ in 0..MOST_ROUNDS {
            for rows in self.blocks() {
                for (gap, search) in &mut searches {
                    let column = self.out.slice(s![rows.clone(), gap.column - self.first]);
                    let values = column.iter().filter(|value| !value.is_nan());
                    search.show(values.map(|value| value.key()));
                }
                crew.done(0)?;
            }
            searches.retain_mut(|(gap, search)| {
                search.advance();
                if let Some(middle) = search.found() {
                    let lower = T::from_key(middle.lower);
                    let upper = T::from_key(middle.upper).to_f64();
                    let single = gap.count % 2 == 1;
                    let mean = || T::nearest(mean(lower.to_f64(), upper));
                    fills.push((gap.column, if single { lower } else { mean() }));
                }
                search.found().is_none()
            });
            if searches.is_empty() {
                return Ok(fills);
            }
        }
        Err(Error::Internal("a median was not found".to_owned()))
    }

    fn fill(&mut self, fills: &[(usize, T)], crew: &Crew) -> Result<()> {
        for rows in self.blocks() {
            for gap in self.gaps.iter().filter(|gap| gap.missing) {
                let Some((_, fill)) = fills.iter().find(|(column, _)| *column == gap.column) else {
                    continue;
                };
                let mut column = self
                    .out
                    .slice_mut(s![rows.clone(), gap.column - self.first]);
                column.map_inplace(|value| {
                    if value.is_nan() {
                        *value = *fill;
                    }
                });
            }
            crew.done(0)?;
        }
        Ok(())
    }

    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<T> {
        let rows = self.out.nrows();
        (0..rows)
            .step_by(BLOCK)
            .map(move |row| row..rows.min(row + BLOCK))
    }

    fn each(&self, gap: &Gap, rows: Range<usize>, mut show: impl FnMut(T)) {
        let column = self.out.slice(s![rows, gap.column - self.first]);
        for value in column.iter().filter(|value| !value.is_nan()) {
            show(*value);
        }
    }

    /// Keys of rows from all over the column, always the same ones.
    fn sample(&self, gap: &Gap) -> Vec<u64> {
        let rows = self.out.nrows();
        let column = self.out.column(gap.column - self.first);
        let count = SAMPLE.min(rows);
        let strides = (0..count).map(|at| {
            // Somewhere in its stride, so that a period in the data does not show.
            let start = (at as u128 * rows as u128 / count as u128) as usize;
            let end = ((at as u128 + 1) * rows as u128 / count as u128) as usize;
            let mixed = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            start + mixed as usize % (end - start).max(1)
        });
        let values = strides
            .map(|row| column[row])
            .filter(|value| !value.is_nan());
        values.map(Real::key).collect()
    }
}
