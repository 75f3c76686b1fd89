//! Where an error was found: a file, and where known the row group and the column in it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where in a file something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The row group, counted from 0.
    pub row_group: Option<usize>,
    /// The column, by name.
    pub column: Option<String>,
    /// Whether it is no file, but a table in memory, whose row groups are batches.
    pub in_memory: bool,
}

impl Place {
    /// The file as a whole.
    pub fn file(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            ..Self::default()
        }
    }

    /// A table in memory as a whole, by what it is called.
    pub fn memory(name: &Path) -> Self {
        Self {
            in_memory: true,
            ..Self::file(name)
        }
    }

    /// A column, in any row group.
    pub fn column(path: &Path, name: &str) -> Self {
        Self::file(path).in_column(name)
    }

    /// The column if there is only one, in a file that is not known.
    pub(super) fn only<T>(columns: &[T], name: impl Fn(&T) -> &String) -> Self {
        match columns {
            [column] => Self::default().in_column(name(column).as_str()),
            _ => Self::default(),
        }
    }

    /// The same place, in a row group if there is one.
    #[must_use]
    pub fn in_row_group(self, row_group: impl Into<Option<usize>>) -> Self {
        Self {
            row_group: row_group.into(),
            ..self
        }
    }

    /// The same place, in a column if there is one.
    #[must_use]
    pub fn in_column<'a>(self, name: impl Into<Option<&'a str>>) -> Self {
        Self {
            column: name.into().map(str::to_owned),
            ..self
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(row_group) = self.row_group {
            let kind = if self.in_memory { "batch" } else { "row group" };
            write!(f, ", {kind} {row_group}")?;
        }
        match &self.column {
            Some(column) => write!(f, ", column `{column}`"),
            None => Ok(()),
        }
    }
}
