//! The pages of one column chunk, in turn.
//!
//! A page is made whole in one buffer that is used again. Only plain values that nobody compressed
//! are left in the file, to be read as they are wanted. Nothing is allocated that has not been
//! leased.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::io::Source;
use crate::parquet::Chunk;
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::page::buffers::{HEADER, ReadBuffers, WINDOW};
use crate::parquet::page::checksum::Checksum;
use crate::parquet::page::codec::Codec;
use crate::parquet::page::header;
use crate::parquet::page::header::{Encoding, PageHeader, PageKind, Version};

/// Longest page header that is believed. Statistics of long strings make them long.
const MOST_HEADER: usize = 1 << 20;
/// Bytes that are read for the header of a page that is large.
const ALONE: u64 = 4 << 10;
/// Bytes from which a page is: to copy as many takes longer than to read once more, straight to where
/// they stay. See `benchmarks/NOTES.md`.
const LARGE: u64 = 16 << 10;

/// What is asked of the next page.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// Whether plain values may stay in the file.
    pub streams: bool,
    /// Whether levels precede the values.
    pub nullable: bool,
}

/// A page: its levels, if any, and behind them its values.
#[derive(Debug)]
pub struct Page {
    /// Its header.
    pub header: PageHeader,
    /// Bytes of it that are in memory.
    length: usize,
    /// Where the others are in the file.
    pub rest: Option<Range<u64>>,
    /// The sum of the bytes in memory, where there are others and a checksum over all.
    pub sum: Option<Checksum>,
}

/// The pages of a chunk.
#[derive(Debug)]
pub struct Pages {
    source: Arc<Source>,
    codec: Codec,
    writer: WrittenBy,
    /// File positions of the next page and behind the last one.
    next: u64,
    end: u64,
    /// File position behind the chunk, as the footer says.
    told_end: u64,
    /// Pages that lie behind, of whatever kind.
    passed: usize,
    /// Whether the next page is thought to be large, as the last one was.
    is_large: bool,
    buffer: Scratch<u8>,
}

impl Pages {
    /// The pages of `chunk`.
    pub fn new(source: &Arc<Source>, chunk: &Chunk, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut pages = Self {
            source: Arc::clone(source),
            codec: Codec::Uncompressed,
            writer: chunk.writer,
            next: 0,
            end: 0,
            told_end: 0,
            passed: 0,
            is_large: false,
            buffer: Scratch::new(account),
        };
        pages.open(source, chunk)?;
        Ok(pages)
    }

    /// Turns to another chunk, with the same buffer.
    pub fn open(&mut self, source: &Arc<Source>, chunk: &Chunk) -> Result<(), Fault> {
        self.source = Arc::clone(source);
        self.codec = Codec::of(chunk.codec)?;
        self.writer = chunk.writer;
        // A chunk without values has no page that matters, whatever it claims.
        let bytes = if chunk.values == 0 { 0 } else { chunk.bytes };
        (self.next, self.end) = (chunk.start, chunk.start + bytes);
        self.told_end = self.end;
        self.passed = 0;
        self.is_large = bytes > WINDOW as u64;
        Ok(())
    }

    /// The file.
    pub const fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Who wrote the file.
    pub const fn writer(&self) -> WrittenBy {
        self.writer
    }

    /// The bytes of the page that was read last, as far as they are in memory.
    pub fn body(&self, page: &Page) -> &[u8] {
        &self.buffer.all()[..page.length]
    }

