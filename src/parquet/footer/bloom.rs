//! The Bloom filter of a chunk: which values it surely does not have. Of a filter only the blocks that
//! are asked for are read, 32 bytes for each value.
//!
//! It only ever saves work, so one that is not as the format says is not used; nor is one that has not
//! as many bytes as the footer says.

use std::sync::Arc;

use twox_hash::XxHash64;

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::io::Source;
use crate::parquet::footer::hints::Location;
use crate::parquet::thrift::{self, Bytes, Fields, Slice, Wire};

/// Bytes in which a header is looked for; it has about 16.
const HEADER: usize = 64;
/// Bytes of a block: eight words of 32 bits, in each of which a value has one bit.
const BLOCK: usize = 32;
/// Where in a word a value has its bit, as the format says.
const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// A Bloom filter in a file.
#[derive(Debug)]
pub struct BloomFilter {
    source: Arc<Source>,
    /// File position of the first block.
    start: u64,
    blocks: u64,
}

impl BloomFilter {
    /// The filter at a place of a file; `None` where there is none that can be used.
    pub fn new(source: &Arc<Source>, at: Location) -> Result<Option<Self>, Fault> {
        let Some(start) = at.start else {
            return Ok(None);
        };
        let file = source.identity().bytes;
        let most = at.length.unwrap_or(u64::MAX);
        let left = file.saturating_sub(start).min(most);
        let mut header = [0; HEADER];
        let kept = usize::try_from(left).map_or(HEADER, |left| left.min(HEADER));
        source.read_at(start, &mut header[..kept])?;
        let mut bytes = Slice::new(&header[..kept]);
        let Ok(length) = blocks(&mut bytes) else {
            return Ok(None);
        };
        let position = bytes.position() as u64;
        let is_there = length <= left - position;
        let is_said = at.length.is_none_or(|said| said == position + length);
        let is_there = is_there && is_said;
        Ok(is_there.then(|| Self {
            source: Arc::clone(source),
            start: start + position,
            blocks: length / BLOCK as u64,
        }))
    }

    /// Whether a value may be in the chunk; `value` is as it is stored.
    pub fn may_have(&self, value: &[u8]) -> Result<bool, Fault> {
        let hash = XxHash64::oneshot(0, value);
        let block = ((hash >> 32) * self.blocks) >> 32;
        let mut words = [0; BLOCK];
        self.source
            .read_at(self.start + block * BLOCK as u64, &mut words)?;
        let (words, _) = words.as_chunks::<4>();
        let low = u32::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
        let mut bits = words.iter().zip(SALT);
        Ok(bits.all(|(word, salt)| {
            let bit = low.wrapping_mul(salt) >> 27;
            u32::from_le_bytes(*word) >> bit & 1 == 1
        }))
    }
}

/// Reads a header, and returns the bytes of all blocks.
fn blocks(bytes: &mut impl Bytes) -> Result<u64, Fault> {
    let mut length = 0;
    let mut usual = 0;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        match id {
            1 => length = thrift::size_field(bytes, wire)?,
            // How it is made, hashed and compressed: the first way of each is the only one yet.
            2..=4 if wire == Wire::Struct => {
                let mut way = Fields::default();
                while let Some((number, wire)) = way.next(bytes)? {
                    thrift::skip(bytes, wire)?;
                    usual |= if number == 1 { 1 << id } else { 1 << 15 };
                }
            }
            _ => thrift::skip(bytes, wire)?,
        }
    }
    ensure!(usual == 0b1_1100, "a Bloom filter of another kind");
    let fits = length > 0 && length.is_multiple_of(BLOCK as u64) && length >> 31 == 0;
    ensure!(fits, "a Bloom filter of {length} bytes");
    Ok(length)
}
