//! One column of byte strings of one batch, streaming: text, and decimals too wide for a word. Values
//! are shown where they are; none is copied.

use crate::arrow::array::{Array, ArrayData, Values};
use crate::arrow::c_data::Buffer;
use crate::arrow::convert::reversed;
use crate::arrow::import::VIEW;
use crate::arrow::rows::{BLOCK, Found, Rows, index};
use crate::arrow::storage::Scalar;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::lane::bytes::Shown;

/// Bytes of a value that stands in its view.
const INLINE: usize = 12;

/// A column of byte strings of a batch, streaming.
#[derive(Debug)]
pub struct ArrayBytesLane {
    array: Array,
    /// The next row.
    at: usize,
    rows: Box<Rows>,
}

impl ArrayBytesLane {
    /// Opens a lane.
    pub fn new(array: &Array) -> Self {
        Self {
            array: array.clone(),
            at: 0,
            rows: Box::default(),
        }
    }

    /// Shows the next `rows` values, those of a dictionary by their entries.
    pub fn show_entries(
        &mut self,
        rows: usize,
        show: &mut dyn FnMut(Shown<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let data = self.array.data();
        let Some((entries, indices, scalar)) = entries(data) else {
            return self.show(rows, show);
        };
        self.check(rows)?;
        for row in self.first()..self.first() + rows {
            let has_index = data.valid.as_ref().is_none_or(|valid| valid.is_set(row));
            let entry = if has_index {
                Some(index(indices, scalar, row, entries.rows)?)
            } else {
                None
            };
            let is_value = |at: &usize| {
                let valid = entries.valid.as_ref();
                valid.is_none_or(|valid| valid.is_set(*at)) && !is_null(&entries.values)
            };
            match entry.filter(is_value).map(u32::try_from) {
                None => show(Shown::Null)?,
                Some(Ok(entry)) if entry < u32::MAX => {
                    // What is shown once without a fault may be looked at again.
                    value(&entries.values, entry as usize)?;
                    show(Shown::Entry(entry))?;
                }
                Some(_) => return Err(Fault::unsupported("a dictionary has too many entries")),
            }
        }
        self.at += rows;
        Ok(())
    }

    /// Shows the next `rows` values.
    pub fn show(
        &mut self,
        rows: usize,
        show: &mut dyn FnMut(Shown<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.check(rows)?;
        let mut left = rows;
        while left > 0 {
            let count = left.min(BLOCK);
            let found = self.rows.find(self.array.data(), self.first(), count)?;
            for row in 0..count {
                if self.rows.valid[row / 64] >> (row % 64) & 1 == 0 {
                    show(Shown::Null)?;
                    continue;
                }
                let (values, at) = match found {
                    Found::Side(values, first) => (values, first + row),
                    Found::Spots(values) => (values, self.rows.spots[row]),
                };
                if let Values::Decimal { bytes, width } = values {
                    let stored = bytes.get(at * width..(at + 1) * width);
                    let number = reversed(stored.ok_or_else(beyond)?);
                    show(Shown::Value(&number[..*width]))?;
                } else {
                    show(Shown::Value(value(values, at)?))?;
                }
            }
            self.at += count;
            left -= count;
        }
        Ok(())
    }

    /// An entry of the dictionary that was shown.
    pub fn entry(&self, entry: u32) -> &[u8] {
        let entries = entries(self.array.data());
        let found = entries.and_then(|(entries, ..)| value(&entries.values, entry as usize).ok());
        found.unwrap_or_default()
    }

    /// Skips the next rows.
    pub fn skip(&mut self, rows: usize) -> Result<(), Fault> {
        self.check(rows)?;
        self.at += rows;
        Ok(())
    }

    /// Checks that nothing is left.
    pub fn finish(&self) -> Result<(), Fault> {
        let left = self.array.rows() - self.at;
        ensure!(left == 0, "{left} values were not read");
        Ok(())
    }

    const fn first(&self) -> usize {
        self.array.first() + self.at
    }

    fn check(&self, rows: usize) -> Result<(), Fault> {
        let left = self.array.rows() - self.at;
        ensure!(
            rows <= left,
            "{rows} rows of an array of which {left} are left"
        );
        Ok(())
    }
}

/// The dictionary of an array, if its entries are byte strings themselves.
fn entries(data: &ArrayData) -> Option<(&ArrayData, &[u8], Scalar)> {
    match &data.values {
        Values::Dictionary {
            indices,
            scalar,
            entries,
        } if matches!(
            entries.values,
            Values::Bytes { .. } | Values::Views { .. } | Values::Fixed { .. } | Values::Null
        ) =>
        {
            Some((entries, indices, *scalar))
        }
        _ => None,
    }
}

const fn is_null(values: &Values) -> bool {
    matches!(values, Values::Null)
}

/// A value, where it is.
fn value(values: &Values, at: usize) -> Result<&[u8], Fault> {
    match values {
        Values::Fixed { bytes, width } => bytes.get(at * width..(at + 1) * width),
        Values::Bytes {
            offsets,
            wide,
            bytes,
        } => {
            let start = offset(offsets, *wide, at)?;
            let end = offset(offsets, *wide, at + 1)?;
            let bytes = bytes.as_deref().unwrap_or_default();
            let found = bytes.get(start..end);
            return found.ok_or_else(|| {
                Fault::corrupt(format!(
                    "a value from {start} to {end} of {} bytes",
                    bytes.len()
                ))
            });
        }
        Values::Views { views, buffers } => {
            let view = views.get(at * VIEW..(at + 1) * VIEW).ok_or_else(beyond)?;
            return seen(view, buffers);
        }
        _ => return Err(Fault::corrupt("an array without bytes has a value")),
    }
    .ok_or_else(beyond)
}

fn offset(offsets: &[u8], wide: bool, at: usize) -> Result<usize, Fault> {
    let scalar = if wide { Scalar::I64 } else { Scalar::I32 };
    let bytes = offsets.get(at * scalar.bytes()..).unwrap_or_default();
    let offset = scalar.integer(bytes).ok_or_else(beyond)?;
    usize::try_from(offset).map_err(|_| Fault::corrupt("an offset is negative"))
}

/// What a view shows: its own bytes, or some of a buffer.
fn seen<'a>(view: &'a [u8], buffers: &'a [Option<Buffer>]) -> Result<&'a [u8], Fault> {
    let number = |at: usize| {
        let number = view.get(at..).and_then(|bytes| Scalar::I32.integer(bytes));
        usize::try_from(number.unwrap_or(-1))
    };
    let wild = |_| Fault::corrupt("a view has a negative length or place");
    let length = number(0).map_err(wild)?;
    if length <= INLINE {
        return Ok(&view[4..4 + length]);
    }
    let (buffer, start) = (number(8).map_err(wild)?, number(12).map_err(wild)?);
    let bytes = buffers.get(buffer).and_then(Option::as_deref);
    let found = bytes.and_then(|bytes| bytes.get(start..start + length));
    found.ok_or_else(|| {
        Fault::corrupt(format!(
            "a view of {length} bytes from {start} on, in buffer {buffer}, where none is"
        ))
    })
}

fn beyond() -> Fault {
    Fault::corrupt("a buffer is shorter than its array")
}
