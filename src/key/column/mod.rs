//! One column of a key, a block of rows at a time, in the form that all files share.
//!
//! Values that do not fit the form are refused: what a file says about its digits is not believed.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`numbers`] | numbers, with their nulls |

pub mod numbers;

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{BytesLane, StoredColumn};
use crate::error::Fault;
use crate::io::Source;
use crate::key::column::numbers::{FloatColumn, KeyCells, NumberColumn};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::lane::bytes::Shown;
use crate::parquet::lane::times::nanoseconds;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Key, KeyStorage};

pub use numbers::{KEY_ROWS, float_key, float_value};

/// Stands for no entry: a dictionary has fewer.
const NO_ENTRY: u32 = u32::MAX;

/// What the values of one column are read with.
#[derive(Debug)]
enum KeyLanes {
    Signed(NumberColumn<i64>),
    Unsigned(NumberColumn<u64>),
    Float(FloatColumn),
    Bytes(BytesLane),
    Nothing,
}

/// One column of a key.
#[derive(Debug)]
pub struct KeyColumn {
    key: Key,
    form: KeyForm,
    factor: i128,
    lanes: KeyLanes,
    numbers: Vec<u128>,
    nulls: Vec<bool>,
    text: Scratch<u8>,
    ends: Vec<usize>,
    /// For each row the entry of the dictionary that has its text, or `NO_ENTRY`.
    entries: Vec<u32>,
    /// Bytes of each text that are held, at most.
    front: usize,
}

impl KeyColumn {
    /// Opens the column of one row group.
    pub fn new(
        source: &Arc<Source>,
        stored: &StoredColumn,
        slot: &KeySlot,
        form: &KeyForm,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let nesting = slot.nesting;
        let column = KeyCells {
            source,
            stored,
            nesting,
        };
        let lanes = match slot.key.storage() {
            KeyStorage::Signed(kind) => {
                KeyLanes::Signed(NumberColumn::new(&column, kind, account)?)
            }
            KeyStorage::Unsigned(kind) => {
                KeyLanes::Unsigned(NumberColumn::new(&column, kind, account)?)
            }
            KeyStorage::Float(kind) => KeyLanes::Float(FloatColumn::new(&column, kind, account)?),
            KeyStorage::Bytes(width) => {
                KeyLanes::Bytes(BytesLane::new(source, stored, width, nesting, account)?)
            }
            KeyStorage::Nothing => KeyLanes::Nothing,
        };
        let factor = form.factor(slot.key);
        Ok(Self {
            key: slot.key,
            form: *form,
            factor: factor.ok_or_else(|| Fault::corrupt("the scale of its type is wild"))?,
            lanes,
            numbers: vec![0; KEY_ROWS],
            nulls: vec![false; KEY_ROWS],
            text: Scratch::new(account),
            ends: vec![0; KEY_ROWS],
            entries: vec![NO_ENTRY; KEY_ROWS],
            front: usize::MAX,
        })
    }

    /// The same, holding no more than the first `front` bytes of each text.
    #[must_use]
    pub fn cut(self, front: usize) -> Self {
        Self { front, ..self }
    }

