//! The header of a page with the checksum of the body, which the encoder leaves out of it.
//!
//! ```text
//! as it comes   type, size, size,            what is said of its kind
//! as it goes    type, size, size, checksum,  what is said of its kind
//! ```
//!
//! Fields are numbered by their distance from the one before, so that of the field behind the checksum is
//! one less. A header that is anything else is refused.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::crc::Crc;
use crate::parquet::page::header::{PageKind, header as page_header};
use crate::parquet::thrift::{self, Fields, Slice, Wire};

/// The last field before the checksum.
const LAST_BEFORE: i16 = 3;
/// The head of the checksum behind it: one field further, 32 bits.
const CHECKSUM: u8 = 0x15;
/// The distance of one field, in the head of a field.
const ONE: u8 = 0x10;
/// Most bytes that the checksum takes.
const MOST_BYTES: usize = 6;

/// A header with a checksum.
#[derive(Debug)]
pub(in crate::table) struct SummedHeader {
    /// As it is written.
    pub(in crate::table) bytes: Vec<u8>,
    /// Whether it is that of a dictionary.
    pub(in crate::table) is_dictionary: bool,
}

/// The header of a page with the checksum of all bytes that follow it, up to the next header.
pub(in crate::table) fn summed(header: &[u8], body: &[u8]) -> Result<SummedHeader, Fault> {
    let (said, length) = page_header(header)?;
    let (found, follow) = (header.len(), body.len());
    ensure!(
        length == found,
        "a page header has {length} bytes of {found}"
    );
    ensure!(
        said.bytes == follow as u64,
        "a page header says {} bytes, and {follow} follow",
        said.bytes
    );
    let has_none = said.checksum.is_none();
    ensure!(has_none, "a page header has a checksum before it is summed");
    let is_dictionary = match said.kind {
        PageKind::Data(_) => false,
        PageKind::Dictionary => true,
        PageKind::Other => return Err(Fault::unsupported("a page of another kind")),
    };

    let unlike = || Fault::corrupt("a page header does not begin with its type and sizes");
    let mut input = Slice::new(header);
    let mut fields = Fields::default();
    for id in 1..=LAST_BEFORE {
        let is_next = fields.next(&mut input)? == Some((id, Wire::Int));
        is_next.then_some(()).ok_or_else(unlike)?;
        thrift::int(&mut input)?;
    }
    let (front, behind) = header
        .split_at_checked(input.position())
        .ok_or_else(unlike)?;
    let (head, rest) = behind.split_first().ok_or_else(unlike)?;
    // The field behind is another one than the checksum, and is numbered by its distance.
    let nearer = head.checked_sub(ONE).filter(|nearer| *nearer >= ONE);
    let nearer = nearer.ok_or_else(unlike)?;

    let mut sum = Crc::default();
    sum.take(body);
    let mut bytes = Vec::with_capacity(found + MOST_BYTES);
    bytes.extend_from_slice(front);
    bytes.push(CHECKSUM);
    extend_by_int(&mut bytes, sum.sum().cast_signed());
    bytes.push(nearer);
    bytes.extend_from_slice(rest);
    Ok(SummedHeader {
        bytes,
        is_dictionary,
    })
}

/// Adds a number as a zigzag varint.
fn extend_by_int(bytes: &mut Vec<u8>, number: i32) {
    let mut left = ((number << 1) ^ (number >> 31)).cast_unsigned();
    loop {
        let [low, ..] = left.to_le_bytes();
        left >>= 7;
        if left == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}
