//! Folders named `key=value`, as Hive, Spark, pyarrow and Polars write them. What such folders of a
//! path say are constants of its file: `%2F` is a slash, and `__HIVE_DEFAULT_PARTITION__` is a null.
//! All folders count, and of two with one key the deeper one. Where a file has a column of that name,
//! it gets the value of a folder that was found below the source, and keeps its own beside one that
//! the source names itself.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::dataset::constant::value::{Value, has_constants, value_of};
use crate::dataset::natural::parts;
use crate::error::{Error, Place, Result};
use crate::parquet::schema::element::Element;
use crate::parquet::{Column, Nesting, Schema};

const NULL: &[u8] = b"__HIVE_DEFAULT_PARTITION__";

/// What a folder says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The key.
    pub key: String,
    /// Its value; none for a null.
    pub value: Option<Vec<u8>>,
    /// Whether it was found below the source, which does not name it.
    pub is_found: bool,
}

impl Folder {
    /// What a folder of this name says, if it says anything.
    pub fn new(name: &[u8], is_found: bool) -> Option<Self> {
        let equals = name.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (&name[..equals], &name[equals + 1..]);
        (!key.is_empty()).then(|| Self {
            key: String::from_utf8_lossy(&decoded(key)).into_owned(),
            value: (value != NULL).then(|| decoded(value)),
            is_found,
        })
    }

    /// What a folder and those above it say, each key once. The source names the first `named` of them.
    pub fn all(path: &[u8], named: usize) -> Vec<Self> {
        Self::of_names(&parts(path).names, named)
    }

    /// What the folders of a file say.
    pub fn of_file(path: &[u8], named: usize) -> Vec<Self> {
        let parts = parts(path);
        let folders = parts
            .names
            .split_last()
            .map_or(&[][..], |(_, folders)| folders);
        Self::of_names(folders, named)
    }

    fn of_names(path: &[&[u8]], named: usize) -> Vec<Self> {
        let mut folders: Vec<Self> = Vec::new();
        let path = path.iter().enumerate();
        for folder in path.filter_map(|(at, name)| Self::new(name, at >= named)) {
            folders.retain(|known| known.key != folder.key);
            folders.push(folder);
        }
        folders
    }

    /// Its value as a whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        integer(self.value.as_ref()?)
    }
}

/// The bytes that a text with `%xx` stands for.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let escaped = digit(at + 1).zip(digit(at + 2));
        let escaped = escaped.and_then(|(high, low)| u8::try_from(16 * high + low).ok());
        let escaped = escaped.filter(|_| text[at] == b'%');
        bytes.push(escaped.unwrap_or(text[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    bytes
}

/// A whole number, as decimal digits write it.
fn integer(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// The keys of the folders of some files. A key is a column of int64 if all its values are whole
/// numbers, and else of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderKeys {
    texts: HashSet<String>,
}

impl FolderKeys {
    /// Adds that of a folder.
    pub fn add(&mut self, folder: &Folder) {
        if folder.value.is_some() && folder.integer().is_none() {
            self.texts.insert(folder.key.clone());
        }
    }

    /// Adds the columns that folders give to those of a file in them, and returns their values.
    pub fn describe(
        &self,
        folders: &[Folder],
        path: &Path,
        schema: &mut Schema,
    ) -> Result<Arc<[Value]>> {
        let mut values = Vec::new();
        let mut columns = Vec::new();
        for folder in folders {
            let leaf = schema.leaves + values.len();
            let own = schema.columns.iter_mut().find(|own| own.name == folder.key);
            match own {
                None => {
                    let (column, value) = self.column(folder, leaf);
                    columns.push(column);
                    values.push(value);
                }
                Some(own) if folder.is_found && has_constants(own) => {
                    values.push(value_in(folder, own, path)?);
                    own.leaf = leaf;
                    own.nesting = Nesting::flat(true);
                }
                Some(_) => {}
            }
        }
        let added = schema.add(columns);
        added.map_err(|fault| fault.at(Place::file(path)))?;
        Ok(values.into())
    }

    /// The column of a key that the file does not have, and its value.
    fn column(&self, folder: &Folder, leaf: usize) -> (Column, Value) {
        let is_text = self.texts.contains(&folder.key);
        let element = Element {
            physical: Some(if is_text { 6 } else { 2 }),
            converted: is_text.then_some(0),
            repetition: 1,
            name: folder.key.clone(),
            ..Element::default()
        };
        let column = Column {
            only_named: true,
            ..Column::of_element(&element, leaf)
        };
        let value = match (&folder.value, folder.integer()) {
            (None, _) => Value::Null,
            (Some(text), _) if is_text => Value::Text(text.as_slice().into()),
            (_, number) => number.map_or(Value::Null, Value::Integer),
        };
        (column, value)
    }
}

/// The value of a folder in the type of a column.
fn value_in(folder: &Folder, column: &Column, path: &Path) -> Result<Value> {
    let Some(text) = &folder.value else {
        return Ok(Value::Null);
    };
    value_of(text, column).ok_or_else(|| Error::Mismatch {
        place: Place::column(path, &column.name),
        what: format!(
            "its folder says {:?}, which is no {}, as the column of that name in the file is; \
             rename one of them",
            String::from_utf8_lossy(text),
            column.type_name
        ),
        difference: None,
    })
}