    /// Reads the next `rows` rows, at most `KEY_ROWS`.
    pub fn read(&mut self, rows: usize, reader: &mut ReadBuffers) -> Result<(), Fault> {
        let (form, factor) = (self.form, self.factor);
        let (key, front) = (self.key, self.front);
        let encode = |value| form.encode(value, factor).ok_or_else(too_many_digits);
        let numbers = &mut self.numbers;
        let nulls = &mut self.nulls[..rows];
        match &mut self.lanes {
            KeyLanes::Signed(lane) => lane.read(numbers, nulls, reader, &encode)?,
            KeyLanes::Unsigned(lane) => lane.read(numbers, nulls, reader, &encode)?,
            KeyLanes::Float(lane) => lane.read(numbers, nulls, reader)?,
            KeyLanes::Nothing => nulls.fill(true),
            KeyLanes::Bytes(lane) if form.width.is_some() => {
                let mut row = 0;
                lane.show(rows, reader, &mut |value| {
                    nulls[row] = value.is_none();
                    numbers[row] = encode(wide(key, value.unwrap_or_default())?)?;
                    row += 1;
                    Ok(())
                })?;
            }
            KeyLanes::Bytes(lane) => {
                let (text, ends, entries) = (&mut self.text, &mut self.ends, &mut self.entries);
                let (mut row, mut end) = (0, 0);
                lane.show_entries(rows, reader, &mut |shown| {
                    nulls[row] = matches!(shown, Shown::Null);
                    entries[row] = NO_ENTRY;
                    match shown {
                        Shown::Null => {}
                        Shown::Entry(entry) => entries[row] = entry,
                        Shown::Value(value) => {
                            let value = &value[..value.len().min(front)];
                            let start = end;
                            end += value.len();
                            if end > text.all().len() {
                                text.extend(end + end / 4, start)?;
                            }
                            text.all_mut()[start..end].copy_from_slice(value);
                        }
                    }
                    ends[row] = end;
                    row += 1;
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Skips the next rows; whole pages of them are not decoded.
    pub fn skip(&mut self, rows: usize, reader: &mut ReadBuffers) -> Result<(), Fault> {
        match &mut self.lanes {
            KeyLanes::Signed(lane) => lane.skip(rows, reader),
            KeyLanes::Unsigned(lane) => lane.skip(rows, reader),
            KeyLanes::Float(lane) => lane.lane.skip(rows, reader),
            KeyLanes::Bytes(lane) => lane.skip(rows, reader),
            KeyLanes::Nothing => Ok(()),
        }
    }

    /// Checks that the row group has as many values as it claims.
    pub fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        match &mut self.lanes {
            KeyLanes::Signed(lane) => lane.finish(reader),
            KeyLanes::Unsigned(lane) => lane.finish(reader),
            KeyLanes::Float(lane) => lane.finish(reader),
            KeyLanes::Bytes(lane) => lane.finish(reader),
            KeyLanes::Nothing => Ok(()),
        }
    }

    /// The form of its values.
    pub const fn form(&self) -> &KeyForm {
        &self.form
    }

    /// Whether a row of the block has no value.
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls[row]
    }

    /// The value of a row, as a number of the form's width.
    pub fn number(&self, row: usize) -> u128 {
        self.numbers[row]
    }

    /// The values of the block, as numbers of the form's width; what stands for a null is any number.
    pub fn numbers(&self) -> &[u128] {
        &self.numbers
    }

    /// For each row of the block, whether it has no value.
    pub fn nulls(&self) -> &[bool] {
        &self.nulls
    }

    /// The bytes of a row's value, where they are not held as a number.
    pub fn text(&self, row: usize) -> &[u8] {
        if let (KeyLanes::Bytes(lane), Some(entry)) = (&self.lanes, self.entry(row)) {
            return lane.entry(entry);
        }
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text.all()[start..self.ends[row]]
    }

    /// The entry of the dictionary that has the text of a row, if it is there: equal entries of one row
    /// group have equal texts.
    pub fn entry(&self, row: usize) -> Option<u32> {
        let entry = self.entries[row];
        (entry != NO_ENTRY).then_some(entry)
    }

    /// The most bytes that `write` takes.
    pub fn most_bytes(&self, row: usize) -> usize {
        match self.form.width {
            Some(width) => width,
            None => 2 * self.text(row).len() + 2,
        }
    }

    /// Writes the value of a row and returns its length in bytes. Among `several` columns a text ends
    /// with two zeros, and a zero in it is followed by 255, which keeps the order.
    pub fn write(&self, row: usize, several: bool, out: &mut [u8]) -> usize {
        if let Some(width) = self.form.width {
            out[..width].copy_from_slice(&self.numbers[row].to_be_bytes()[16 - width..]);
            return width;
        }
        let text = self.text(row);
        if !several {
            out[..text.len()].copy_from_slice(text);
            return text.len();
        }
        let mut end = 0;
        for byte in text {
            out[end] = *byte;
            end += 1;
            if *byte == 0 {
                out[end] = u8::MAX;
                end += 1;
            }
        }
        out[end..end + 2].fill(0);
        end + 2
    }
}

#[cfg(test)]
impl KeyColumn {
    /// A column that has read these values: numbers of the form's width, or bytes.
    pub(super) fn of(
        form: KeyForm,
        values: &[Option<crate::key::tests::Value>],
        account: &Arc<Account>,
    ) -> Self {
        use crate::key::tests::Value;
        let mut text = Vec::new();
        let (mut numbers, mut ends) = (Vec::new(), Vec::new());
        for value in values {
            match value {
                Some(Value::Text(bytes)) => text.extend_from_slice(bytes),
                Some(Value::Number(number)) => numbers.resize(ends.len() + 1, *number),
                None => {}
            }
            numbers.resize(ends.len() + 1, 0);
            ends.push(text.len());
        }
        let mut held = Scratch::new(account);
        held.fit(text.len()).unwrap().copy_from_slice(&text);
        Self {
            key: Key::Null,
            form,
            factor: 1,
            lanes: KeyLanes::Nothing,
            numbers,
            nulls: values.iter().map(Option::is_none).collect(),
            text: held,
            ends,
            entries: vec![NO_ENTRY; values.len()],
            front: usize::MAX,
        }
    }
}

fn too_many_digits() -> Fault {
    Fault::corrupt("a key has more digits than its type says")
}

/// The number of a value that is stored as bytes.
pub fn wide(key: Key, value: &[u8]) -> Result<i128, Fault> {
    if key == Key::Timestamp96 {
        // A null shows no bytes at all.
        return Ok(nanoseconds(value));
    }
    let negative = value.first().is_some_and(|byte| *byte >> 7 == 1);
    let fill = if negative { u8::MAX } else { 0 };
    let extra = value.len().saturating_sub(16);
    let (front, back) = value.split_at(extra);
    let mut bytes = [fill; 16];
    bytes[16 - back.len()..].copy_from_slice(back);
    let number = i128::from_be_bytes(bytes);
    if front.iter().any(|byte| *byte != fill) || (number < 0) != negative {
        return Err(too_many_digits());
    }
    Ok(number)
}
