//! What a footer says about one column of one row group.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::io::Source;
use crate::parquet::footer::hints::{Bound, Hints, Location};
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::schema::nesting::Nesting;
use crate::parquet::thrift::{self, Bytes, Fields, Wire};

/// Bytes of the magic in front of the data.
pub const FRONT: u64 = 4;
/// Most values of one page: the format counts them in 31 bits.
const MOST_PAGE_VALUES: u64 = 1 << 31;
/// Fewest bytes of a page header with all that it must have.
const LEAST_HEADER: u64 = 8;

/// What a footer says about one column of one row group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chunk {
    /// First byte.
    pub start: u64,
    /// Bytes in the file.
    pub bytes: u64,
    /// Bytes after decompression, headers included.
    pub plain_bytes: u64,
    /// Values, nulls included.
    pub values: u64,
    /// The codec's number in the format.
    pub codec: u8,
    /// The physical type's number in the format.
    pub physical: u8,
    /// The encodings' numbers, as bits.
    pub encodings: u32,
    /// Nulls, where the footer knows.
    pub nulls: Option<u64>,
    /// Least and greatest value as stored, where the footer knows: at most 8 bytes each.
    pub range: Option<([u8; 8], [u8; 8])>,
    /// Whether the chunk is encrypted.
    pub encrypted: bool,
    /// Whether the chunk is in another file.
    pub elsewhere: bool,
    /// The program that it was written by.
    pub writer: WrittenBy,
}

/// A chunk, and what may save reading it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Described {
    /// The chunk.
    pub chunk: Chunk,
    /// What may save reading it.
    pub hints: Hints,
}

/// A chunk that is to be read, and the file that it is in.
#[derive(Debug, Clone, Copy)]
pub struct ColumnChunk<'a> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// The chunk.
    pub chunk: &'a Chunk,
    /// How its column is nested.
    pub nesting: Nesting,
}

impl Described {
    /// Reads the description of a chunk.
    pub fn read(bytes: &mut impl Bytes) -> Result<Self, Fault> {
        let mut described = Self::default();
        let Self { chunk, hints } = &mut described;
        let mut known = false;
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(bytes)? {
            chunk.elsewhere |= id == 1;
            chunk.encrypted |= id == 8;
            match id {
                3 if wire == Wire::Struct => {
                    known = true;
                    chunk_metadata(bytes, chunk, hints)?;
                }
                4 => Location::read(&mut hints.offset_index.start, bytes, wire)?,
                5 => Location::read(&mut hints.offset_index.length, bytes, wire)?,
                6 => Location::read(&mut hints.column_index.start, bytes, wire)?,
                7 => Location::read(&mut hints.column_index.length, bytes, wire)?,
                _ => thrift::skip(bytes, wire)?,
            }
        }
        let is_described = known || chunk.encrypted;
        ensure!(is_described, "a column chunk lacks its description");
        Ok(described)
    }
}

impl Chunk {
    /// Whether its pages may say that there are no nulls where the writer has not counted them.
    pub const fn forgets_nulls(&self) -> bool {
        self.writer.forgets_nulls() && self.nulls.is_none()
    }

    /// Values of each of `rows` rows, where the footer tells that all may have as many: without a null
    /// there are no more values than numbers.
    pub fn values_per_row(&self, rows: u64) -> Option<u64> {
        let has_all = self.nulls == Some(0) && self.writer.counts_missing_lists();
        let is_even = has_all && rows > 0 && self.values.is_multiple_of(rows);
        is_even.then(|| self.values / rows)
    }

    /// The bytes of the file that it is read from: none where it has no values.
    pub const fn range(&self) -> Range<u64> {
        let bytes = if self.values == 0 { 0 } else { self.bytes };
        self.start..self.start.saturating_add(bytes)
    }

    /// Its bytes, which must be within the data, and must be able to hold its values.
    pub fn extent(&self, data_end: u64) -> Result<Range<u64>, Fault> {
        let Self {
            start,
            bytes,
            values,
            ..
        } = *self;
        let end = start.checked_add(bytes).filter(|end| *end <= data_end);
        let is_data = end.is_some() && (start >= FRONT || values == 0);
        ensure!(
            is_data,
            "it claims {bytes} bytes from {start} on, and data ends at {data_end}"
        );
        let fits = values <= (bytes / LEAST_HEADER).saturating_mul(MOST_PAGE_VALUES);
        ensure!(fits, "it claims {values} values in {bytes} bytes");
        Ok(start..start + bytes)
    }
}

fn chunk_metadata(
    bytes: &mut impl Bytes,
    chunk: &mut Chunk,
    hints: &mut Hints,
) -> Result<(), Fault> {
    let wild = |_| Fault::corrupt("a column chunk has an unknown type or codec");
    let (mut data, mut dictionary) = (None, None);
    let mut required = 0_u16;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        if let 1 | 4..=7 | 9 = id {
            required |= 1 << id;
        }
        match id {
            1 => chunk.physical = thrift::size_field(bytes, wire)?.try_into().map_err(wild)?,
            2 if wire == Wire::List => {
                let (count, element) = thrift::list(bytes)?;
                for _ in 0..count {
                    let encoding = thrift::size_field(bytes, element)?;
                    chunk.encodings |= 1_u32 << encoding.min(31);
                }
            }
            4 => chunk.codec = thrift::size_field(bytes, wire)?.try_into().map_err(wild)?,
            5 => chunk.values = thrift::size_field(bytes, wire)?,
            6 => chunk.plain_bytes = thrift::size_field(bytes, wire)?,
            7 => chunk.bytes = thrift::size_field(bytes, wire)?,
            9 => data = Some(thrift::size_field(bytes, wire)?),
            11 => dictionary = Some(thrift::int_field(bytes, wire)?),
            12 if wire == Wire::Struct => statistics(bytes, chunk, hints)?,
            14 => Location::read(&mut hints.bloom_filter.start, bytes, wire)?,
            15 => Location::read(&mut hints.bloom_filter.length, bytes, wire)?,
            _ => thrift::skip(bytes, wire)?,
        }
    }
    let missing = || Fault::corrupt("a column chunk's description is not whole");
    let data = data.ok_or_else(missing)?;
    if required != 0b10_1111_0010 {
        return Err(missing());
    }
    // Some writers say 0 where they mean that there is no dictionary.
    chunk.start = match dictionary.and_then(|d| u64::try_from(d).ok()) {
        Some(dictionary) if dictionary > 0 => dictionary.min(data),
        _ => data,
    };
    Ok(())
}

fn statistics(bytes: &mut impl Bytes, chunk: &mut Chunk, hints: &mut Hints) -> Result<(), Fault> {
    let (mut least, mut greatest) = (None, None);
    let (mut least_exact, mut greatest_exact) = (None, None);
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        match (id, wire) {
            (3, _) => chunk.nulls = u64::try_from(thrift::int_field(bytes, wire)?).ok(),
            (5, _) => greatest = Some(Bound::read(bytes, wire)?),
            (6, _) => least = Some(Bound::read(bytes, wire)?),
            (7, Wire::Bool(exact)) => greatest_exact = Some(exact),
            (8, Wire::Bool(exact)) => least_exact = Some(exact),
            _ => thrift::skip(bytes, wire)?,
        }
    }
    let words = least.zip(greatest);
    chunk.range = words.and_then(|(least, greatest)| least.word().zip(greatest.word()));
    let with = |bound: Option<Bound>, exact| bound.map(|bound| bound.said(exact));
    hints.least = with(least, least_exact);
    hints.greatest = with(greatest, greatest_exact);
    Ok(())
}
