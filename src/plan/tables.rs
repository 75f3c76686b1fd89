//! The tables of a join, as their footers describe them, and the names that their columns get.

use std::slice;
use std::sync::Arc;

use crate::account::Account;
use crate::dataset::{Dataset, Layout, Origin, Table};
use crate::error::{Checkpoint, Error, Result};
use crate::parquet::Column;
use crate::plan::options::Join;

/// A table, as its footer describes it.
#[derive(Debug)]
pub struct TableFooter {
    /// The file.
    pub file: Table,
    /// The columns of the file.
    pub layout: Layout,
    /// The prefix of the names of its features.
    pub prefix: String,
}

/// A column of a table that can become a feature.
#[derive(Debug)]
pub struct TableColumn<'a> {
    /// The name that it has in the matrix.
    pub name: String,
    /// The number of the table.
    pub table: usize,
    /// The column.
    pub column: &'a Column,
}

impl TableFooter {
    /// Reads the footer of a table.
    pub fn read(
        origin: &Origin,
        join: &Join,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let (own, keys) = (slice::from_ref(origin), &join.tables.keys);
        let mut dataset = Dataset::in_folders(own, keys, account, checkpoint)?;
        match (dataset.files.pop(), dataset.layouts.pop()) {
            (Some(file), Some(layout)) => Ok(Self {
                prefix: prefix(join, origin)?,
                file,
                layout,
            }),
            _ => Err(Error::Internal("a file without a layout".to_owned())),
        }
    }
}

/// The columns of tables that can become features: all but the keys `on`.
pub fn columns<'a>(tables: &'a [TableFooter], on: &[String]) -> Vec<TableColumn<'a>> {
    let mut found = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let columns = table.layout.schema.columns.iter();
        let columns = columns.filter(|column| !on.contains(&column.name));
        found.extend(columns.map(|column| TableColumn {
            name: format!("{}{}", table.prefix, column.name),
            table: at,
            column,
        }));
    }
    found
}

/// The prefix of the names of a table's features.
fn prefix(join: &Join, origin: &Origin) -> Result<String> {
    let Some(prefix) = &join.prefix else {
        return Ok(String::new());
    };
    if let Origin::Frame(frame) = origin
        && prefix.contains("{stem}")
    {
        return Err(Error::Argument(format!(
            "prefix: {{stem}} is the name of a table's file, and {} has none; name its columns as they \
             are to be called, or write it to a file",
            frame.name().display()
        )));
    }
    let stem = origin
        .name()
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    if prefix.replace("{stem}", "").contains(['{', '}']) {
        return Err(Error::Argument(format!(
            "prefix: expected text in which {{stem}} stands for the name of a table's file, found \
             {prefix:?}"
        )));
    }
    Ok(prefix.replace("{stem}", &stem))
}
