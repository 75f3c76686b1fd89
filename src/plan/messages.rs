//! Refusals that take some words: which columns, which files, and what to do about it.

use std::path::Path;

use crate::dataset::Layout;
use crate::dataset::names::listed;
use crate::error::{Difference, Error, Place, Shortage};

/// What helps where a file lacks a column.
pub(super) const FILL_IT: &str = "missing_columns=\"missing\" would fill it";

/// A file does not have the columns of the first one: it lacks some, and has some `extra`.
pub(super) fn differs(layout: &Layout, first: &Layout, lacking: &[&str], extra: &[&str]) -> Error {
    let phrase = |verb: &str, names: &[&str]| {
        (!names.is_empty()).then(|| format!("{verb} {}", listed(names)))
    };
    let found = [phrase("lacks", lacking), phrase("has also", extra)];
    let found: Vec<String> = found.into_iter().flatten().collect();
    let column = extra.first().or_else(|| lacking.first());
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Error::Mismatch {
        place: Place::file(&layout.path).in_column(column.copied()),
        what: format!(
            "the columns are not those of {}: the file {}; name the columns to take with \
             columns=[...], leave some out with exclude=[...], or pass missing_columns=\"missing\"",
            first.path.display(),
            found.join(" and ")
        ),
        difference: Some(Box::new(Difference {
            other: first.path.clone(),
            expected: owned(lacking),
            found: owned(extra),
        })),
    }
}

/// A table has a column whose name in the matrix is that of a column of another file.
pub(super) fn name_taken(name: &str, table: &Path, other: &Path) -> Error {
    Error::Mismatch {
        place: Place::column(table, name),
        what: format!(
            "{} has a column of this name, too; tell them apart with prefix=\"{{stem}}__\", which \
             puts the name of the file before those of its columns, or leave them out with \
             exclude=[{name:?}]",
            other.display()
        ),
        difference: Some(Box::new(Difference {
            other: other.to_path_buf(),
            ..Difference::default()
        })),
    }
}

/// An array beside the matrix that a table has, and the source has not.
pub(super) fn in_a_table_only(option: &str, name: &str, table: &Path) -> Error {
    Error::Argument(format!(
        "{option}: `{name}` is in the table {} only; targets, weights, groups and passthrough \
         columns come from the source, so that every row has one",
        table.display()
    ))
}

/// The type that a column has in a file.
#[derive(Clone, Copy)]
pub(super) struct TypeThere<'a> {
    pub(super) path: &'a Path,
    pub(super) type_name: &'a str,
}

/// A column beside the matrix that is of one type in a file, and of another kind in another.
pub(super) fn other_kind(name: &str, here: TypeThere<'_>, there: TypeThere<'_>) -> Error {
    let found = here.type_name;
    let TypeThere {
        path: other,
        type_name: expected,
    } = there;
    Error::Mismatch {
        place: Place::column(here.path, name),
        what: format!(
            "it is {found} here and {expected} in {}, which no NumPy array holds both; write it in \
             one type, or leave it out",
            other.display()
        ),
        difference: Some(Box::new(Difference {
            other: other.to_path_buf(),
            expected: vec![expected.to_owned()],
            found: vec![found.to_owned()],
        })),
    }
}

/// Columns of one array that no dtype holds both.
pub(super) fn times_and_numbers(option: &str, first: &str, name: &str) -> Error {
    Error::Argument(format!(
        "{option}: `{first}` and `{name}` are numbers and times, or times of two kinds, which no \
         NumPy array holds both; name one of them"
    ))
}

/// A memory limit that is too small: what is `needed` would do, and so would other `ways`.
pub(super) fn too_little(what: &str, needed: usize, limit: Option<usize>, ways: &str) -> Error {
    let mib = needed.div_ceil(1 << 20);
    let what = format!("{what}; memory_limit={needed} (\"{mib}MiB\") would do{ways}");
    Shortage::new(what).needing(needed, limit).into()
}
