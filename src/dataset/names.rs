//! Errors for names that do not exist, with the name that was probably meant.

use std::path::Path;

use crate::dataset::Layout;
use crate::error::Error;

/// The most names that a message lists.
const MOST_LISTED: usize = 8;

/// The error for a file that lacks a column.
pub fn absent(layout: &Layout, name: &str, hint: &str) -> Error {
    let columns = layout.schema.columns.iter();
    let columns = columns.map(|column| column.name.clone()).collect();
    unknown(&layout.path, name, columns, |columns, meant| {
        let columns = listed(columns);
        format!("there is no column `{name}`{meant} (columns: {columns}); {hint}")
    })
}

/// The error for a name that is not among `columns`. `option` is the option that has the name, if the
/// message should say so.
pub fn not_found(path: &Path, name: &str, columns: Vec<String>, option: Option<&str>) -> Error {
    let option = option.map_or_else(String::new, |option| format!(", named by `{option}`,"));
    unknown(path, name, columns, |columns, meant| {
        let count = match columns.len() {
            0 => "no columns".to_owned(),
            1 => format!("1 column: {}", listed(columns)),
            count => format!("{count} columns: {}", listed(columns)),
        };
        format!("column `{name}`{option} not found ({count}){meant}")
    })
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

/// The error for a name that is not among `columns`. `what` gets these, and words for the one that was
/// probably meant.
fn unknown(
    path: &Path,
    name: &str,
    columns: Vec<String>,
    what: impl FnOnce(&[String], &str) -> String,
) -> Error {
    let near = columns
        .iter()
        .map(|column| (distance(name, column), column));
    let near = near.min();
    let near = near.filter(|(distance, _)| *distance <= 1 + name.chars().count() / 4);
    let suggestion = near.map(|(_, column)| column.clone());
    let meant = suggestion.as_ref();
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    Error::ColumnNotFound {
        path: path.to_path_buf(),
        column: name.to_owned(),
        what: what(&columns, &meant),
        columns: columns.into(),
        suggestion,
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
