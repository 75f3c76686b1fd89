//! Floor 0: every reason for which a load is refused, in one enum.
//!
//! A message says what, where, what was expected and what to do; the facts in it are fields as
//! well. Code that does not know its place in a file reports a [`Fault`], and its owner adds the
//! place.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`checkpoint`] | polling for cancellation |
//! | [`facts`] | what errors know, and the words for it |
//! | [`fault`] | what is wrong with some bytes, wherever they are |
//! | [`place`] | file, row group and column |

pub mod checkpoint;
pub mod facts;
pub mod fault;
pub mod place;

use std::path::{Path, PathBuf};
use std::slice::from_ref;

pub use checkpoint::Checkpoint;
pub use facts::{
    ColumnType, Difference, MissingValues, Overflow, Recoding, RepeatedKeys, Shortage,
};
pub use fault::Fault;
pub use place::Place;

/// What every fallible function of the crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The one error of the crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call of the operating system failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file concerned.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file, or a table in memory, contradicts its format or itself.
    #[error("{place}: {what}; {}", facts::damaged(place))]
    Corrupt {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// A file uses a codec, an encoding or an encryption that is not supported.
    #[error("{place}: {what}")]
    Unsupported {
        /// Where.
        place: Place,
        /// What is not supported, and what to do.
        what: String,
    },
    /// Chosen columns cannot become numbers.
    #[error("{}", facts::unsupported(columns, *total, *named))]
    UnsupportedColumns {
        /// The columns.
        columns: Vec<ColumnType>,
        /// How many columns were chosen in all.
        total: usize,
        /// Whether the caller named each column, so that excluding some is no cure.
        named: bool,
    },
    /// Rows in memory have something else in a column than the recipe says.
    #[error("data: expected {expected} in `{}`, as the recipe says, found {}; give it as the files had it", column.name, column.type_name)]
    UnsupportedValue {
        /// The column, and what is found in it.
        column: ColumnType,
        /// What the recipe makes numbers of.
        expected: &'static str,
    },
    /// The values of a column cannot be compared as they would have to be.
    #[error("{}: column `{}` ({}) cannot {purpose}: {why}", path.display(), column.name, column.type_name)]
    UnsupportedKey {
        /// The file.
        path: PathBuf,
        /// The column.
        column: ColumnType,
        /// What it cannot do, or be.
        purpose: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// A column that was named does not exist.
    #[error("{}{what}", facts::in_file(path))]
    ColumnNotFound {
        /// The file that lacks it; empty for rows that are in no file.
        path: PathBuf,
        /// Its name.
        column: String,
        /// What was looked for, and what there is.
        what: String,
        /// The columns that there are.
        columns: Box<[String]>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },
    /// Two files disagree, or a file has a name twice.
    #[error("{place}: {what}")]
    Mismatch {
        /// Where.
        place: Place,
        /// Expected, found, what to do.
        what: String,
        /// How the file differs from another, if it does.
        difference: Option<Box<Difference>>,
    },
    /// Finite values do not fit the dtype.
    #[error("{}", facts::overflow(columns, dtype))]
    CastOverflow {
        /// The columns and their counts.
        columns: Vec<Overflow>,
        /// The dtype that is too narrow.
        dtype: &'static str,
    },
    /// A target, weight or group has missing values.
    #[error("{}", facts::missing(array, columns, *can_keep))]
    MissingTarget {
        /// The array that they would be in: `y`, `weight` or `group`.
        array: &'static str,
        /// The columns and their counts.
        columns: Vec<MissingValues>,
        /// Whether the array can hold missing values, as NaN.
        can_keep: bool,
    },
    /// A key of a join occurs more than once in a table.
    #[error("{}: {}", path.display(), facts::repeated(found.as_ref()))]
    DuplicateKey {
        /// The table.
        path: PathBuf,
        /// The keys; `None` where there was no memory to count them.
        found: Option<RepeatedKeys>,
    },
    /// An input changed while it was read.
    #[error("{}: the file changed while it was read ({what}); load again when nothing writes to it", path.display())]
    InputChanged {
        /// The file.
        path: PathBuf,
        /// What changed.
        what: String,
    },
    /// The job cannot be done within the memory allowed.
    #[error("{}", .0.what)]
    MemoryLimit(Box<Shortage>),
    /// A lane needs more scratch than is free in the account: with all of it, it may succeed.
    #[error("{place}: {needed} bytes of scratch are not free")]
    Scarce {
        /// Where.
        place: Place,
        /// Bytes that were requested.
        needed: usize,
    },
    /// An argument makes no sense.
    #[error("{0}")]
    Argument(String),
    /// The caller cancelled the call.
    #[error("interrupted")]
    Interrupted,
    /// A broken promise of this crate.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl Error {
    /// An error of the operating system about `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }

    /// An input that changed while it was read.
    pub fn changed(path: &Path, what: impl Into<String>) -> Self {
        Self::InputChanged {
            path: path.to_path_buf(),
            what: what.into(),
        }
    }

    /// Where it was found, as far as that is known.
    pub fn place(&self) -> Place {
        match self {
            Self::Corrupt { place, .. }
            | Self::Unsupported { place, .. }
            | Self::Mismatch { place, .. }
            | Self::Scarce { place, .. } => place.clone(),
            Self::MemoryLimit(shortage) => shortage.place.clone(),
            Self::Io { path, .. }
            | Self::DuplicateKey { path, .. }
            | Self::InputChanged { path, .. } => Place::file(path),
            Self::UnsupportedKey { path, column, .. } => Place::column(path, &column.name),
            Self::ColumnNotFound { path, column, .. } => Place::column(path, column),
            Self::UnsupportedColumns { columns, .. } => Place::only(columns, |c| &c.name),
            Self::UnsupportedValue { column, .. } => Place::only(from_ref(column), |c| &c.name),
            Self::CastOverflow { columns, .. } => Place::only(columns, |c| &c.column),
            Self::MissingTarget { columns, .. } => Place::only(columns, |c| &c.column),
            Self::Argument(_) | Self::Interrupted | Self::Internal(_) => Place::default(),
        }
    }
}

/// Panics at the place that `ONECOPY_POISON` names. Compiled for one test only, which checks that
/// no panic escapes: `tests/trust/test_panics.py`.
#[cfg(feature = "poison")]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(crate) fn poison(place: &str) {
    if std::env::var_os("ONECOPY_POISON").is_some_and(|poisoned| poisoned == place) {
        panic!("poisoned at {place}");
    }
}

/// Does nothing.
#[cfg(not(feature = "poison"))]
pub(crate) const fn poison(_: &str) {}
