//! The pages of one column chunk, in turn, each made whole in memory.
//!
//! An uncompressed page stays where it was read; a compressed one is decompressed into one buffer
//! that is used again. Nothing is allocated that has not been leased.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::read::codec::{Codec, Codecs};
use crate::read::footer::Chunk;
use crate::read::page::{self, PageHeader, PageKind, Version};
use crate::read::source::Source;

/// Bytes that are read at a time where pages are smaller. See `benchmarks/NOTES.md`.
pub const WINDOW: usize = 128 << 10;
/// Longest page header that is believed. Statistics of long strings make them long.
const MOST_HEADER: usize = 1 << 20;

/// Where the bytes of a page are.
#[derive(Debug, Clone)]
enum Body {
    Window(Range<usize>),
    Buffer(usize),
}

/// A page in memory: levels, if any, and behind them the values.
#[derive(Debug)]
pub struct Page {
    /// Its header.
    pub header: PageHeader,
    body: Body,
}

/// The pages of a chunk.
#[derive(Debug)]
pub struct Pages {
    source: Arc<Source>,
    codec: Codec,
    /// File positions behind the window and behind the chunk.
    next: u64,
    end: u64,
    window: Scratch<u8>,
    at: usize,
    filled: usize,
    buffer: Scratch<u8>,
}

impl Pages {
    /// The pages of `chunk`.
    pub fn new(source: &Arc<Source>, chunk: &Chunk, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut pages = Self {
            source: Arc::clone(source),
            codec: Codec::Uncompressed,
            next: 0,
            end: 0,
            window: Scratch::new(account),
            at: 0,
            filled: 0,
            buffer: Scratch::new(account),
        };
        pages.open(source, chunk)?;
        Ok(pages)
    }

    /// Turns to another chunk, with the same buffers.
    pub fn open(&mut self, source: &Arc<Source>, chunk: &Chunk) -> Result<(), Fault> {
        self.source = Arc::clone(source);
        self.codec = Codec::of(chunk.codec)?;
        (self.next, self.end) = (chunk.start, chunk.start + chunk.bytes);
        (self.at, self.filled) = (0, 0);
        Ok(())
    }

    /// The bytes of the page that was read last.
    pub fn body(&self, page: &Page) -> &[u8] {
        match &page.body {
            Body::Window(range) => &self.window.all()[range.clone()],
            Body::Buffer(length) => &self.buffer.all()[..*length],
        }
    }

    /// The next page that holds values or a dictionary; `None` at the end of the chunk.
    pub fn next(&mut self, codecs: &mut Codecs) -> Result<Option<Page>, Fault> {
        loop {
            if self.left() == 0 {
                return Ok(None);
            }
            let header = self.header()?;
            let length = size(header.bytes)?;
            if header.bytes > self.left() {
                return Err(Fault::corrupt("a page goes on behind the end of its chunk"));
            }
            if header.kind == PageKind::Other {
                self.skip(header.bytes);
                continue;
            }
            self.ensure(length)?;
            let range = self.at..self.at + length;
            self.at = range.end;
            let stored = &self.window.all()[range.clone()];
            if header
                .checksum
                .is_some_and(|sum| sum != crc32fast::hash(stored))
            {
                return Err(Fault::corrupt(
                    "the checksum of a page does not match its bytes",
                ));
            }
            let body = self.unpack(&header, range, codecs)?;
            return Ok(Some(Page { header, body }));
        }
    }

    fn unpack(
        &mut self,
        header: &PageHeader,
        range: Range<usize>,
        codecs: &mut Codecs,
    ) -> Result<Body, Fault> {
        let plain = size(header.plain_bytes)?;
        let (bare, packed) = match header.kind {
            PageKind::Data(Version::Two {
                definition_bytes,
                repetition_bytes,
                compressed,
                ..
            }) => {
                let levels = definition_bytes.checked_add(repetition_bytes);
                let levels = size(levels.unwrap_or(u64::MAX))?;
                if levels > range.len().min(plain) {
                    return Err(Fault::corrupt(
                        "the levels of a page are longer than the page",
                    ));
                }
                (levels, compressed)
            }
            _ => (0, true),
        };
        if self.codec == Codec::Uncompressed || !packed {
            if plain != range.len() {
                let what = format!("a page of {} bytes claims {plain}", range.len());
                return Err(Fault::corrupt(what));
            }
            return Ok(Body::Window(range));
        }
        let buffer = self.buffer.fit(plain)?;
        let (levels, values) = self.window.all()[range].split_at(bare);
        buffer[..bare].copy_from_slice(levels);
        codecs.decompress(self.codec, values, &mut buffer[bare..])?;
        Ok(Body::Buffer(plain))
    }

    fn header(&mut self) -> Result<PageHeader, Fault> {
        let mut wanted = 64;
        loop {
            let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
            self.ensure(wanted.min(left))?;
            let window = &self.window.all()[self.at..self.filled];
            let whole = window.len() as u64 == self.left();
            match page::header(window) {
                Ok((header, length)) => {
                    self.at += length;
                    return Ok(header);
                }
                // It may only be cut: look again with more of it.
                Err(_) if !whole && window.len() < MOST_HEADER => wanted = window.len() * 2,
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Bytes of the chunk that have not been consumed.
    pub fn left(&self) -> u64 {
        self.end - self.next + (self.filled - self.at) as u64
    }

    fn skip(&mut self, bytes: u64) {
        match usize::try_from(bytes) {
            Ok(bytes) if bytes <= self.filled - self.at => self.at += bytes,
            _ => {
                self.next += bytes - (self.filled - self.at) as u64;
                (self.at, self.filled) = (0, 0);
            }
        }
    }

    /// Makes the next `bytes` bytes stand in the window; there must be as many.
    fn ensure(&mut self, bytes: usize) -> Result<(), Fault> {
        let held = self.filled - self.at;
        if held >= bytes {
            return Ok(());
        }
        self.window.all_mut().copy_within(self.at..self.filled, 0);
        (self.at, self.filled) = (0, held);
        let more = bytes.max(WINDOW) - held;
        let more = usize::try_from(self.end - self.next).map_or(more, |left| left.min(more));
        let window = self.window.extend(held + more, held)?;
        self.source.read_at(self.next, &mut window[held..])?;
        self.next += more as u64;
        self.filled += more;
        Ok(())
    }
}

fn size(bytes: u64) -> Result<usize, Fault> {
    usize::try_from(bytes)
        .ok()
        .filter(|bytes| i32::try_from(*bytes).is_ok())
        .ok_or_else(|| Fault::corrupt(format!("a page claims {bytes} bytes")))
}
