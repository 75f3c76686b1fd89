//! The pages of one column chunk, in turn.
//!
//! A page is found by its header, and then taken or passed over: between the two, the header shows
//! whether it is wanted at all.

use std::sync::Arc;

use crate::account::Scratch;
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::io::Source;
use crate::parquet::ColumnChunk;
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::page::body::{Compression, FoundPage, Page, size};
use crate::parquet::page::buffers::{ChunkBytes, HEADER, ReadBuffers, WINDOW};
use crate::parquet::page::codec::Codec;
use crate::parquet::page::header::{self, Encoding, PageHeader, PageKind};
use crate::parquet::schema::nesting::Nesting;

/// Longest page header that is read. Statistics of long strings make them long.
const MOST_HEADER: usize = 1 << 20;
/// Bytes that are read for the header of a page that is large.
const ALONE: u64 = 4 << 10;
/// Bytes from which a page is large: to copy as many takes longer than to read them once more, straight
/// to where they stay. See `benchmarks/NOTES.md`.
const LARGE: u64 = 16 << 10;

/// The pages of a chunk.
#[derive(Debug)]
pub struct Pages {
    source: Arc<Source>,
    /// Who wrote the file.
    pub writer: WrittenBy,
    /// How the column is nested, which says what levels precede the values.
    pub nesting: Nesting,
    /// File position of the next page.
    next: u64,
    /// File position after the last page.
    end: u64,
    /// File position after the chunk, as the footer says.
    stated_end: u64,
    /// How many pages precede the next one, of whatever kind.
    passed: usize,
    /// Whether the next page is expected to be large, as the last one was.
    is_large: bool,
    compression: Compression,
}

impl Pages {
    /// The pages of a chunk.
    pub fn new(column: &ColumnChunk<'_>) -> Result<Self, Fault> {
        let chunk = column.chunk;
        // A chunk without values has no page that matters, whatever it claims.
        let bytes = if chunk.values == 0 { 0 } else { chunk.bytes };
        let end = chunk.start + bytes;
        let compression = Compression {
            codec: Codec::of(chunk.codec)?,
            always: chunk.writer.always_compresses(),
        };
        Ok(Self {
            source: Arc::clone(column.source),
            writer: chunk.writer,
            nesting: column.nesting,
            next: chunk.start,
            end,
            stated_end: end,
            passed: 0,
            is_large: bytes > WINDOW as u64,
            compression,
        })
    }

    /// A fault of the page that was read last, with its number.
    pub fn about(&self, fault: Fault) -> Fault {
        fault.on_page(self.passed.saturating_sub(1))
    }

    /// Bytes of the chunk that have not been consumed.
    pub const fn left(&self) -> u64 {
        self.end - self.next
    }

    /// The bytes of the chunk.
    pub const fn bytes<'a>(&'a self, buffers: &'a mut ReadBuffers) -> ChunkBytes<'a> {
        ChunkBytes {
            source: &self.source,
            end: self.end,
            buffers,
        }
    }

    /// Finds the next page that holds values or a dictionary, which is then to be taken or passed over;
    /// `None` at the end of the chunk. Whatever its header claims has been checked as far as that can be
    /// done without its bytes.
    pub fn find(&mut self, buffers: &mut ReadBuffers) -> Result<Option<FoundPage>, Fault> {
        let found = self.search(buffers);
        found.map_err(|fault| fault.on_page(self.passed))
    }

    /// Takes the page that was found into `body` or, if it is a dictionary, into the buffers: its levels
    /// and its values, unless they are plain and the lane `streams` them from the file.
    pub fn take(
        &mut self,
        found: &FoundPage,
        streams: bool,
        buffers: &mut ReadBuffers,
        body: &mut Scratch<u8>,
    ) -> Result<Page, Fault> {
        let header = &found.header;
        let is_data = matches!(header.kind, PageKind::Data(_));
        let is_plain = found.is_bare() && is_data && header.encoding == Encoding::Plain;
        // A page without values would never be opened, and its checksum never checked.
        let stays = streams && is_plain && header.values > 0;
        let after = found.at + header.bytes;
        let mut end = found.until;
        if !found.is_bare() {
            // The header after it is read with it, where no more is wanted.
            end = end.max(self.end.min(after + HEADER as u64));
        }
        let mut from = ChunkBytes {
            source: &self.source,
            end,
            buffers,
        };
        let page = if stays {
            Compression::front(found, self.nesting, &mut from, body)
        } else {
            self.compression.whole(found, &mut from, body)
        };
        let page = page.map_err(|fault| fault.on_page(self.passed))?;
        self.leave(header);
        Ok(page)
    }

    /// Passes over the page that was found. It is not decompressed, and it is read only where it has a
    /// checksum.
    pub fn pass(&mut self, found: &FoundPage, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let summed = found.sum(self.bytes(buffers));
        summed.map_err(|fault| fault.on_page(self.passed))?;
        self.leave(&found.header);
        Ok(())
    }

    /// Goes on to the page after the one that was found.
    const fn leave(&mut self, header: &PageHeader) {
        self.next += header.bytes;
        self.passed += 1;
    }

    fn search(&mut self, buffers: &mut ReadBuffers) -> Result<Option<FoundPage>, Fault> {
        while self.left() > 0 {
            let until = self.until();
            let header = self.header(buffers, until)?;
            size(header.bytes)?;
            let is_inside = header.bytes <= self.left();
            ensure!(is_inside, "a page goes on behind the end of its chunk");
            if header.kind == PageKind::Other {
                self.leave(&header);
                continue;
            }
            let bare = self.compression.check(&header)?;
            self.is_large = header.bytes >= LARGE;
            return Ok(Some(FoundPage {
                header,
                at: self.next,
                bare,
                until,
            }));
        }
        Ok(None)
    }

    /// File position at which to stop reading ahead of a header: small pages are read together.
    fn until(&self) -> u64 {
        let alone = self.next.saturating_add(ALONE);
        if self.is_large {
            self.end.min(alone)
        } else {
            self.end
        }
    }

    /// Checks that no values follow those that were read. Other bytes after them are not judged.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        while self.next < self.stated_end {
            let Ok(header) = self.header(buffers, self.end) else {
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

    fn header(&mut self, buffers: &mut ReadBuffers, until: u64) -> Result<PageHeader, Fault> {
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let mut wanted = left.min(HEADER);
        loop {
            let bytes = buffers
                .ahead
                .bytes(&self.source, self.next, wanted, until)?;
            match header::header(bytes) {
                Ok((header, length)) => {
                    self.next += length as u64;
                    if self.writer.forgets_headers() && header.kind == PageKind::Dictionary {
                        let file_end = self.source.identity().bytes;
                        self.end = (self.end + length as u64).min(file_end);
                    }
                    return Ok(header);
                }
                // It may only be cut off: try again with more of it.
                Err(_) if wanted < left.min(MOST_HEADER) => wanted = left.min(2 * wanted),
                Err(fault) => return Err(fault),
            }
        }
    }
}
