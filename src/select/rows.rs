//! The rows of one row group that are poured: all of them, runs that are skipped and taken in turn, or
//! rows of several parts. They are plain data: selectors make them, and a pour only follows them.

use std::slice;

use crate::error::Fault;
use crate::select::mixed::{MixedRows, PartRun};
use crate::select::parts::{PartRows, WORD};

/// Mean rows of a run from which runs are followed, because a lane begins anew with each.
const LONG: usize = 256;

/// The rows of one row group that are poured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All rows, which are so many.
    All(usize),
    /// The rows that runs take, in order.
    Runs(Vec<Run>),
    /// Rows that change their part too often for runs.
    Mixed(MixedRows),
}

/// The rows of one row group that are poured, and where they go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenRows {
    /// The part that all or runs of them go to; mixed rows know their own.
    pub part: usize,
    /// The rows.
    pub rows: Rows,
}

/// Some rows that are skipped, and the next ones, which are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Rows that are skipped.
    pub skip: usize,
    /// Rows that are taken.
    pub take: usize,
}

/// What a lane does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Skips so many rows.
    Skip(usize),
    /// Reads so many rows.
    Take(usize),
}

/// A position in the rows of a row group.
#[derive(Debug, Clone)]
pub struct RowCursor<'a> {
    /// What is left of the current run.
    run: Run,
    left: slice::Iter<'a, Run>,
}

impl Rows {
    /// The number of rows that are taken.
    pub fn taken(&self) -> usize {
        match self {
            Self::All(rows) => *rows,
            Self::Runs(runs) => runs.iter().map(|run| run.take).sum(),
            Self::Mixed(mixed) => mixed.tiles().iter().map(|tile| tile.count).sum(),
        }
    }

    /// A cursor before the first row. It has nothing to say of mixed rows, which are followed by
    /// their masks.
    pub fn cursor(&self) -> RowCursor<'_> {
        let (run, left) = match self {
            Self::All(rows) => (
                Run {
                    skip: 0,
                    take: *rows,
                },
                [].iter(),
            ),
            Self::Runs(runs) => (Run { skip: 0, take: 0 }, runs.iter()),
            Self::Mixed(_) => (Run { skip: 0, take: 0 }, [].iter()),
        };
        RowCursor { run, left }
    }
}

impl ChosenRows {
    /// All rows of a row group, in the only part.
    pub const fn all(rows: usize) -> Self {
        Self {
            part: 0,
            rows: Rows::All(rows),
        }
    }

    /// The rows of one part, as runs where these are long, or the rows of several parts.
    pub fn of(rows: &PartRows) -> Self {
        let parts: Vec<usize> = (0..rows.most_parts())
            .filter(|part| rows.has(*part))
            .collect();
        let single = match parts[..] {
            [] => Some(0),
            [part] => Some(part),
            _ => None,
        };
        let runs = single.and_then(|part| Some((part, runs(rows)?)));
        match runs {
            Some((part, runs)) => Self {
                part,
                rows: Rows::Runs(runs),
            },
            None => Self {
                part: 0,
                rows: Rows::Mixed(MixedRows::new(rows)),
            },
        }
    }

    /// Calls `each` with the runs of rows, in order.
    pub fn for_each_run(
        &self,
        each: &mut dyn FnMut(PartRun) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let part = self.part;
        match &self.rows {
            Rows::All(rows) => each(PartRun {
                skip: 0,
                take: *rows,
                part,
            }),
            Rows::Runs(runs) => runs.iter().try_for_each(|run| {
                let Run { skip, take } = *run;
                each(PartRun { skip, take, part })
            }),
            Rows::Mixed(mixed) => mixed.for_each_run(each),
        }
    }

    /// How many rows go to each of `parts` parts.
    pub fn counts(&self, parts: usize) -> Vec<usize> {
        match &self.rows {
            Rows::Mixed(rows) => (0..parts).map(|part| rows.count(part)).collect(),
            rows => {
                let mut counts = vec![0; parts];
                counts[self.part] = rows.taken();
                counts
            }
        }
    }
}

/// The runs of rows that are kept, if they are long enough.
fn runs(rows: &PartRows) -> Option<Vec<Run>> {
    let most = 1 + rows.rows() / LONG;
    let mut runs = Vec::new();
    let mut run = Run { skip: 0, take: 0 };
    let mut row = 0;
    while row < rows.rows() {
        let left = (rows.rows() - row).min(WORD - row % WORD);
        let word = rows.kept(row / WORD) >> (row % WORD);
        let taken = (word.trailing_ones() as usize).min(left);
        if taken > 0 {
            run.take += taken;
            row += taken;
            continue;
        }
        if run.take > 0 {
            runs.push(run);
            run = Run { skip: 0, take: 0 };
            if runs.len() > most {
                return None;
            }
        }
        let skipped = (word.trailing_zeros() as usize).min(left);
        run.skip += skipped;
        row += skipped;
    }
    runs.push(run);
    Some(runs)
}

impl RowCursor<'_> {
    /// The next step, which takes at most `most` rows; `None` where no rows are left, or the next
    /// ones would be taken and `most` is 0.
    #[inline]
    pub fn step(&mut self, most: usize) -> Option<Step> {
        loop {
            let Run { skip, take } = self.run;
            if skip > 0 {
                self.run.skip = 0;
                return Some(Step::Skip(skip));
            }
            if take > 0 {
                let taken = take.min(most);
                self.run.take -= taken;
                return (taken > 0).then_some(Step::Take(taken));
            }
            self.run = *self.left.next()?;
        }
    }
}
