//! The bytes of a page, made whole in one buffer that is used again: levels as they are, values
//! decompressed. Plain values that are not compressed may stay in the file. Nothing is allocated that
//! has not been leased, and nothing that the page cannot become.

use std::ops::Range;

use crate::account::Scratch;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::checksum::Checksum;
use crate::parquet::page::codec::Codec;
use crate::parquet::page::deep::require_runs;
use crate::parquet::page::header::{Encoding, PageHeader, PageKind, Version};
use crate::parquet::schema::nesting::Nesting;

/// Said of levels that do not fit.
const TOO_LONG: &str = "the levels of a page are longer than the page";

/// A page whose header has been read and checked, and whose bytes have not been read.
#[derive(Debug, Clone, Copy)]
pub struct FoundPage {
    /// Its header.
    pub header: PageHeader,
    /// File position of its bytes.
    pub at: u64,
    /// Bytes at its front that are not compressed: its levels, or all of it.
    pub bare: usize,
    /// File position at which reading ahead stops.
    pub until: u64,
}

impl FoundPage {
    /// Whether none of it is compressed.
    pub const fn is_bare(&self) -> bool {
        self.bare as u64 == self.header.bytes
    }

    /// Holds its bytes against its checksum; reads nothing if it has none.
    pub fn sum(&self, mut from: ChunkBytes<'_>) -> Result<(), Fault> {
        let Some(mut sum) = Checksum::of(&self.header) else {
            return Ok(());
        };
        let mut left = self.at..self.at + self.header.bytes;
        while !left.is_empty() {
            sum.take(from.piece(&mut left)?);
        }
        sum.check()
    }
}

/// A page: its levels, if any, and after them its values.
#[derive(Debug)]
pub struct Page {
    /// Its header.
    pub header: PageHeader,
    /// Bytes of it that are in memory.
    length: usize,
    /// File positions of those that are not.
    pub unread: Option<Range<u64>>,
    /// The sum of the bytes in memory, where others are not and a checksum covers all.
    pub sum: Option<Checksum>,
}

impl Page {
    /// Its bytes, as far as they are in memory, in the buffer that it was taken into. They stay there
    /// until the next one is.
    pub fn body<'a>(&self, buffer: &'a Scratch<u8>) -> &'a [u8] {
        &buffer.all()[..self.length]
    }
}

/// How the pages of a chunk are compressed.
#[derive(Debug, Clone, Copy)]
pub struct Compression {
    /// The codec.
    pub codec: Codec,
    /// Whether pages are compressed that say that they are not.
    pub always: bool,
}

impl Compression {
    /// Checks the sizes that a header claims against each other and against what its codec can do.
    /// Returns how many bytes at the front of the page are not compressed.
    pub fn check(self, header: &PageHeader) -> Result<usize, Fault> {
        let stored = size(header.bytes)?;
        let bare = self.bare(header, stored)?;
        let plain = header.plain_bytes;
        let is_same = bare < stored || plain == header.bytes;
        ensure!(is_same, "a page of {stored} bytes claims {plain}");
        let length = size(plain)?;
        let is_likely = length - bare <= self.codec.most_plain(stored - bare);
        ensure!(
            is_likely,
            "a page of {stored} bytes claims {length} after decompression"
        );
        Ok(bare)
    }

    /// Bytes at the front of a page of `stored` ones that are not compressed.
    fn bare(self, header: &PageHeader, stored: usize) -> Result<usize, Fault> {
        let levels = header.level_bytes();
        let compressed = match header.kind {
            PageKind::Data(Version::Two { compressed, .. }) => compressed || self.always,
            _ => true,
        };
        ensure!(levels <= header.bytes.min(header.plain_bytes), "{TOO_LONG}");
        if self.codec == Codec::Uncompressed || !compressed {
            return Ok(stored);
        }
        size(levels)
    }

