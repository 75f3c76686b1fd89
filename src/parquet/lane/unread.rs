//! The plain values of a page that stay in the file, and are read as they are wanted.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Fault;
use crate::io::Source;
use crate::parquet::lane::convert::Body;
use crate::parquet::page::buffers::{ReadBuffers, WINDOW};
use crate::parquet::page::checksum::Checksum;

/// What of a page has not been read.
#[derive(Debug, Clone)]
pub struct UnreadValues {
    /// File positions of the next value and of the end of the page.
    bytes: Range<u64>,
    width: usize,
    /// The sum of the page so far.
    sum: Option<Checksum>,
}

impl UnreadValues {
    /// Values of `width` bytes each; `sum` is that of the page before them.
    pub const fn new(bytes: Range<u64>, width: usize, sum: Option<Checksum>) -> Self {
        Self { bytes, width, sum }
    }

    /// The next `values`, and the sum that their bytes are to be taken to. What is read with them ends
    /// with the chunk, at `end`.
    pub fn next<'a>(
        &'a mut self,
        values: usize,
        (source, end): (&Arc<Source>, u64),
        reader: &'a mut ReadBuffers,
    ) -> Result<Body<'a>, Fault> {
        let (start, length) = (self.bytes.start, values * self.width);
        let behind = start + length as u64;
        if behind > self.bytes.end {
            return Err(Fault::corrupt(
                "the values of a page end before its rows do",
            ));
        }
        let bytes = reader.ahead.bytes(source, start, length, end)?;
        self.bytes.start = behind;
        Ok((bytes, self.sum.as_mut().map(|sum| &mut sum.sum)))
    }

    /// Whether more values follow than were read, where all bytes are as they were summed. Zeros
    /// may follow: some writers pad with them.
    pub fn has_more(
        mut self,
        source: &Arc<Source>,
        reader: &mut ReadBuffers,
    ) -> Result<bool, Fault> {
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
