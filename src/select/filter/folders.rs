//! What a filter says of files that are not opened yet, by the folders that they are in. A folder is
//! text, and the column that it becomes may have another type where a file has it: a condition fails
//! only if it does so for every type that its constants can be compared with. Nothing is said by folders
//! that the source names itself: their files may have values of their own.

use crate::dataset::constant::hive::Folder;
use crate::dataset::constant::value::{Value, value_of_key};
use crate::key::KeyForm;
use crate::key::column::float_key;
use crate::parquet::{Key, KeyFamily, Kind};
use crate::select::filter::bind::holds_for_null;
use crate::select::filter::request::{Condition, FilterRequest};
use crate::select::filter::test::Test;

/// The types that a folder may be of, each with the form of its values.
const TYPES: [(Key, KeyForm); 6] = [
    (Key::Integer(Kind::I64), form(KeyFamily::Integer, 8, 0)),
    (Key::Bool, form(KeyFamily::Bool, 1, 0)),
    (Key::Float(Kind::F64), form(KeyFamily::Float, 8, 0)),
    (Key::Date, form(KeyFamily::Date, 4, 0)),
    (Key::Timestamp(9), form(KeyFamily::Timestamp, 8, 9)),
    (
        Key::Text(None),
        KeyForm {
            width: None,
            ..form(KeyFamily::Text, 0, 0)
        },
    ),
];

const fn form(family: KeyFamily, width: usize, digits: u32) -> KeyForm {
    KeyForm {
        family,
        width: Some(width),
        signed: !matches!(family, KeyFamily::Bool | KeyFamily::Float | KeyFamily::Text),
        digits,
    }
}

impl FilterRequest {
    /// Whether files in some folders can have rows that are asked for.
    pub fn may_match(&self, folders: &[Folder]) -> bool {
        let mut lists = self.any.iter();
        lists.any(|all| all.iter().all(|condition| may_hold(condition, folders)))
    }
}

/// Whether a condition can hold, as far as folders say.
fn may_hold(condition: &Condition, folders: &[Folder]) -> bool {
    let mut keys = folders.iter();
    let Some(folder) = keys.find(|folder| folder.is_found && folder.key == condition.column) else {
        return true;
    };
    let Some(said) = &folder.value else {
        return holds_for_null(condition);
    };
    let mut answers = TYPES.iter().filter_map(|(key, form)| {
        let value = value_of_key(said, *key)?;
        let test = Test::new(form, condition).ok()?;
        Some(match value {
            Value::Null => holds_for_null(condition),
            Value::Integer(value) => test.holds_for_number(form.encode(value.into(), 1)?),
            Value::Float(value) => test.holds_for_number(float_key(value).into()),
            Value::Text(bytes) => test.holds_for(&bytes),
            Value::Time { .. } => return None,
        })
    });
    let first = answers.next();
    first.is_none_or(|holds| holds || answers.any(|holds| holds))
}
