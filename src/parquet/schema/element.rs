//! One schema element, as a footer writes it: read, and not yet understood.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::thrift::{self, Bytes, Fields, Wire};

/// The last kind of repetition.
pub const REPEATED: i64 = 2;
/// Longest name of a column.
const MOST_NAME: u64 = 64 << 10;

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
    /// Digits after the point, as the old logical type has them.
    pub scale: i64,
    /// Digits, as the old logical type has them.
    pub precision: i64,
    /// The number that a table gives its field.
    pub id: Option<i64>,
    /// The logical type.
    pub logical: Option<Logical>,
}

/// A logical type: its number in the union, and its parameters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logical {
    /// The number of the union's field.
    pub number: i16,
    /// Field 1 of its struct, where that is a number: a scale, a bit width.
    pub first: i64,
    /// Field 2 of its struct, where that is a number: a precision, whether it is signed.
    pub second: i64,
    /// Field 2 of its struct, where that is a time unit: 1 milli, 2 micro, 3 nano.
    pub unit: i16,
}

impl Element {
    /// Reads one element.
    pub fn read(bytes: &mut impl Bytes) -> Result<Self, Fault> {
        let mut element = Self::default();
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
                9 => element.id = Some(thrift::int_field(bytes, wire)?),
                10 if wire == Wire::Struct => element.logical = logical(bytes)?,
                _ => thrift::skip(bytes, wire)?,
            }
        }
        Ok(element)
    }

    /// Bytes of each value, where they are of a fixed length.
    pub fn bytes(&self) -> Result<usize, &'static str> {
        let bytes = usize::try_from(self.length).ok();
        bytes
            .filter(|bytes| *bytes > 0)
            .ok_or("its values have no length")
    }
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
    ensure!(length <= MOST_NAME, "a column has a name of {length} bytes");
    let name = (0..length).map(|_| bytes.byte());
    let name = name.collect::<Result<Vec<_>, _>>()?;
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
