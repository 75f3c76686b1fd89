//! One column of a key, a block of rows at a time, in the form that all files share.
//!
//! Values that do not fit the form are refused: what a file says about its digits is not believed.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::io::Source;
use crate::kernel::scalar::sentinels::sentinels;
use crate::kernel::{Element, Rule};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::lane::bytes::BytesLane;
use crate::parquet::lane::times::nanoseconds;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::{Chunk, ColumnChunk, Key, KeyStorage, Kind, Lane};

/// Rows of a key that are read at a time.
pub const KEY_ROWS: usize = 1024;

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
    /// Bytes of each text that are held, at most.
    front: usize,
}

impl KeyColumn {
    /// Opens the column of one row group.
    pub fn new(
        source: &Arc<Source>,
        chunk: &Chunk,
        slot: &KeySlot,
        form: &KeyForm,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let column = ColumnChunk {
            source,
            chunk,
            nullable: slot.nullable,
        };
        let lanes = match slot.key.storage() {
            KeyStorage::Signed(kind) => {
                KeyLanes::Signed(NumberColumn::new(&column, kind, account)?)
            }
            KeyStorage::Unsigned(kind) => {
                KeyLanes::Unsigned(NumberColumn::new(&column, kind, account)?)
            }
            KeyStorage::Float(kind) => KeyLanes::Float(FloatColumn::new(&column, kind, account)?),
            KeyStorage::Bytes(width) => KeyLanes::Bytes(BytesLane::new(&column, width, account)?),
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
            KeyLanes::Bytes(lane) => {
                let (text, ends) = (&mut self.text, &mut self.ends);
                let mut row = 0;
                let mut end = 0;
                lane.show(rows, reader, &mut |value| {
                    nulls[row] = value.is_none();
                    let value = value.unwrap_or_default();
                    if form.width.is_some() {
                        numbers[row] = encode(wide(key, value)?)?;
                    } else {
                        let value = &value[..value.len().min(front)];
                        let start = end;
                        end += value.len();
                        if end > text.all().len() {
                            text.extend(end + end / 4, start)?;
                        }
                        text.all_mut()[start..end].copy_from_slice(value);
                        ends[row] = end;
                    }
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
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text.all()[start..self.ends[row]]
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

/// A column of numbers. A lane writes a number for a null, and any number may be a value as well. So
/// where there may be nulls two lanes read the column with different numbers: nulls are where they
/// differ.
#[derive(Debug)]
struct NumberColumn<T: Element> {
    lane: Lane<T>,
    twin: Option<Lane<T>>,
    out: Vec<T>,
    twin_out: Vec<T>,
}

impl<T: Element + PartialEq + From<bool> + Into<i128>> NumberColumn<T> {
    fn new(column: &ColumnChunk<'_>, kind: Kind, account: &Arc<Account>) -> Result<Self, Fault> {
        let open = |null: bool| Lane::new(column, kind, &Rule::all(T::from(null)), account);
        let twin = column.nullable && column.chunk.nulls != Some(0);
        Ok(Self {
            lane: open(false)?,
            twin: twin.then(|| open(true)).transpose()?,
            out: vec![T::default(); KEY_ROWS],
            twin_out: vec![T::default(); if twin { KEY_ROWS } else { 0 }],
        })
    }

    fn read(
        &mut self,
        numbers: &mut [u128],
        nulls: &mut [bool],
        reader: &mut ReadBuffers,
        encode: &impl Fn(i128) -> Result<u128, Fault>,
    ) -> Result<(), Fault> {
        let out = &mut self.out[..nulls.len()];
        self.lane.fill(out, reader)?;
        nulls.fill(false);
        if let Some(twin) = &mut self.twin {
            let others = &mut self.twin_out[..nulls.len()];
            twin.fill(others, reader)?;
            for ((null, out), other) in nulls.iter_mut().zip(&*out).zip(others) {
                *null = out != other;
            }
        }
        for ((number, value), null) in numbers.iter_mut().zip(out).zip(nulls) {
            if !*null {
                *number = encode((*value).into())?;
            }
        }
        Ok(())
    }

    fn skip(&mut self, rows: usize, reader: &mut ReadBuffers) -> Result<(), Fault> {
        self.lane.skip(rows, reader)?;
        match &mut self.twin {
            Some(twin) => twin.skip(rows, reader),
            None => Ok(()),
        }
    }

    fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        let tally = self.lane.finish(reader)?;
        if self.twin.is_none() && tally.nulls > 0 {
            return Err(Fault::corrupt("it has nulls, and the footer says none"));
        }
        match &mut self.twin {
            Some(twin) => twin.finish(reader).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// A column of floating-point numbers. A NaN of its own stands for a null while it is read.
#[derive(Debug)]
struct FloatColumn {
    lane: Lane<f64>,
    null: f64,
    out: Vec<f64>,
}

impl FloatColumn {
    fn new(column: &ColumnChunk<'_>, kind: Kind, account: &Arc<Account>) -> Result<Self, Fault> {
        let rule = sentinels();
        Ok(Self {
            lane: Lane::new(column, kind, &rule, account)?,
            null: rule.null,
            out: vec![0.0; KEY_ROWS],
        })
    }

    fn read(
        &mut self,
        numbers: &mut [u128],
        nulls: &mut [bool],
        reader: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let out = &mut self.out[..nulls.len()];
        self.lane.fill(out, reader)?;
        for ((number, value), null) in numbers.iter_mut().zip(out).zip(nulls) {
            *null = value.to_bits() == self.null.to_bits();
            *number = u128::from(float_key(*value));
        }
        Ok(())
    }

    fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        self.lane.finish(reader).map(|_| ())
    }
}

/// A number that is ordered as floating-point numbers are: both zeros are one, and so are all NaN,
/// which follow everything else.
pub fn float_key(value: f64) -> u64 {
    let value = if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    };
    let bits = value.to_bits();
    let negative = bits >> 63 == 1;
    if negative { !bits } else { bits | 1 << 63 }
}

/// The number that `float_key` was given, with one zero and one NaN.
pub fn float_value(key: u128) -> f64 {
    let key = u64::try_from(key).unwrap_or(u64::MAX);
    let negative = key >> 63 == 0;
    f64::from_bits(if negative { !key } else { key & !(1 << 63) })
}
