//! The schema of a file: a flat list of elements that forms a tree, walked once.
//!
//! What comes out are the top-level columns, and how many leaves there are below them. Depth and
//! counts are bounded here, and nothing recurses.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`element`] | schema elements, as they are written |
//! | [`meaning`] | what an element says beyond its physical type |
//! | [`types`] | what the types of Parquet are here: the table of kinds |
//! | [`key`] | what a column means where it is a key |
//! | [`own`] | what a column is by itself in NumPy |

pub mod element;
pub mod key;
pub mod meaning;
pub mod own;
pub mod types;

use crate::account::Lease;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::schema::element::{Element, REPEATED};
use crate::parquet::schema::key::Key;
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::own::Own;
use crate::parquet::schema::types::{Kind, Physical, flat};
use crate::parquet::thrift::{self, Bytes};

/// Deepest schema that is read; real ones stay below 20.
const MOST_DEPTH: usize = 64;
/// Bytes that are held of an element: its column, the sum of its footers, its place among the names
/// and one chunk; by measurement, and with some slack.
const ELEMENT: usize = 640;
/// Bytes that are leased at a time.
const STEP: usize = 16 << 10;

/// The columns of a file.
#[derive(Debug)]
pub struct Schema {
    /// The top-level columns, in order.
    pub columns: Vec<Column>,
    /// How many leaves there are in all.
    pub leaves: usize,
    /// What all this takes in memory.
    lease: Lease,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns && self.leaves == other.leaves
    }
}

/// One top-level column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub type_name: String,
    /// How its numbers are stored, or why it cannot be taken.
    pub kind: Result<Kind, &'static str>,
    /// How its values are compared where it is a key, or why they cannot be.
    pub key: Result<Key, &'static str>,
    /// What it is by itself in NumPy, or why it is nothing there.
    pub own: Result<Own, &'static str>,
    /// Whether it can hold nulls.
    pub nullable: bool,
    /// The first leaf below it.
    pub leaf: usize,
    /// Whether it is taken only where it is named, as what a folder of the path says.
    pub only_named: bool,
}

impl Schema {
    /// Reads the list of elements, and takes from `lease` what they need in memory.
    pub fn read(bytes: &mut impl Bytes, mut lease: Lease) -> Result<Self, Fault> {
        let (count, _) = thrift::list(bytes)?;
        let mut columns = Vec::new();
        let mut leaves = 0;
        // Children still to come, of each group that is open; first of all the root itself.
        let mut open = vec![1_u64];
        let (mut needed, mut leased) = (0, 0);
        for _ in 0..count {
            let element = Element::read(bytes)?;
            needed += ELEMENT + 2 * element.name.len();
            if needed > leased {
                leased = needed + STEP;
                lease.resize(leased)?;
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            let Some(left) = open.last_mut() else {
                return Err(Fault::corrupt("the schema has elements beyond its root"));
            };
            *left -= 1;
            let exist = element.children <= count;
            ensure!(
                exist,
                "a group of the schema claims more children than exist"
            );
            let is_known = open.len() == 1 || (0..=REPEATED).contains(&element.repetition);
            ensure!(is_known, "`{}` has an unknown repetition", element.name);
            let is_leaf = element.physical.is_some() && element.children == 0;
            if open.len() == 2 {
                columns.push(Column::new(&element, leaves));
            }
            leaves += usize::from(is_leaf && open.len() > 1);
            if element.children > 0 || open.len() == 1 {
                open.push(element.children);
            }
            ensure!(open.len() <= MOST_DEPTH, "the schema is nested too deeply");
        }
        let is_whole = open.iter().all(|left| *left == 0);
        ensure!(is_whole, "the schema ends before its groups do");
        keep_those_with_leaves(&mut columns, leaves);
        Ok(Self {
            columns,
            leaves,
            lease,
        })
    }

    /// A schema of columns that are leaves themselves, which takes from `lease` what they need in memory.
    pub fn of(columns: Vec<Column>, mut lease: Lease) -> Result<Self, Fault> {
        let names: usize = columns.iter().map(|column| column.name.len()).sum();
        lease.resize(columns.len() * ELEMENT + 2 * names)?;
        Ok(Self {
            leaves: columns.len(),
            columns,
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
}

/// A group without leaves below it holds no data at all.
fn keep_those_with_leaves(columns: &mut Vec<Column>, leaves: usize) {
    let mut end = leaves;
    let mut has_leaves = vec![false; columns.len()];
    for (column, has_leaves) in columns.iter().zip(&mut has_leaves).rev() {
        *has_leaves = column.leaf < end;
        end = column.leaf;
    }
    let mut has_leaves = has_leaves.into_iter();
    columns.retain(|_| has_leaves.next().unwrap_or(false));
}

impl Column {
    /// The column of a top-level element.
    pub fn new(element: &Element, leaf: usize) -> Self {
        let (type_name, kind, key, own) = match element.physical.map(Physical::of) {
            Some(physical) if element.children == 0 && element.repetition != REPEATED => {
                let (type_name, kind) = flat(element, physical);
                let key = Key::new(element, physical, kind);
                (type_name, kind, key, Own::new(element, key, kind))
            }
            _ => {
                let nested = nested(element).to_owned();
                let why = "it is nested";
                (nested, Err(why), Err(why), Err(why))
            }
        };
        Self {
            name: element.name.clone(),
            type_name,
            kind,
            key,
            own,
            nullable: element.repetition != 0,
            leaf,
            only_named: false,
        }
    }
}

fn nested(element: &Element) -> &'static str {
    match Meaning::of(element) {
        Meaning::Nested(name) => name,
        _ if element.children > 0 => "struct",
        _ => "list",
    }
}
