//! What a table format says of one of its files: what columns are called there, which of them the table
//! has, and values that are the same in all rows and may not be in the file. Columns are found by the
//! numbers that the table gives its fields, where it does, because a file keeps the names of the day on
//! which it was written; else by their names. What the table has and a file lacks is missing there.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::dataset::constant::value::{Value, value_of};
use crate::error::{Error, Place, Result};
use crate::parquet::schema::element::Element;
use crate::parquet::{Column, Schema};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeColumn {
    /// Its name in the table.
    pub name: String,
    /// The number of its field, if the table has such.
    pub id: Option<i64>,
}

/// What the values of a constant are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstantType {
    /// Whole numbers.
    Integer,
    /// Floating-point numbers.
    Float,
    /// True and false.
    Bool,
    /// Text.
    Text,
    /// Days.
    Date,
    /// Times in microseconds.
    Timestamp,
}

/// What is the same in all rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeConstant {
    /// The name of its column.
    pub name: String,
    /// What its values are.
    pub of: ConstantType,
    /// The value as text; none for a null.
    pub text: Option<String>,
}

/// A file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeFile {
    /// The columns of the table, in order.
    pub columns: Arc<[LakeColumn]>,
    /// What is the same in all rows.
    pub constants: Vec<LakeConstant>,
}

impl ConstantType {
    /// The element of a file that would hold such values.
    fn element(self, name: &str) -> Element {
        let (physical, converted) = match self {
            Self::Bool => (0, None),
            Self::Date => (1, Some(6)),
            Self::Integer => (2, None),
            Self::Timestamp => (2, Some(10)),
            Self::Float => (5, None),
            Self::Text => (6, Some(0)),
        };
        Element {
            physical: Some(physical),
            converted,
            repetition: 1,
            name: name.to_owned(),
            ..Element::default()
        }
    }
}

impl LakeFile {
    /// Gives the columns of a file the names and the order of the table, leaves out those that it does
    /// not have, adds what is constant, and returns the values of that.
    pub fn describe(&self, path: &Path, schema: &mut Schema) -> Result<Arc<[Value]>> {
        let has_ids = self.columns.iter().any(|column| column.id.is_some());
        if has_ids {
            self.rename(path, schema)?;
        } else {
            // What a table keeps by file is not believed of the file itself.
            let constants = &self.constants;
            let is_constant = |column: &Column| constants.iter().any(|own| own.name == column.name);
            schema.columns.retain(|column| !is_constant(column));
        }
        let named = self.columns.iter().enumerate();
        let places: HashMap<&str, usize> = named.map(|(at, own)| (own.name.as_str(), at)).collect();
        let place = |name: &str| places.get(name).copied();
        // A leaf of a struct stands where the struct does.
        let place = |name: &str| place(name).or_else(|| place(name.split_once('.')?.0));
        schema
            .columns
            .retain(|column| place(&column.name).is_some());
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for constant in &self.constants {
            if schema
                .columns
                .iter()
                .any(|column| column.name == constant.name)
            {
                continue;
            }
            let leaf = schema.leaves + values.len();
            let column = Column::of_element(&constant.of.element(&constant.name), leaf);
            values.push(constant.value(&column, path)?);
            columns.push(column);
        }
        let added = schema.add(columns);
        added.map_err(|fault| fault.at(Place::file(path)))?;
        schema.columns.sort_by_key(|column| place(&column.name));
        Ok(values.into())
    }

    /// Finds columns by the numbers of their fields.
    fn rename(&self, path: &Path, schema: &mut Schema) -> Result<()> {
        let ids = self
            .columns
            .iter()
            .filter_map(|column| Some((column.id?, &column.name)));
        let names: HashMap<i64, &String> = ids.collect();
        if schema.columns.iter().all(|column| column.id.is_none()) && schema.leaves > 0 {
            return Err(Error::Unsupported {
                place: Place::file(path),
                what:
                    "its columns have no field ids, and the table tells columns by these; rewrite \
                       the file by the table's own package, or read the files by their paths"
                        .to_owned(),
            });
        }
        schema.columns.retain_mut(|column| {
            let name = column.id.and_then(|id| names.get(&id));
            if let Some(name) = name {
                column.name.clone_from(name);
            }
            name.is_some()
        });
        Ok(())
    }
}

impl LakeConstant {
    fn value(&self, column: &Column, path: &Path) -> Result<Value> {
        let Some(text) = &self.text else {
            return Ok(Value::Null);
        };
        value_of(text.as_bytes(), column).ok_or_else(|| Error::Mismatch {
            place: Place::column(path, &self.name),
            what: format!(
                "the table says {text:?} of all rows of the file, which is no {}",
                column.type_name
            ),
            difference: None,
        })
    }
}
