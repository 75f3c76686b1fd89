//! A column of a file: what its leaf means, or why it cannot be taken.

use crate::parquet::schema::element::{Element, REPEATED};
use crate::parquet::schema::key::Key;
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::nesting::Nesting;
use crate::parquet::schema::own::Own;
use crate::parquet::schema::types::{Kind, Physical, flat};

/// One column of a file: a leaf by itself or in structs, a list of numbers, or something that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name: of a leaf in structs, theirs and its own with dots between them.
    pub name: String,
    /// Its type in words.
    pub type_name: String,
    /// How its numbers are stored, or why it cannot be taken.
    pub kind: Result<Kind, &'static str>,
    /// How its values are compared where it is a key, or why they cannot be.
    pub key: Result<Key, &'static str>,
    /// What it is by itself in NumPy, or why it is nothing there.
    pub own: Result<Own, &'static str>,
    /// How it is nested.
    pub nesting: Nesting,
    /// The first leaf below it.
    pub leaf: usize,
}

impl Column {
    /// The column of a leaf.
    pub fn new(name: String, element: &Element, nesting: Nesting, leaf: usize) -> Self {
        let physical = Physical::of(element.physical.unwrap_or(u64::MAX));
        let (type_name, kind) = flat(element, physical);
        let key = Key::new(element, physical, kind);
        let own = Own::new(element, key, kind);
        if !nesting.is_vector() {
            return Self {
                name,
                type_name,
                kind,
                key,
                own,
                nesting,
                leaf,
            };
        }
        Self {
            name,
            type_name: format!("list<{type_name}>"),
            kind: kind.map_err(|_| "it is a list of what is not a number"),
            key: Err("it is a list"),
            own: own.and_then(|own| match own.dtype() {
                Some(_) => Ok(own),
                None => Err("it is a list of texts"),
            }),
            nesting,
            leaf,
        }
    }

    /// The column of an element that is in nothing; one that is a group, or repeats, is refused.
    pub fn of_element(element: &Element, leaf: usize) -> Self {
        let name = element.name.clone();
        let is_leaf = element.physical.is_some() && element.children == 0;
        if is_leaf && element.repetition != REPEATED {
            return Self::new(name, element, Nesting::flat(element.repetition != 0), leaf);
        }
        let type_name = match Meaning::of(element) {
            Meaning::Nested(type_name) => type_name,
            _ if element.children > 0 => "struct",
            _ => "list",
        };
        Self::refused(name, type_name, "it is nested", leaf)
    }

    /// A column that cannot be taken, of a type in words.
    pub fn refused(name: String, type_name: &str, why: &'static str, leaf: usize) -> Self {
        Self {
            name,
            type_name: type_name.to_owned(),
            kind: Err(why),
            key: Err(why),
            own: Err(why),
            nesting: Nesting::flat(true),
            leaf,
        }
    }
}
