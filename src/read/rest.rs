//! The plain values of a page that stay in the file, and are read as they are wanted.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Fault;
use crate::read::checksum::Checksum;
use crate::read::pages::HEADER;
use crate::read::reader::{Reader, WINDOW};
use crate::read::source::Source;

/// What of a page has not been read.
#[derive(Debug, Clone)]
pub struct Rest {
    /// File positions of the next value and of the end of the page.
    bytes: Range<u64>,
    width: usize,
    /// The sum of the bytes before a file position.
    sum: Option<(Checksum, u64)>,
}

impl Rest {
    /// Values of so many bytes each; `sum` is that of the page before them.
    pub fn new(bytes: Range<u64>, width: usize, sum: Option<Checksum>) -> Self {
        let sum = sum.map(|sum| (sum, bytes.start));
        Self { bytes, width, sum }
    }

    /// The next `values`. Behind them, so many more are wanted `later`, in this page or the next,
    /// at most to `end`.
    pub fn next<'a>(
        &mut self,
        values: usize,
        later: usize,
        (source, end): (&Arc<Source>, u64),
        reader: &'a mut Reader,
    ) -> Result<&'a [u8], Fault> {
        let length = values * self.width;
        let behind = self.bytes.start + length as u64;
        if behind > self.bytes.end {
            return Err(Fault::corrupt(
                "the values of a page end before its rows do",
            ));
        }
        let wanted = behind + (later * self.width) as u64;
        // The rows behind a page are in the next one, after a header and levels.
        let goes_on = wanted > self.bytes.end;
        let front = if goes_on { HEADER + later / 8 } else { 0 };
        let end = end.min(wanted + front as u64);
        reader.ahead.bytes(source, self.bytes.start, length, end)?;
        self.sum_up(source, reader);
        let bytes = reader.ahead.here(source, self.bytes.start, length);
        self.bytes.start = behind;
        Ok(bytes)
    }

    /// Sums what of the page is in memory, once.
    fn sum_up(&mut self, source: &Arc<Source>, reader: &Reader) {
        let Some((sum, at)) = &mut self.sum else {
            return;
        };
        let left = usize::try_from(self.bytes.end.saturating_sub(*at)).unwrap_or(usize::MAX);
        let here = reader.ahead.here(source, *at, left);
        sum.take(here);
        *at += here.len() as u64;
    }

    /// Whether more values follow than were read, where all bytes are as they were summed. Zeros
    /// may follow: some writers pad with them.
    pub fn has_more(mut self, source: &Arc<Source>, reader: &mut Reader) -> Result<bool, Fault> {
        let whole = self.bytes.end - self.bytes.start >= self.width as u64;
        let mut more = false;
        while (whole || self.sum.is_some()) && self.bytes.start < self.bytes.end {
            let left = usize::try_from(self.bytes.end - self.bytes.start).unwrap_or(usize::MAX);
            let length = left.min(WINDOW);
            let (at, end) = (self.bytes.start, self.bytes.end);
            let bytes = reader.ahead.bytes(source, at, length, end)?;
            more |= whole && bytes.iter().any(|byte| *byte != 0);
            self.sum_up(source, reader);
            self.bytes.start += length as u64;
        }
        if let Some((sum, _)) = self.sum {
            sum.check()?;
        }
        Ok(more)
    }
}
