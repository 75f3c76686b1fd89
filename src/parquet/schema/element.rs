//! The schema of a footer: a flat list of elements that forms a tree, walked once.
//!
//! What comes out are the top-level columns, and how many leaves there are below them. Depth and
//! counts are bounded here, and nothing recurses.

use crate::account::Lease;
use crate::error::Fault;
use crate::parquet::Column;
use crate::parquet::thrift;
use crate::parquet::thrift::{Bytes, Fields, Wire};

/// Deepest schema that is read; real ones stay below 20.
const MOST_DEPTH: usize = 64;
/// The last kind of repetition.
pub(super) const REPEATED: i64 = 2;
/// Longest name of a column.
const MOST_NAME: u64 = 64 << 10;
/// What is held of an element: its column, what its footers sum up to, its place among the names
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
    _lease: Lease,
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.columns == other.columns && self.leaves == other.leaves
    }
}

/// One element, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// The physical type's number; groups have none.
    pub physical: Option<u64>,
    /// Bytes of each value, where they are fixed.
    pub length: i64,
    /// 0 required, 1 optional, 2 repeated.
    pub repetition: i64,
    /// Its name.
    pub name: String,
    /// Elements directly below it.
    pub children: u64,
    /// The old logical type's number.
    pub converted: Option<i64>,
    /// Digits behind the point, as the old logical type has them.
    pub scale: i64,
    /// Digits, likewise.
    pub precision: i64,
    /// The logical type.
    pub logical: Option<Logical>,
}

/// A logical type: its number in the union, and what it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logical {
    /// The number of the union's field.
    pub number: i16,
    /// Field 1 of its struct, where that is a number: a scale, a bit width.
    pub first: i64,
    /// Field 2, where that is a number: a precision, whether it is signed.
    pub second: i64,
    /// Field 2, where that is a time unit: 1 milli, 2 micro, 3 nano.
    pub unit: i16,
}

impl Schema {
    /// Reads the list of elements, and takes from `lease` what they need in memory.
    pub fn read(bytes: &mut impl Bytes, mut lease: Lease) -> Result<Self, Fault> {
        let (count, _) = thrift::list(bytes)?;
        let (mut columns, mut leaves) = (Vec::new(), 0);
        // Children still to come, of each group that is open; first of all the root itself.
        let mut open = vec![1_u64];
        let (mut needed, mut leased) = (0, 0);
        for _ in 0..count {
            let element = element(bytes)?;
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
            if element.children > count {
                return Err(Fault::corrupt(
                    "a group of the schema claims more children than exist",
                ));
            }
            if open.len() > 1 && !(0..=REPEATED).contains(&element.repetition) {
                let what = format!("`{}` has an unknown repetition", element.name);
                return Err(Fault::corrupt(what));
            }
            let is_leaf = element.physical.is_some() && element.children == 0;
            if open.len() == 2 {
                columns.push(Column::new(&element, leaves));
            }
            leaves += usize::from(is_leaf && open.len() > 1);
            if element.children > 0 || open.len() == 1 {
                open.push(element.children);
            }
            if open.len() > MOST_DEPTH {
                return Err(Fault::corrupt("the schema is nested too deeply"));
            }
        }
        if open.iter().any(|left| *left > 0) {
            return Err(Fault::corrupt("the schema ends before its groups do"));
        }
        keep_those_with_leaves(&mut columns, leaves);
        Ok(Self {
            columns,
            leaves,
            _lease: lease,
        })
    }

    /// The column that a leaf belongs to.
    pub fn column_of(&self, leaf: usize) -> Option<&Column> {
        let behind = self.columns.partition_point(|column| column.leaf <= leaf);
        self.columns.get(behind.checked_sub(1)?)
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

fn element(bytes: &mut impl Bytes) -> Result<Element, Fault> {
    let mut element = Element::default();
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        match id {
            1 => element.physical = Some(thrift::size_field(bytes, wire)?),
            2 => element.length = thrift::int_field(bytes, wire)?,
            3 => element.repetition = repetition(bytes, wire)?,
            4 => element.name = name(bytes, wire)?,
            5 => element.children = thrift::size_field(bytes, wire)?,
            6 => element.converted = Some(thrift::int_field(bytes, wire)?),
            7 => element.scale = thrift::int_field(bytes, wire)?,
            8 => element.precision = thrift::int_field(bytes, wire)?,
            10 if wire == Wire::Struct => element.logical = logical(bytes)?,
            _ => thrift::skip(bytes, wire)?,
        }
    }
    Ok(element)
}

/// fastparquet may say whether a column is optional, which is the same number.
fn repetition(bytes: &mut impl Bytes, wire: Wire) -> Result<i64, Fault> {
    match wire {
        Wire::Bool(optional) => Ok(optional.into()),
        _ => thrift::int_field(bytes, wire),
    }
}

fn name(bytes: &mut impl Bytes, wire: Wire) -> Result<String, Fault> {
    let length = thrift::binary(bytes, wire)?;
    if length > MOST_NAME {
        return Err(Fault::corrupt(format!(
            "a column has a name of {length} bytes"
        )));
    }
    let name = (0..length)
        .map(|_| bytes.byte())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

/// The one field of the union that is set.
fn logical(bytes: &mut impl Bytes) -> Result<Option<Logical>, Fault> {
    let mut logical = None;
    let mut fields = Fields::default();
    while let Some((number, wire)) = fields.next(bytes)? {
        if wire != Wire::Struct {
            thrift::skip(bytes, wire)?;
            continue;
        }
        let mut found = Logical {
            number,
            ..Logical::default()
        };
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(bytes)? {
            match (id, wire) {
                (1 | 2, Wire::Bool(_) | Wire::Byte | Wire::Int) => {
                    let value = match wire {
                        Wire::Bool(value) => i64::from(value),
                        _ => thrift::int_field(bytes, wire)?,
                    };
                    *(if id == 1 {
                        &mut found.first
                    } else {
                        &mut found.second
                    }) = value;
                }
                // The unit of a time is a union of empty structs.
                (2, Wire::Struct) => found.unit = unit(bytes)?,
                _ => thrift::skip(bytes, wire)?,
            }
        }
        logical = Some(found);
    }
    Ok(logical)
}

fn unit(bytes: &mut impl Bytes) -> Result<i16, Fault> {
    let mut unit = 0;
    let mut fields = Fields::default();
    while let Some((number, wire)) = fields.next(bytes)? {
        thrift::skip(bytes, wire)?;
        unit = number;
    }
    Ok(unit)
}
