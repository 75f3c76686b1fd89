//! Every way in which a load can be refused, in one enum.
//!
//! A message says what, where, what was expected and what to do. Inside a page a decoder does not
//! know where it stands: it reports a [`Fault`], and its lane adds the place.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// What every fallible function of the crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Asked between two steps of a long call whether to go on; its error ends the call.
pub type Checkpoint<'a> = &'a mut dyn FnMut() -> Result<()>;

/// Where in a file something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The row group, counted from 0.
    pub row_group: Option<usize>,
    /// The column, by name.
    pub column: Option<String>,
}

impl Place {
    /// The file as a whole.
    pub fn file(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(row_group) = self.row_group {
            write!(f, ", row group {row_group}")?;
        }
        match &self.column {
            Some(column) => write!(f, ", column `{column}`"),
            None => Ok(()),
        }
    }
}

/// What is wrong with some bytes, said without knowing where they lie.
#[derive(Debug)]
pub enum Fault {
    /// The bytes contradict the format, or each other.
    Corrupt(Cow<'static, str>),
    /// The bytes are in order, but use something that is not read here.
    Unsupported(Cow<'static, str>),
    /// More scratch memory is needed than the account holds.
    Scarce {
        /// Bytes that were asked for.
        needed: usize,
    },
    /// The bytes could not be had at all.
    Read(Box<Error>),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Read(Box::new(error))
    }
}

impl Fault {
    /// Bytes that contradict the format.
    pub fn corrupt(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Corrupt(what.into())
    }

    /// A feature that is not read here.
    pub fn unsupported(what: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported(what.into())
    }

    /// Damage in a known page of a column chunk, the first one of which is 0.
    #[must_use]
    pub fn on_page(self, page: usize) -> Self {
        match self {
            Self::Corrupt(what) => Self::Corrupt(format!("page {page}: {what}").into()),
            fault => fault,
        }
    }

    /// The error at a known place.
    pub fn at(self, place: Place) -> Error {
        match self {
            Self::Corrupt(what) => Error::Corrupt {
                place,
                what: what.into_owned(),
            },
            Self::Unsupported(what) => Error::Unsupported {
                place,
                what: what.into_owned(),
            },
            Self::Scarce { needed } => Error::Scarce { place, needed },
            Self::Read(error) => *error,
        }
    }
}

/// Values that were finite and do not fit the dtype.
#[derive(Debug, Clone, PartialEq)]
pub struct Overflow {
    /// The column.
    pub column: String,
    /// How many values.
    pub count: u64,
    /// The one of largest magnitude.
    pub largest: f64,
}

/// The one error of the crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file it was about.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file contradicts the format or itself.
    #[error("{place}: {what}; the file is damaged or not Parquet: write it again or leave it out")]
    Corrupt {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// A file uses a codec, an encoding or an encryption that is not read.
    #[error("{place}: {what}")]
    Unsupported {
        /// Where.
        place: Place,
        /// What is not read, and what to do.
        what: String,
    },
    /// Chosen columns cannot become numbers.
    #[error("{0}")]
    UnsupportedColumns(String),
    /// A column that was named does not exist.
    #[error("{what}")]
    ColumnNotFound {
        /// The file that lacks it.
        path: PathBuf,
        /// The name.
        column: String,
        /// The whole message.
        what: String,
    },
    /// Two files disagree, or a file has a name twice.
    #[error("{place}: {what}")]
    Mismatch {
        /// Where.
        place: Place,
        /// Expected, found, what to do.
        what: String,
    },
    /// Finite values do not fit the dtype.
    #[error("{}", overflow_message(columns, dtype))]
    CastOverflow {
        /// The columns and their counts.
        columns: Vec<Overflow>,
        /// The dtype that is too narrow.
        dtype: &'static str,
    },
    /// A target, weight or group has a missing value.
    #[error("{0}")]
    MissingTarget(String),
    /// A key of a join stands twice in a table.
    #[error("{}: {what}", path.display())]
    DuplicateKey {
        /// The table.
        path: PathBuf,
        /// The key, the counts and what to do.
        what: String,
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
    #[error("{0}")]
    MemoryLimit(String),
    /// A lane wants more scratch than is free in the account: alone it may still fit.
    #[error("{place}: {needed} bytes of scratch are not free")]
    Scarce {
        /// Where.
        place: Place,
        /// Bytes asked for.
        needed: usize,
    },
    /// An argument makes no sense.
    #[error("{0}")]
    Argument(String),
    /// The caller asked to stop.
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
}

fn overflow_message(columns: &[Overflow], dtype: &str) -> String {
    let shown: Vec<String> = columns
        .iter()
        .take(10)
        .map(|o| {
            format!(
                "`{}` ({} {}, largest {:e})",
                o.column,
                o.count,
                if o.count == 1 { "value" } else { "values" },
                o.largest
            )
        })
        .collect();
    let more = match columns.len().saturating_sub(shown.len()) {
        0 => String::new(),
        n => format!(" and {n} more columns"),
    };
    let wider = if dtype == "float64" {
        ""
    } else {
        "dtype=\"float64\", "
    };
    format!(
        "finite values do not fit {dtype} in {}{more}; use {wider}overflow=\"clip\" or overflow=\"missing\"",
        shown.join(", ")
    )
}

/// Panics at a place that `ONECOPY_POISON` names. Built in for one test only, which sees that no
/// panic gets out: `tests/poison.py`.
#[cfg(feature = "poison")]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(crate) fn poison(place: &str) {
    if std::env::var_os("ONECOPY_POISON").is_some_and(|poisoned| poisoned == place) {
        panic!("poisoned at {place}");
    }
}

/// Nothing.
#[cfg(not(feature = "poison"))]
pub(crate) const fn poison(_: &str) {}