    /// Takes a page whose values are plain: its levels into memory, its values not yet.
    pub fn front(
        found: &FoundPage,
        nesting: Nesting,
        from: &mut ChunkBytes<'_>,
        buffer: &mut Scratch<u8>,
    ) -> Result<Page, Fault> {
        let header = found.header;
        let ahead = &mut from.buffers.ahead;
        let levels = match header.kind {
            PageKind::Data(version @ Version::One { levels, .. }) if nesting.has_levels() => {
                if nesting == Nesting::flat(true) && levels == Encoding::BitPacked {
                    header.values.div_ceil(8)
                } else {
                    if nesting != Nesting::flat(true) {
                        require_runs(version, nesting)?;
                    }
                    let mut counted = |at: u64| {
                        let bytes = ahead.bytes(from.source, found.at + at, 4, from.end)?;
                        let bytes = bytes.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
                        Ok::<u64, Fault>(at + 4 + u64::from(bytes))
                    };
                    let repetitions = if nesting.is_vector() { counted(0)? } else { 0 };
                    let has_room = repetitions + 4 <= header.bytes;
                    ensure!(has_room, "the levels of a page end too early");
                    counted(repetitions)?
                }
            }
            _ => header.level_bytes(),
        };
        ensure!(levels <= header.bytes, "the levels of a page end too early");
        let length = size(levels)?;
        let buffer = buffer.fit(length)?;
        let bytes = ahead.bytes(from.source, found.at, length, from.end)?;
        buffer.copy_from_slice(bytes);
        let mut sum = Checksum::of(&header);
        if let Some(sum) = &mut sum {
            sum.take(bytes);
        }
        Ok(Page {
            sum,
            header,
            length,
            unread: Some(found.at + levels..found.at + header.bytes),
        })
    }

    /// Takes a whole page into memory, its bare bytes as they are and the others decompressed.
    pub fn whole(
        self,
        found: &FoundPage,
        from: &mut ChunkBytes<'_>,
        buffer: &mut Scratch<u8>,
    ) -> Result<Page, Fault> {
        let header = found.header;
        let stored = size(header.bytes)?;
        let length = size(header.plain_bytes)?;
        let ReadBuffers {
            codecs,
            ahead,
            dictionary,
        } = &mut *from.buffers;
        let buffer = match header.kind {
            PageKind::Dictionary => dictionary,
            _ => buffer,
        };
        let buffer = buffer.fit(length)?;
        if found.is_bare() {
            let here = ahead.here(from.source, found.at, length);
            let (front, rest) = buffer.split_at_mut(here.len());
            front.copy_from_slice(here);
            if !rest.is_empty() {
                from.source.read_at(found.at + front.len() as u64, rest)?;
            }
            check_sum(&header, buffer)?;
        } else {
            let bytes = ahead.bytes(from.source, found.at, stored, from.end)?;
            check_sum(&header, bytes)?;
            let (levels, values) = bytes.split_at(found.bare);
            let parts = buffer.split_at_mut_checked(found.bare);
            let (front, rest) = parts.ok_or_else(|| Fault::corrupt(TOO_LONG))?;
            front.copy_from_slice(levels);
            if !values.is_empty() || !rest.is_empty() {
                codecs.decompress(self.codec, values, rest)?;
            }
        }
        Ok(Page {
            header,
            length,
            unread: None,
            sum: None,
        })
    }
}

/// Holds the bytes of a page against its checksum, if it has one.
fn check_sum(header: &PageHeader, bytes: &[u8]) -> Result<(), Fault> {
    if let Some(mut sum) = Checksum::of(header) {
        sum.take(bytes);
        sum.check()?;
    }
    Ok(())
}

/// Bytes that a page claims, as the format can count them.
pub fn size(bytes: u64) -> Result<usize, Fault> {
    usize::try_from(bytes)
        .ok()
        .filter(|bytes| i32::try_from(*bytes).is_ok())
        .ok_or_else(|| Fault::corrupt(format!("a page claims {bytes} bytes")))
}
