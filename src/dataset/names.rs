//! Errors for names that do not exist, with the name that was probably meant.

use std::path::Path;

use crate::dataset::Layout;
use crate::error::Error;

/// The most names that a message lists.
const MOST_LISTED: usize = 8;

/// The error for a file that lacks a column.
pub fn absent(layout: &Layout, name: &str, hint: &str) -> Error {
    let columns = layout.schema.columns.iter();
    let known = Known::new(name, columns.map(|column| column.name.clone()).collect());
    let meant = known.meant();
    let columns = listed(&known.columns);
    let what = format!("there is no column `{name}`{meant} (columns: {columns}); {hint}");
    known.error(&layout.path, name, what)
}

/// The error for a name that is not among `columns`. `option` is the option that has the name, if the
/// message should say so.
pub fn not_found(path: &Path, name: &str, columns: Vec<String>, option: Option<&str>) -> Error {
    let option = option.map_or_else(String::new, |option| format!(", named by `{option}`,"));
    let known = Known::new(name, columns);
    let count = match known.columns.len() {
        0 => "no columns".to_owned(),
        1 => format!("1 column: {}", listed(&known.columns)),
        count => format!("{count} columns: {}", listed(&known.columns)),
    };
    let meant = known.meant();
    let what = format!("column `{name}`{option} not found ({count}){meant}");
    known.error(path, name, what)
}

/// The first eight names, in backquotes.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let shown = names.iter().take(MOST_LISTED);
    let shown: Vec<String> = shown.map(|name| format!("`{}`", name.as_ref())).collect();
    let dots = if names.len() > MOST_LISTED {
        ", ..."
    } else {
        ""
    };
    format!("{}{dots}", shown.join(", "))
}

/// The names that exist, and the one that was probably meant.
struct Known {
    columns: Vec<String>,
    nearest: Option<String>,
}

impl Known {
    fn new(name: &str, columns: Vec<String>) -> Self {
        let near = columns
            .iter()
            .map(|column| (distance(name, column), column));
        let near = near
            .min()
            .filter(|(distance, _)| *distance <= 1 + name.chars().count() / 4);
        Self {
            nearest: near.map(|(_, column)| column.clone()),
            columns,
        }
    }

    /// The end of a message that suggests a name.
    fn meant(&self) -> String {
        let nearest = self.nearest.as_ref();
        nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
    }

    fn error(self, path: &Path, name: &str, what: String) -> Error {
        Error::ColumnNotFound {
            path: path.to_path_buf(),
            column: name.to_owned(),
            what,
            columns: self.columns,
            suggestion: self.nearest,
        }
    }
}

/// The edit distance of two names, ignoring case.
fn distance(a: &str, b: &str) -> usize {
    let a = a.to_lowercase();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
