//! One page header, as it is written: claims that contradict each other are refused here, and those about
//! other bytes where these are read.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::thrift::{self, Fields, Slice, Wire};

/// Most values of a page that the format can count.
const MOST_VALUES: u64 = i32::MAX.unsigned_abs() as u64;
/// Said of a header that lacks what it must have.
const NOT_WHOLE: &str = "a page header is not whole";

/// The encodings that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Values side by side.
    Plain,
    /// Indices into the dictionary.
    Dictionary,
    /// Runs and packed bits.
    Rle,
    /// Packed bits, the oldest form of levels.
    BitPacked,
    /// Differences of integers.
    Delta,
    /// Lengths first, then the bytes.
    DeltaLength,
    /// Shared prefixes.
    DeltaBytes,
    /// First bytes first, then second bytes.
    Split,
}

impl Encoding {
    fn of(number: u64) -> Result<Self, Fault> {
        Ok(match number {
            0 => Self::Plain,
            2 | 8 => Self::Dictionary,
            3 => Self::Rle,
            4 => Self::BitPacked,
            5 => Self::Delta,
            6 => Self::DeltaLength,
            7 => Self::DeltaBytes,
            9 => Self::Split,
            10 => return Err(Fault::unsupported("the encoding ALP is not read here")),
            _ => return Err(Fault::corrupt(format!("unknown encoding {number}"))),
        })
    }
}

/// Where the levels of a data page are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Levels are compressed with the values, after their own length.
    One {
        /// How definition levels are written.
        levels: Encoding,
        /// How repetition levels are written.
        repetitions: Encoding,
    },
    /// Levels precede the values, never compressed.
    Two {
        /// Nulls, as the header says.
        nulls: i64,
        /// Rows, as the header says.
        rows: u64,
        /// Bytes of definition levels.
        definition_bytes: u64,
        /// Bytes of repetition levels.
        repetition_bytes: u64,
        /// Whether the values are compressed.
        compressed: bool,
    },
}

/// What kind of page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// Values.
    Data(Version),
    /// The dictionary.
    Dictionary,
    /// Any other kind, which is passed over.
    Other,
}

/// A page header.
#[derive(Debug, Clone, Copy)]
pub struct PageHeader {
    /// What kind of page it is.
    pub kind: PageKind,
    /// Values, nulls included.
    pub values: u64,
    /// How they are encoded.
    pub encoding: Encoding,
    /// Bytes in the file, after the header.
    pub bytes: u64,
    /// Bytes after decompression.
    pub plain_bytes: u64,
    /// Checksum of the bytes in the file.
    pub checksum: Option<u32>,
}

impl PageHeader {
    /// Bytes of the levels of a page of version 2, which are never compressed.
    pub const fn level_bytes(&self) -> u64 {
        let PageKind::Data(Version::Two {
            definition_bytes,
            repetition_bytes,
            ..
        }) = self.kind
        else {
            return 0;
        };
        definition_bytes.saturating_add(repetition_bytes)
    }
}

/// Reads a header, and returns how many bytes it takes.
pub fn header(bytes: &[u8]) -> Result<(PageHeader, usize), Fault> {
    let mut input = Slice::new(bytes);
    let mut page = PageHeader {
        kind: PageKind::Other,
        values: 0,
        encoding: Encoding::Plain,
        bytes: 0,
        plain_bytes: 0,
        checksum: None,
    };
    let (mut kind, mut sizes) = (None, 0);
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(&mut input)? {
        match (id, wire) {
            (1, _) => kind = Some(thrift::size_field(&mut input, wire)?),
            (2, _) => page.plain_bytes = thrift::size_field(&mut input, wire)?,
            (3, _) => page.bytes = thrift::size_field(&mut input, wire)?,
            (4, _) => page.checksum = Some(checksum(thrift::int_field(&mut input, wire)?)?),
            (5, Wire::Struct) => plain_kind(&mut input, &mut page, true)?,
            (7, Wire::Struct) => plain_kind(&mut input, &mut page, false)?,
            (8, Wire::Struct) => version_two(&mut input, &mut page)?,
            _ => thrift::skip(&mut input, wire)?,
        }
        sizes |= u8::from(id == 2) | u8::from(id == 3) << 1;
    }
    let described = match page.kind {
        PageKind::Data(Version::One { .. }) => 0,
        PageKind::Data(Version::Two { .. }) => 3,
        PageKind::Dictionary => 2,
        PageKind::Other => 1,
    };
    ensure!(kind == Some(described) && sizes == 3, "{NOT_WHOLE}");
    let values = page.values;
    ensure!(values <= MOST_VALUES, "a page claims {values} values");
    Ok((page, input.position()))
}

/// The 32 bits of a checksum, which some writers take for an unsigned number.
fn checksum(number: i64) -> Result<u32, Fault> {
    let signed = i32::try_from(number).map(i32::cast_unsigned);
    let bits = signed.or_else(|_| u32::try_from(number));
    bits.map_err(|_| Fault::corrupt("the checksum of a page has more than 32 bits"))
}

fn plain_kind(input: &mut Slice<'_>, page: &mut PageHeader, is_data: bool) -> Result<(), Fault> {
    let (mut levels, mut repetitions) = (Encoding::Rle, Encoding::Rle);
    let mut seen = 0;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(input)? {
        seen |= bit(id);
        match id {
            1 => page.values = thrift::size_field(input, wire)?,
            2 => page.encoding = Encoding::of(thrift::size_field(input, wire)?)?,
            3 if is_data => levels = Encoding::of(thrift::size_field(input, wire)?)?,
            // Where nothing repeats, writers say whatever they like.
            4 if is_data && matches!(wire, Wire::Byte | Wire::Int) => {
                let number = thrift::size_field(input, wire)?;
                repetitions = Encoding::of(number).unwrap_or(Encoding::BitPacked);
            }
            _ => thrift::skip(input, wire)?,
        }
    }
    page.kind = if is_data {
        PageKind::Data(Version::One {
            levels,
            repetitions,
        })
    } else {
        PageKind::Dictionary
    };
    whole(seen, 2)
}

fn version_two(input: &mut Slice<'_>, page: &mut PageHeader) -> Result<(), Fault> {
    let (mut nulls, mut rows, mut definition_bytes, mut repetition_bytes) = (0, 0, 0, 0);
    let mut compressed = true;
    let mut seen = 0;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(input)? {
        seen |= bit(id);
        match (id, wire) {
            (1, _) => page.values = thrift::size_field(input, wire)?,
            (2, _) => nulls = thrift::int_field(input, wire)?,
            (3, _) => rows = thrift::size_field(input, wire)?,
            (4, _) => page.encoding = Encoding::of(thrift::size_field(input, wire)?)?,
            (5, _) => definition_bytes = thrift::size_field(input, wire)?,
            (6, _) => repetition_bytes = thrift::size_field(input, wire)?,
            (7, Wire::Bool(value)) => compressed = value,
            _ => thrift::skip(input, wire)?,
        }
    }
    page.kind = PageKind::Data(Version::Two {
        nulls,
        rows,
        definition_bytes,
        repetition_bytes,
        compressed,
    });
    whole(seen, 6)
}

fn bit(id: i16) -> u32 {
    u32::try_from(id).map_or(0, |id| 1_u32.checked_shl(id).unwrap_or(0))
}

/// Checks that all fields from 1 to `last` were there.
fn whole(seen: u32, last: u32) -> Result<(), Fault> {
    let wanted = (1 << (last + 1)) - 2;
    ensure!(seen & wanted == wanted, "{NOT_WHOLE}");
    Ok(())
}
