//! The rows of one row group that are poured: all of them, or runs that are skipped and taken in turn.
//! They are plain data: whatever chooses rows makes runs, and a pour only follows them.

use std::slice;

/// Rows that are poured, of one row group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// All of so many.
    All(usize),
    /// Those that runs take, in order.
    Runs(Vec<Run>),
}

/// Rows that are skipped, and rows behind them that are taken.
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
    /// It passes over so many rows.
    Skip(usize),
    /// It reads so many rows.
    Take(usize),
}

/// How far the rows of a row group have been followed.
#[derive(Debug, Clone)]
pub struct RowCursor<'a> {
    run: Run,
    behind: slice::Iter<'a, Run>,
}

impl Rows {
    /// How many are taken.
    pub fn taken(&self) -> usize {
        match self {
            Self::All(rows) => *rows,
            Self::Runs(runs) => runs.iter().map(|run| run.take).sum(),
        }
    }

    /// A cursor before the first row.
    pub fn cursor(&self) -> RowCursor<'_> {
        let (run, behind) = match self {
            Self::All(rows) => (
                Run {
                    skip: 0,
                    take: *rows,
                },
                [].iter(),
            ),
            Self::Runs(runs) => (Run { skip: 0, take: 0 }, runs.iter()),
        };
        RowCursor { run, behind }
    }
}

impl RowCursor<'_> {
    /// The next step, which takes at most `most` rows; `None` where none is left that may be made.
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
            self.run = *self.behind.next()?;
        }
    }
}
