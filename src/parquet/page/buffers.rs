//! The buffers that a thread reads with, one column after the other: decompressors, and a window of a
//! file in memory, so that no column needs a buffer of its own for bytes to be decoded.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::io::Source;
use crate::parquet::page::codec::Codecs;

/// Bytes that are read at a time, at most, where less is needed: a tile of eight-byte values, and what
/// precedes them in a page. See `benchmarks/NOTES.md`.
pub const WINDOW: usize = (128 + 4) << 10;
/// Bytes that are searched first for a page header: most are shorter.
pub const HEADER: usize = 256;

/// Decompressors and a window.
#[derive(Debug)]
pub struct ReadBuffers {
    /// The decompressors.
    pub codecs: Codecs,
    /// The window.
    pub ahead: ReadAhead,
    /// The dictionary page that is being converted.
    pub dictionary: Scratch<u8>,
}

impl ReadBuffers {
    /// Empty ones, which lease their memory from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            codecs: Codecs::default(),
            ahead: ReadAhead {
                data: Scratch::new(account),
                source: None,
                start: 0,
                filled: 0,
            },
            dictionary: Scratch::new(account),
        }
    }

    /// Frees the memory.
    pub fn release_buffers(&mut self) {
        self.dictionary.clear();
        self.ahead.data.clear();
        self.ahead.source = None;
        self.ahead.filled = 0;
    }
}

/// A window of a file in memory. Bytes that are asked for are found in it, or it is moved to them.
#[derive(Debug)]
pub struct ReadAhead {
    data: Scratch<u8>,
    source: Option<Arc<Source>>,
    start: u64,
    filled: usize,
}

impl ReadAhead {
    /// The `length` bytes from `at` on, which must exist. Reads ahead of them, at most to `end`: a
    /// whole window where little is asked for, and otherwise a header.
    pub fn bytes(
        &mut self,
        source: &Arc<Source>,
        at: u64,
        length: usize,
        end: u64,
    ) -> Result<&[u8], Fault> {
        if let Some(held) = self.held(source, at)
            && held + length <= self.filled
        {
            return Ok(&self.data.all()[held..held + length]);
        }
        let kept = self.held(source, at).map_or(0, |held| {
            self.data.all_mut().copy_within(held..self.filled, 0);
            self.filled - held
        });
        (self.start, self.filled) = (at, 0);
        self.source = Some(Arc::clone(source));
        let left = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = left.min(WINDOW.max(length + HEADER)).max(length);
        let data = self.data.extend(wanted, kept)?;
        source.read_at(at + kept as u64, &mut data[kept..])?;
        self.filled = wanted;
        Ok(&self.data.all()[..length])
    }

    /// As many of the `length` bytes from `at` on as are in the window already.
    pub fn here(&self, source: &Arc<Source>, at: u64, length: usize) -> &[u8] {
        self.held(source, at).map_or(&[], |held| {
            &self.data.all()[held..self.filled.min(held + length)]
        })
    }

    /// Where the byte at `at` is in the window, or just after it.
    fn held(&self, source: &Arc<Source>, at: u64) -> Option<usize> {
        let same = self
            .source
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, source));
        let held = usize::try_from(at.checked_sub(self.start)?).ok()?;
        (same && held <= self.filled).then_some(held)
    }
}

/// The bytes of a column chunk, read through the buffers of a thread.
#[derive(Debug)]
pub struct ChunkBytes<'a> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// File position at which reading ahead stops.
    pub end: u64,
    /// The buffers.
    pub buffers: &'a mut ReadBuffers,
}

impl<'a> ChunkBytes<'a> {
    /// The `length` bytes from file position `at` on.
    pub fn read(self, at: u64, length: usize) -> Result<&'a [u8], Fault> {
        self.buffers.ahead.bytes(self.source, at, length, self.end)
    }

    /// The first of the bytes at some file positions, at most a window; takes their positions off.
    pub fn piece(&mut self, left: &mut Range<u64>) -> Result<&[u8], Fault> {
        let at = left.start;
        let length = usize::try_from(left.end - at).map_or(WINDOW, |left| left.min(WINDOW));
        left.start += length as u64;
        self.buffers.ahead.bytes(self.source, at, length, self.end)
    }
}
