//! Names that are not there: what to say, and which name was meant.

use std::path::Path;

use crate::dataset::{Dataset, Layout};
use crate::error::Error;

/// A file that lacks a column.
pub fn absent(layout: &Layout, name: &str, hint: &str) -> Error {
    let columns = layout
        .schema
        .columns
        .iter()
        .map(|column| column.name.as_str());
    Error::ColumnNotFound {
        path: layout.path.clone(),
        column: name.to_owned(),
        what: format!(
            "{}: there is no column `{name}`{}; {hint}",
            layout.path.display(),
            suggestion(name, columns)
        ),
    }
}

/// A name that is not among those that there are.
pub fn not_among(path: &Path, name: &str, known: &[String], who: &str) -> Error {
    Error::ColumnNotFound {
        column: name.to_owned(),
        what: format!(
            "{}: {who} column `{name}`, which is not among {}{}",
            path.display(),
            known.len(),
            suggestion(name, known.iter().map(String::as_str))
        ),
        path: path.to_path_buf(),
    }
}

/// A name that no file, or no feature, has.
pub fn not_found(dataset: &Dataset, name: &str, chosen: &[String], who: &str) -> Error {
    let path = dataset
        .layouts
        .first()
        .map(|l| l.path.clone())
        .unwrap_or_default();
    let columns = dataset
        .layouts
        .iter()
        .flat_map(|layout| &layout.schema.columns);
    let columns: Vec<&str> = match chosen {
        [] => columns.map(|column| column.name.as_str()).collect(),
        chosen => chosen.iter().map(String::as_str).collect(),
    };
    Error::ColumnNotFound {
        column: name.to_owned(),
        what: format!(
            "{}: {who} column `{name}`, which is not among {}{}",
            path.display(),
            columns.len(),
            suggestion(name, columns.iter().copied())
        ),
        path,
    }
}

/// "did you mean", and what there is.
fn suggestion<'a>(name: &str, columns: impl Iterator<Item = &'a str>) -> String {
    let columns: Vec<&str> = columns.collect();
    let near = columns
        .iter()
        .map(|column| (distance(name, column), column))
        .min();
    let near = match near {
        Some((distance, column)) if distance <= 1 + name.chars().count() / 4 => {
            format!("; did you mean `{column}`?")
        }
        _ => String::new(),
    };
    let shown = columns.iter().take(8).map(|column| format!("`{column}`"));
    let dots = if columns.len() > 8 { ", ..." } else { "" };
    format!(
        "{near} (columns: {}{dots})",
        shown.collect::<Vec<_>>().join(", ")
    )
}

/// Edits that turn one name into the other, letter case aside.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let b: Vec<char> = b.chars().collect();
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
