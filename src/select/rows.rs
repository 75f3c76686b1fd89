//! The rows of one row group that are poured: all of them, or runs that are skipped and taken in turn.
//! They are plain data: selectors make runs, and a pour only follows them.

use std::slice;

/// The rows of one row group that are poured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All rows, which are so many.
    All(usize),
    /// The rows that runs take, in order.
    Runs(Vec<Run>),
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
        }
    }

    /// A cursor before the first row.
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
        };
        RowCursor { run, left }
    }
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
