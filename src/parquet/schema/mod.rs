//! The schema of a file: a flat list of elements that forms a tree, walked once.
//!
//! What comes out are the columns, and how many leaves there are below them. Depth and counts are bounded
//! here, and nothing recurses.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`element`] | schema elements, as they are written |
//! | [`meaning`] | what an element says beyond its physical type |
//! | [`tree`] | which leaves of the tree are columns |
//! | [`column`](mod@column) | a column: what its leaf means |
//! | [`nesting`] | how a leaf is nested, as far as its levels need it |
//! | [`types`] | what the types of Parquet are here: the table of kinds |
//! | [`key`] | what a column means where it is a key |
//! | [`arrow`] | what Arrow notes beside the schema |
//! | [`own`] | what a column is by itself in NumPy |

pub mod arrow;
pub mod column;
pub mod element;
pub mod key;
pub mod meaning;
pub mod nesting;
pub mod own;
pub mod tree;
pub mod types;

use crate::account::Lease;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::schema::arrow::ArrowField;
use crate::parquet::schema::column::Column;
use crate::parquet::schema::element::Element;
use crate::parquet::schema::tree::{Leaves, Tree};
use crate::parquet::thrift::{self, Bytes};

/// Bytes that are held of an element: its column, the sum of its footers, its place among the names
/// and one chunk; by measurement, and with some slack.
const ELEMENT: usize = 640;
/// Bytes that are leased at a time.
const STEP: usize = 16 << 10;

/// The columns of a file.
#[derive(Debug)]
pub struct Schema {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The names of the structs that some of them are in.
    pub structs: Vec<String>,
    /// How many leaves there are in all.
    pub leaves: usize,
    /// What all this takes in memory.
    lease: Lease,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns
            && self.structs == other.structs
            && self.leaves == other.leaves
    }
}

impl Schema {
    /// Reads the list of elements, and takes from `lease` what they need in memory.
    pub fn read(bytes: &mut impl Bytes, mut lease: Lease) -> Result<Self, Fault> {
        let (count, _) = thrift::list(bytes)?;
        let mut tree = Tree::default();
        let (mut needed, mut leased) = (0, 0);
        for _ in 0..count {
            let element = Element::read(bytes)?;
            needed += ELEMENT + 2 * (element.name.len() + tree.prefix_bytes());
            if needed > leased {
                leased = needed + STEP;
                lease.resize(leased)?;
            }
            let exist = element.children <= count;
            ensure!(
                exist,
                "a group of the schema claims more children than exist"
            );
            tree.add(&element)?;
        }
        let Leaves {
            columns,
            structs,
            count: leaves,
        } = tree.finish()?;
        Ok(Self {
            columns,
            structs,
            leaves,
            lease,
        })
    }

    /// Adds what Arrow says of the columns, if it is said of these.
    pub fn note(&mut self, fields: &[ArrowField]) {
        let names = self.columns.iter().map(|column| &column.name);
        if names.eq(fields.iter().map(|field| &field.name)) {
            for (column, field) in self.columns.iter_mut().zip(fields) {
                column.note(field);
            }
        }
    }

    /// A schema of columns that are leaves themselves, some of them in structs of these names, which takes
    /// from `lease` what they need in memory.
    pub fn of(columns: Vec<Column>, structs: Vec<String>, mut lease: Lease) -> Result<Self, Fault> {
        let names = columns.iter().map(|column| &column.name).chain(&structs);
        let names: usize = names.map(String::len).sum();
        lease.resize(columns.len() * ELEMENT + 2 * names)?;
        Ok(Self {
            leaves: columns.len(),
            columns,
            structs,
            lease,
        })
    }

    /// Adds columns that are no leaves of the file.
    pub fn add(&mut self, columns: Vec<Column>) -> Result<(), Fault> {
        let needed = columns.iter().map(|column| ELEMENT + 2 * column.name.len());
        let needed: usize = needed.sum();
        self.lease.resize(self.lease.bytes() + needed)?;
        self.columns.extend(columns);
        Ok(())
    }

    /// The column that a leaf belongs to.
    pub fn column_of(&self, leaf: usize) -> Option<&Column> {
        let end = self.columns.partition_point(|column| column.leaf <= leaf);
        self.columns.get(end.checked_sub(1)?)
    }

    /// The columns that are leaves of the struct of this name; none where there is no such struct.
    pub fn columns_in(&self, name: &str) -> impl Iterator<Item = &Column> {
        let is_struct = self.structs.iter().any(|found| found == name);
        let prefix = format!("{name}.");
        let columns = self.columns.iter();
        columns.filter(move |column| is_struct && column.name.starts_with(&prefix))
    }
}
