//! The schema of a footer: a flat list of elements that forms a tree, walked once.
//!
//! What comes out are the top-level columns, and how many leaves there are below them. Depth and
//! counts are bounded here, and nothing recurses.

use crate::error::Fault;
use crate::read::column::Column;
use crate::read::thrift::{self, Bytes, Fields, Wire};

/// Deepest schema that is read; real ones stay below 20.
const MOST_DEPTH: usize = 64;
/// Longest name of a column.
const MOST_NAME: u64 = 64 << 10;

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The top-level columns, in order.
    pub columns: Vec<Column>,
    /// How many leaves there are in all.
    pub leaves: usize,
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
    /// Reads the list of elements.
    pub fn read(bytes: &mut impl Bytes) -> Result<Self, Fault> {
        let (count, _) = thrift::list(bytes)?;
        let mut schema = Self {
            columns: Vec::new(),
            leaves: 0,
        };
        // Children still to come, of each group that is open; first of all the root itself.
        let mut open = vec![1_u64];
        for _ in 0..count {
            let element = element(bytes)?;
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
            let is_leaf = element.physical.is_some() && element.children == 0;
            // A group without children holds no data at all.
            if open.len() == 2 && (is_leaf || element.children > 0) {
                schema.columns.push(Column::new(&element, schema.leaves));
            }
            schema.leaves += usize::from(is_leaf && open.len() > 1);
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
        Ok(schema)
    }
}

fn element(bytes: &mut impl Bytes) -> Result<Element, Fault> {
    let mut element = Element::default();
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        match id {
            1 => element.physical = Some(thrift::size_field(bytes, wire)?),
            2 => element.length = thrift::int_field(bytes, wire)?,
            3 => element.repetition = thrift::int_field(bytes, wire)?,
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
