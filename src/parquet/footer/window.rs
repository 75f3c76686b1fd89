//! A footer that is walked byte by byte, a window of it in memory.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::io::Source;
use crate::parquet::thrift::Bytes;

/// Bytes that are in memory at a time.
const WINDOW: usize = 128 << 10;

/// A footer, a window of which is in memory.
#[derive(Debug)]
pub struct FooterWindow {
    /// The file.
    pub source: Arc<Source>,
    buffer: Scratch<u8>,
    /// File position after the buffer.
    next: u64,
    /// File position after the footer.
    pub end: u64,
    at: usize,
    filled: usize,
}

impl FooterWindow {
    /// The footer from file position `start` to `end`.
    pub fn new(source: &Arc<Source>, start: u64, end: u64, account: &Arc<Account>) -> Self {
        Self {
            source: Arc::clone(source),
            buffer: Scratch::new(account),
            next: start,
            end,
            at: 0,
            filled: 0,
        }
    }

    /// File position of the next byte.
    pub fn position(&self) -> u64 {
        self.next - (self.filled - self.at) as u64
    }

    #[cold]
    fn refill(&mut self) -> Result<(), Fault> {
        let left = self.end - self.next;
        ensure!(left > 0, "the footer ends too early");
        let bytes = usize::try_from(left).map_or(WINDOW, |left| left.min(WINDOW));
        let buffer = self.buffer.fit(bytes)?;
        self.source.read_at(self.next, buffer)?;
        self.next += bytes as u64;
        (self.at, self.filled) = (0, bytes);
        Ok(())
    }
}

impl Bytes for FooterWindow {
    #[inline]
    fn byte(&mut self) -> Result<u8, Fault> {
        if self.at == self.filled {
            self.refill()?;
        }
        let byte = self.buffer.all()[self.at];
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn skip(&mut self, count: u64) -> Result<(), Fault> {
        ensure!(count <= self.left(), "the footer ends too early");
        match usize::try_from(count) {
            Ok(count) if count <= self.filled - self.at => self.at += count,
            _ => {
                self.next = self.position() + count;
                (self.at, self.filled) = (0, 0);
            }
        }
        Ok(())
    }

    #[inline]
    fn left(&self) -> u64 {
        self.end - self.position()
    }
}
