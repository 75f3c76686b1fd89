//! The stages of a call, and how its caller follows them.

use crate::error::Result;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading what decides which rows are wanted, and in which order.
    Rows,
    /// Reading the keys of a source that tables are joined to.
    Keys,
    /// Reading which texts there are that become codes.
    Categories,
    /// Decoding into the matrix.
    Pour,
    /// Fitting and writing fills.
    Fill,
    /// Putting rows in order.
    Arrange,
    /// Writing files back.
    Write,
}

impl Stage {
    /// The name of the stage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Keys => "keys",
            Self::Categories => "categories",
            Self::Pour => "pour",
            Self::Fill => "fill",
            Self::Arrange => "arrange",
            Self::Write => "write",
        }
    }
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Rows done, as an average over all columns.
    pub rows_done: u64,
    /// Rows in all.
    pub rows_total: u64,
    /// Bytes read so far.
    pub bytes_done: u64,
    /// Seconds since the call began.
    pub seconds: f64,
}

/// The caller of a long call, polled on the calling thread while workers work.
pub trait Caller {
    /// Returns an error to cancel the call; polled every few hundredths of a second.
    fn check(&mut self) -> Result<()>;
    /// Takes a progress report, at most ten times a second.
    fn report(&mut self, progress: Progress) -> Result<()>;
    /// Has all processes of a divided load tell the others something: returns what each has told, in
    /// their order. `None` where the caller takes what was told elsewhere.
    fn gather(&mut self, _told: &[u8]) -> Result<Option<Vec<Vec<u8>>>> {
        Ok(None)
    }
}

/// A caller that only wants the result.
impl Caller for () {
    fn check(&mut self) -> Result<()> {
        Ok(())
    }
    fn report(&mut self, _: Progress) -> Result<()> {
        Ok(())
    }
}
