//! The plain values of a page that stay in the file, and are read as they are wanted.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Fault;
use crate::read::checksum::Checksum;
use crate::read::dense::Body;
use crate::read::foresight::share;
use crate::read::pages::HEADER;
use crate::read::reader::{Reader, WINDOW};
use crate::read::source::Source;

/// What of a page has not been read.
#[derive(Debug, Clone)]
pub struct Rest {
    /// File positions of the next value and of the end of the page.
    bytes: Range<u64>,
    width: usize,
    /// Bytes of all values, and the rows that they are of.
    all: (u64, u64),
    /// The sum of the page so far.
    sum: Option<Checksum>,
}

impl Rest {
    /// Values of `width` bytes each, where `rows` may have one; `sum` is that of the page before
    /// them.
    pub fn new(bytes: Range<u64>, width: usize, rows: u64, sum: Option<Checksum>) -> Self {
        Self {
            all: (bytes.end - bytes.start, rows),
            bytes,
            width,
            sum,
        }
    }

    /// The next `values`, and the sum that their bytes are to be taken to. Behind them, so many more
    /// rows are wanted `later`, of this page or the next, at most to `end`.
    pub fn next<'a>(
        &'a mut self,
        values: usize,
        later: usize,
        (source, end): (&Arc<Source>, u64),
        reader: &'a mut Reader,
    ) -> Result<Body<'a>, Fault> {
        let (start, length) = (self.bytes.start, values * self.width);
        let behind = start + length as u64;
        if behind > self.bytes.end {
            return Err(Fault::corrupt(
                "the values of a page end before its rows do",
            ));
        }
        let end = end.min(self.wanted(behind, later));
        let bytes = reader.ahead.bytes(source, start, length, end)?;
        self.bytes.start = behind;
        Ok((bytes, self.sum.as_mut().map(|sum| &mut sum.sum)))
    }

    /// Where so many rows behind a position end, if as many of them have values as in all the page.
    fn wanted(&self, behind: u64, later: usize) -> u64 {
        let (bytes, rows) = self.all;
        let end = behind.saturating_add(share(bytes, later, rows));
        // The rows behind a page are in the next one, after a header and levels.
        let goes_on = end > self.bytes.end;
        let front = if goes_on { HEADER + later / 8 } else { 0 };
        end.saturating_add(front as u64)
    }

    /// Whether more values follow than were read, where all bytes are as they were summed. Zeros
    /// may follow: some writers pad with them.
    pub fn has_more(mut self, source: &Arc<Source>, reader: &mut Reader) -> Result<bool, Fault> {
        let whole = self.bytes.end - self.bytes.start >= self.width as u64;
        let mut more = false;
        while self.bytes.start < self.bytes.end && (whole && !more || self.sum.is_some()) {
            let left = usize::try_from(self.bytes.end - self.bytes.start).unwrap_or(usize::MAX);
            let length = left.min(WINDOW);
            let (at, end) = (self.bytes.start, self.bytes.end);
            let bytes = reader.ahead.bytes(source, at, length, end)?;
            more |= whole && bytes.iter().any(|byte| *byte != 0);
            if let Some(sum) = &mut self.sum {
                sum.take(bytes);
            }
            self.bytes.start += length as u64;
        }
        if let Some(sum) = self.sum {
            sum.check()?;
        }
        Ok(more)
    }
}
