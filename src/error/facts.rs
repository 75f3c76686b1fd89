//! What errors know: facts as plain fields, which callers can read, and the words for them.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place};

/// The most columns that a message lists with their values.
const MOST_LISTED: usize = 10;
/// The most columns that a message lists with their types.
const MOST_TYPES: usize = 20;

/// What to do about what contradicts its format.
pub(super) const fn damaged(place: &Place) -> &'static str {
    if place.in_memory {
        "what hands it out does not keep to the Arrow C data interface: build it again, or write it to a \
         Parquet file"
    } else {
        "the file is damaged or not Parquet: write it again or leave it out"
    }
}

/// An option that recodes columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recoding {
    /// Of times.
    Datetimes,
    /// Of texts.
    Categories,
}

impl Recoding {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datetimes => "datetimes",
            Self::Categories => "categories",
        }
    }
}

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// The column.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// The option that would take it.
    pub option: Option<Recoding>,
}

impl ColumnType {
    /// A column of this type.
    pub fn new(name: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            option: None,
        }
    }

    /// The same column, which an option would take.
    #[must_use]
    pub fn taken_by(self, option: Recoding) -> Self {
        Self {
            option: Some(option),
            ..self
        }
    }
}

/// Finite values that do not fit the dtype.
#[derive(Debug, Clone, PartialEq)]
pub struct Overflow {
    /// The column.
    pub column: String,
    /// How many values.
    pub count: u64,
    /// The one of largest magnitude.
    pub largest: f64,
}

/// Missing values of a column that must not have any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingValues {
    /// The column.
    pub column: String,
    /// How many are null.
    pub nulls: u64,
    /// How many are NaN.
    pub nans: u64,
}

/// Keys of a table that occur more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedKeys {
    /// The first of them, as text.
    pub key: String,
    /// How many rows have it.
    pub times: usize,
    /// How many such keys there are.
    pub keys: u64,
    /// How many rows have one of them.
    pub rows: usize,
}

/// How a file differs from another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The other file.
    pub other: PathBuf,
    /// What the other file has instead: a kind of key, or columns that this file lacks.
    pub expected: Vec<String>,
    /// What this file has instead: a kind of key, or columns that the other file lacks.
    pub found: Vec<String>,
}

/// A lack of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shortage {
    /// The whole message.
    pub what: String,
    /// Bytes that are needed, where known.
    pub needed: Option<usize>,
    /// Bytes that are allowed for them, where known.
    pub limit: Option<usize>,
    /// What needs them, where known.
    pub place: Place,
}

impl Shortage {
    /// A lack of memory of which only the message is known.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            ..Self::default()
        }
    }

    /// The same, where so many bytes are needed and, as far as known, so many are allowed.
    #[must_use]
    pub fn needing(self, needed: usize, limit: impl Into<Option<usize>>) -> Self {
        Self {
            needed: Some(needed),
            limit: limit.into(),
            ..self
        }
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

impl From<Shortage> for Error {
    fn from(shortage: Shortage) -> Self {
        Self::MemoryLimit(Box::new(shortage))
    }
}

/// The first `most` columns in words, and how many more there are.
fn listed<T>(columns: &[T], most: usize, words: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = columns.iter().take(most).map(words).collect();
    let shown = shown.join(", ");
    match columns.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

pub(super) fn unsupported(columns: &[ColumnType], total: usize, named: bool) -> String {
    let shown = listed(columns, MOST_TYPES, |column| {
        format!("`{}` ({})", column.name, column.type_name)
    });
    let options = [
        (Recoding::Datetimes, "a unit such as \"s\""),
        (Recoding::Categories, "\"codes\""),
    ];
    let taken = options.into_iter().filter_map(|(option, value)| {
        let columns = columns
            .iter()
            .filter(|column| column.option == Some(option));
        let columns: Vec<&ColumnType> = columns.collect();
        let found = listed(&columns, MOST_TYPES, |column| format!("`{}`", column.name));
        (!columns.is_empty()).then(|| format!("{}= takes {found} with {value}; ", option.name()))
    });
    let taken: String = taken.collect();
    let cure = if named {
        format!("{taken}leave them out, or encode them as numbers first")
    } else {
        let quoted = columns.iter().map(|column| format!("{:?}", column.name));
        format!(
            "{taken}pass exclude=[{}], or columns=\"numeric\" to leave out whatever is not a number",
            quoted.collect::<Vec<_>>().join(", ")
        )
    };
    format!(
        "{} of {total} columns cannot become numbers: {shown}; {cure}",
        columns.len()
    )
}

/// How a message begins that is about a file, if it is about one.
pub(super) fn in_file(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        String::new()
    } else {
        format!("{}: ", path.display())
    }
}

pub(super) fn overflow(columns: &[Overflow], dtype: &str) -> String {
    let shown = listed(columns, MOST_LISTED, |column| {
        let values = if column.count == 1 { "value" } else { "values" };
        format!(
            "`{}` ({} {values}, largest {:e})",
            column.column, column.count, column.largest
        )
    });
    let more = if columns.len() > MOST_LISTED {
        " columns"
    } else {
        ""
    };
    let wider = if dtype == "float64" {
        ""
    } else {
        "dtype=\"float64\", "
    };
    format!(
        "finite values do not fit {dtype} in {shown}{more}; use {wider}overflow=\"clip\" or overflow=\"missing\""
    )
}

pub(super) fn missing(array: &str, columns: &[MissingValues], can_keep: bool) -> String {
    let shown = listed(columns, columns.len(), |column| {
        format!(
            "`{}` has {} missing values ({} null, {} NaN)",
            column.column,
            column.nulls + column.nans,
            column.nulls,
            column.nans
        )
    });
    let keep = if can_keep {
        ", or pass target_missing=\"keep\""
    } else {
        ""
    };
    format!("{array}: {shown}; drop those rows first{keep}")
}

pub(super) fn repeated(found: Option<&RepeatedKeys>) -> String {
    let what = match found {
        None => "a key occurs more than once".to_owned(),
        Some(found) if found.keys > 1 => format!(
            "the key {} occurs {} times; {} keys occur more than once, in {} rows",
            found.key, found.times, found.keys, found.rows
        ),
        Some(found) => format!("the key {} occurs {} times", found.key, found.times),
    };
    format!(
        "{what}, which would multiply rows; drop the extra rows, or pass duplicates=\"first\" or \
         duplicates=\"last\" to take one of them"
    )
}
