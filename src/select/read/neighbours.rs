//! Keys of rows that follow each other, compared: ascending, nulls last, NaN behind all other numbers,
//! both zeros equal. The last key of a block is held, to be compared with the first of the next.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::key::column::KeyColumn;
use crate::select::read::columns::KeyColumns;

/// What a row has in a column. Variants are in the order of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum KeyValue<'a> {
    Number(u128),
    Text(&'a [u8]),
    Null,
}

/// The value of a column, held.
#[derive(Debug)]
struct HeldValue {
    is_null: bool,
    number: u128,
    /// The bytes of a text; none of a number.
    text: Option<Scratch<u8>>,
    bytes: usize,
}

/// The key of a row, held; at first all of it is null.
#[derive(Debug)]
pub struct HeldKey {
    values: Vec<HeldValue>,
}

/// How a row of a block compares with one before it.
#[inline]
pub fn compare(columns: &[KeyColumn], row: usize, before: usize) -> Ordering {
    let mut orders = columns
        .iter()
        .map(|column| KeyValue::of(column, row).cmp(&KeyValue::of(column, before)));
    orders
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl<'a> KeyValue<'a> {
    #[inline]
    fn of(column: &'a KeyColumn, row: usize) -> Self {
        if column.is_null(row) {
            Self::Null
        } else if column.form().width.is_some() {
            Self::Number(column.number(row))
        } else {
            Self::Text(column.text(row))
        }
    }
}

impl HeldKey {
    /// No key of these columns yet; texts are leased from `account`.
    pub fn new(columns: &KeyColumns, account: &Arc<Account>) -> Self {
        let held = columns.forms.iter().map(|form| HeldValue {
            is_null: true,
            number: 0,
            text: form.width.is_none().then(|| Scratch::new(account)),
            bytes: 0,
        });
        Self {
            values: held.collect(),
        }
    }

    /// Holds the key of a row of a block.
    pub fn hold(&mut self, columns: &[KeyColumn], row: usize) -> Result<(), Fault> {
        for (held, column) in self.values.iter_mut().zip(columns) {
            held.hold(KeyValue::of(column, row))?;
        }
        Ok(())
    }

    /// How it compares with a row of a block.
    pub fn compared_with(&self, columns: &[KeyColumn], row: usize) -> Ordering {
        let rows = columns.iter().map(|column| KeyValue::of(column, row));
        let held = self.values.iter().map(HeldValue::value);
        held.cmp(rows)
    }

    /// How it compares with another one of the same columns.
    pub fn compared(&self, other: &Self) -> Ordering {
        let [held, other] = [self, other].map(|key| key.values.iter().map(HeldValue::value));
        held.cmp(other)
    }
}

impl HeldValue {
    fn value(&self) -> KeyValue<'_> {
        match &self.text {
            _ if self.is_null => KeyValue::Null,
            Some(text) => KeyValue::Text(&text.all()[..self.bytes]),
            None => KeyValue::Number(self.number),
        }
    }

    fn hold(&mut self, value: KeyValue<'_>) -> Result<(), Fault> {
        self.is_null = value == KeyValue::Null;
        match (value, &mut self.text) {
            (KeyValue::Number(number), _) => self.number = number,
            (KeyValue::Text(bytes), Some(text)) => {
                text.fit(bytes.len())?.copy_from_slice(bytes);
                self.bytes = bytes.len();
            }
            (KeyValue::Text(_) | KeyValue::Null, _) => {}
        }
        Ok(())
    }
}