    /// The bytes of a dictionary page, which stand in the reader until the next one.
    pub fn dictionary<'a>(page: &Page, reader: &'a ReadBuffers) -> &'a [u8] {
        &reader.dictionary.all()[..page.length]
    }

    /// A fault of the page that was read last, with its number.
    pub fn about(&self, fault: Fault) -> Fault {
        fault.on_page(self.passed.saturating_sub(1))
    }

    /// Bytes of the chunk that have not been consumed.
    pub const fn left(&self) -> u64 {
        self.end - self.next
    }

    /// File position behind the chunk.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The next page that holds values or a dictionary; `None` at the end of the chunk.
    pub fn next(
        &mut self,
        reader: &mut ReadBuffers,
        asked: PageRequest,
    ) -> Result<Option<Page>, Fault> {
        let page = self.find(reader, asked);
        let page = page.map_err(|fault| fault.on_page(self.passed))?;
        self.passed += usize::from(page.is_some());
        Ok(page)
    }

    fn find(
        &mut self,
        reader: &mut ReadBuffers,
        asked: PageRequest,
    ) -> Result<Option<Page>, Fault> {
        loop {
            if self.left() == 0 {
                return Ok(None);
            }
            let until = self.until();
            let header = self.header(reader, until)?;
            let length = size(header.bytes)?;
            if header.bytes > self.left() {
                return Err(Fault::corrupt("a page goes on behind the end of its chunk"));
            }
            if header.kind == PageKind::Other {
                self.next += header.bytes;
                self.passed += 1;
                continue;
            }
            let bare = self.bare(&header, length)?;
            if bare == length && header.plain_bytes != header.bytes {
                let (stored, plain) = (header.bytes, header.plain_bytes);
                let what = format!("a page of {stored} bytes claims {plain}");
                return Err(Fault::corrupt(what));
            }
            let values = matches!(header.kind, PageKind::Data(_));
            let plain = bare == length && values && header.encoding == Encoding::Plain;
            // One without values would never be opened, and its checksum never looked at.
            let stays = asked.streams && plain && header.values > 0;
            self.is_large = header.bytes >= LARGE;
            let page = if stays {
                self.front(header, asked.nullable, (reader, until))?
            } else {
                self.whole(header, bare, (reader, until))?
            };
            self.next += header.bytes;
            return Ok(Some(page));
        }
    }

    /// Where to stop reading when a header is looked for: small pages are read together.
    fn until(&self) -> u64 {
        let alone = self.next.saturating_add(ALONE);
        if self.is_large {
            self.end.min(alone)
        } else {
            self.end
        }
    }

    /// Checks that no values follow those that were read. Other bytes behind them are not ours to
    /// judge.
    pub fn finish(&mut self, reader: &mut ReadBuffers) -> Result<(), Fault> {
        while self.next < self.told_end {
            let Ok(header) = self.header(reader, self.end) else {
                break;
            };
            if header.values > 0 && matches!(header.kind, PageKind::Data(_)) {
                let what = "a chunk has more pages than its values need";
                return Err(Fault::corrupt(what).on_page(self.passed));
            }
            self.passed += 1;
            self.next = self.next.saturating_add(header.bytes).min(self.end);
        }
        Ok(())
    }

    /// Takes a page whose values are plain: its levels into memory, its values not yet.
    fn front(
        &mut self,
        header: PageHeader,
        nullable: bool,
        (reader, until): (&mut ReadBuffers, u64),
    ) -> Result<Page, Fault> {
        let levels = match header.kind {
            PageKind::Data(Version::Two {
                definition_bytes,
                repetition_bytes,
                ..
            }) => definition_bytes.saturating_add(repetition_bytes),
            PageKind::Data(Version::One { levels }) if nullable => {
                if levels == Encoding::BitPacked {
                    header.values.div_ceil(8)
                } else {
                    let bytes = reader.ahead.bytes(&self.source, self.next, 4, until)?;
                    4 + u64::from(bytes.first_chunk().map_or(0, |b| u32::from_le_bytes(*b)))
                }
            }
            _ => 0,
        };
        if levels > header.bytes {
            return Err(Fault::corrupt("the levels of a page end too early"));
        }
        let length = size(levels)?;
        let buffer = self.buffer.fit(length)?;
        let bytes = reader.ahead.bytes(&self.source, self.next, length, until)?;
        buffer.copy_from_slice(bytes);
        let mut sum = Checksum::of(&header);
        if let Some(sum) = &mut sum {
            sum.take(bytes);
        }
        Ok(Page {
            sum,
            header,
            length,
            rest: Some(self.next + levels..self.next + header.bytes),
        })
    }

    /// Takes a whole page into memory, `bare` bytes of it as they are and the others decompressed.
    fn whole(
        &mut self,
        header: PageHeader,
        bare: usize,
        (reader, until): (&mut ReadBuffers, u64),
    ) -> Result<Page, Fault> {
        let (stored, length) = (size(header.bytes)?, size(header.plain_bytes)?);
        if length - bare > self.codec.most_plain(stored - bare) {
            let what = format!("a page of {stored} bytes claims {length} after decompression");
            return Err(Fault::corrupt(what));
        }
        let buffer = match header.kind {
            PageKind::Dictionary => &mut reader.dictionary,
            _ => &mut self.buffer,
        };
        let buffer = buffer.fit(length)?;
        if bare == stored {
            let here = reader.ahead.here(&self.source, self.next, length);
            let (front, rest) = buffer.split_at_mut(here.len());
            front.copy_from_slice(here);
            if !rest.is_empty() {
                self.source.read_at(self.next + front.len() as u64, rest)?;
            }
            check(&header, buffer)?;
        } else {
            // With it the header behind it, where nothing more is wanted.
            let until = until.max(self.end.min(self.next + header.bytes + HEADER as u64));
            let bytes = reader.ahead.bytes(&self.source, self.next, stored, until)?;
            check(&header, bytes)?;
            let (levels, values) = bytes.split_at(bare);
            let (front, rest) = buffer.split_at_mut_checked(bare).ok_or_else(too_long)?;
            front.copy_from_slice(levels);
            if !values.is_empty() || !rest.is_empty() {
                reader.codecs.decompress(self.codec, values, rest)?;
            }
        }
        Ok(Page {
            header,
            length,
            rest: None,
            sum: None,
        })
    }

    /// Bytes at the front of a page that are not compressed: its levels, or all of it.
    fn bare(&self, header: &PageHeader, length: usize) -> Result<usize, Fault> {
        let (levels, compressed) = match header.kind {
            PageKind::Data(Version::Two {
                definition_bytes,
                repetition_bytes,
                compressed,
                ..
            }) => (
                definition_bytes.saturating_add(repetition_bytes),
                compressed || self.writer.always_compresses(),
            ),
            _ => (0, true),
        };
        if levels > header.bytes.min(header.plain_bytes) {
            return Err(too_long());
        }
        if self.codec == Codec::Uncompressed || !compressed {
            return Ok(length);
        }
        size(levels)
    }

    fn header(&mut self, reader: &mut ReadBuffers, until: u64) -> Result<PageHeader, Fault> {
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let mut wanted = left.min(HEADER);
        loop {
            let bytes = reader.ahead.bytes(&self.source, self.next, wanted, until)?;
            match header::header(bytes) {
                Ok((header, length)) => {
                    self.next += length as u64;
                    if self.writer.forgets_headers() && header.kind == PageKind::Dictionary {
                        let file_end = self.source.identity().bytes();
                        self.end = (self.end + length as u64).min(file_end);
                    }
                    return Ok(header);
                }
                // It may only be cut: look again with more of it.
                Err(_) if wanted < left.min(MOST_HEADER) => wanted = left.min(2 * wanted),
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// Holds the bytes of a page against its checksum, if it has one.
fn check(header: &PageHeader, bytes: &[u8]) -> Result<(), Fault> {
    let Some(mut sum) = Checksum::of(header) else {
        return Ok(());
    };
    sum.take(bytes);
    sum.check()
}

fn too_long() -> Fault {
    Fault::corrupt("the levels of a page are longer than the page")
}

fn size(bytes: u64) -> Result<usize, Fault> {
    usize::try_from(bytes)
        .ok()
        .filter(|bytes| i32::try_from(*bytes).is_ok())
        .ok_or_else(|| Fault::corrupt(format!("a page claims {bytes} bytes")))
}
