//! A column of a file: what its leaf means, or why it cannot be taken.

use crate::parquet::schema::arrow::ArrowField;
use crate::parquet::schema::element::{Element, REPEATED};
use crate::parquet::schema::key::Key;
use crate::parquet::schema::meaning::Meaning;
use crate::parquet::schema::nesting::Nesting;
use crate::parquet::schema::own::Own;
use crate::parquet::schema::types::{Kind, Physical, flat};
use crate::types::{Dtype, Unit};

/// Why a list cannot be taken whose items are of another type.
const NO_NUMBERS: &str = "it is a list of what is not a number";

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
    /// Whether it was a dictionary before it was written, where that is known.
    pub was_dictionary: Option<bool>,
    /// The number that a table gives its field.
    pub id: Option<i64>,
    /// The first leaf below it.
    pub leaf: usize,
    /// Whether it is taken only where it is named, as what a folder of the path says.
    pub only_named: bool,
}

impl Column {
    /// The column of a leaf.
    pub fn new(name: String, element: &Element, nesting: Nesting, leaf: usize) -> Self {
        let physical = Physical::of(element.physical.unwrap_or(u64::MAX));
        let (type_name, kind) = flat(element, physical);
        let key = Key::new(element, physical, kind);
        let own = Own::new(element, key, kind);
        let column = Self {
            name,
            type_name,
            kind,
            key,
            own,
            nesting,
            was_dictionary: None,
            id: element.id,
            leaf,
            only_named: false,
        };
        if nesting.is_vector() {
            column.in_lists()
        } else {
            column
        }
    }

    /// The same where each value is in a list.
    fn in_lists(self) -> Self {
        Self {
            type_name: format!("list<{}>", self.type_name),
            kind: self.kind.map_err(|_| NO_NUMBERS),
            key: Err("it is a list"),
            own: self.own.and_then(|own| match own.dtype() {
                Some(_) => Ok(own),
                None => Err("it is a list of texts"),
            }),
            ..self
        }
    }

    /// How its texts become codes; `None` where it has none.
    pub fn category(&self) -> Option<Kind> {
        let (Ok(Own::Text(text)), Ok(Key::Text(bytes))) = (self.own, self.key) else {
            return None;
        };
        Some(Kind::Text {
            bytes,
            is_text: text.is_text(),
            was_dictionary: self.was_dictionary,
        })
    }

    /// Adds what Arrow says of the column.
    pub(super) fn note(&mut self, field: &ArrowField) {
        self.was_dictionary = Some(field.is_dictionary);
        if let (Some(unit), Ok(Kind::I64)) = (field.duration, self.kind) {
            self.set_durations(unit);
        }
    }

    /// The same, of durations with so many digits of a second, which Parquet has no type for.
    #[must_use]
    pub fn of_durations(mut self, digits: u32) -> Self {
        self.set_durations(Unit::of_digits(digits));
        if !self.nesting.is_vector() {
            self.key = Ok(Key::Time {
                stored: Kind::I64,
                digits,
            });
        }
        self
    }

    fn set_durations(&mut self, unit: Unit) {
        let type_name = format!("duration[{}]", unit.name());
        self.own = Ok(Own::Time {
            stored: Physical::Int64,
            dtype: Dtype::Timedelta(unit),
        });
        (self.type_name, self.kind) = if self.nesting.is_vector() {
            (format!("list<{type_name}>"), Err(NO_NUMBERS))
        } else {
            (type_name, Err("it is a duration, which datetimes= takes"))
        };
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
            was_dictionary: None,
            id: None,
            leaf,
            only_named: false,
        }
    }
}
