//! The plain values of a page that stay in the file, and are read as they are wanted.

use std::ops::Range;

use crate::error::Fault;
use crate::kernel::bytes::crc::Crc;
use crate::parquet::page::buffers::ChunkBytes;
use crate::parquet::page::checksum::Checksum;

/// Bytes of values, and a sum that they are to be taken to as they are converted. Only plain values
/// that were left in the file have one.
#[derive(Debug)]
pub struct PlainBytes<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// The sum of the page so far.
    pub sum: Option<&'a mut Crc>,
}

impl<'a> PlainBytes<'a> {
    /// Bytes that need no sum.
    pub const fn unsummed(bytes: &'a [u8]) -> Self {
        Self { bytes, sum: None }
    }
}

/// The values of a page that have not been read.
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

    /// The next `values`, and the sum that their bytes are to be taken to.
    pub fn next<'a>(
        &'a mut self,
        values: usize,
        from: ChunkBytes<'a>,
    ) -> Result<PlainBytes<'a>, Fault> {
        let start = self.bytes.start;
        let end = self.end_of(values)?;
        let bytes = from.read(start, values * self.width)?;
        self.bytes.start = end;
        let sum = self.sum.as_mut().map(|sum| &mut sum.sum);
        Ok(PlainBytes { bytes, sum })
    }

    /// Passes over the next `values`. They are read only where a checksum covers them.
    pub fn skip(&mut self, values: usize, mut from: ChunkBytes<'_>) -> Result<(), Fault> {
        let end = self.end_of(values)?;
        if let Some(sum) = &mut self.sum {
            let mut skipped = self.bytes.start..end;
            while !skipped.is_empty() {
                sum.take(from.piece(&mut skipped)?);
            }
        }
        self.bytes.start = end;
        Ok(())
    }

    /// File position after the next `values`, which must be in the page.
    fn end_of(&self, values: usize) -> Result<u64, Fault> {
        let bytes = (values as u64).checked_mul(self.width as u64);
        let end = bytes.and_then(|bytes| self.bytes.start.checked_add(bytes));
        end.filter(|end| *end <= self.bytes.end)
            .ok_or_else(|| Fault::corrupt("the values of a page end before its rows do"))
    }

    /// Whether more values follow than were read, provided that all bytes match their checksum. Zeros
    /// may follow: some writers pad with them.
    pub fn has_more(mut self, from: ChunkBytes<'_>) -> Result<bool, Fault> {
        let mut from = ChunkBytes {
            end: self.bytes.end,
            ..from
        };
        let whole = self.bytes.end - self.bytes.start >= self.width as u64;
        let mut more = false;
        while !self.bytes.is_empty() && (whole && !more || self.sum.is_some()) {
            let bytes = from.piece(&mut self.bytes)?;
            more |= whole && bytes.iter().any(|byte| *byte != 0);
            if let Some(sum) = &mut self.sum {
                sum.take(bytes);
            }
        }
        if let Some(sum) = self.sum {
            sum.check()?;
        }
        Ok(more)
    }
}
