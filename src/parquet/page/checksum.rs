//! The checksum of a page, over bytes that are taken piece by piece.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::crc::Crc;
use crate::parquet::page::header::PageHeader;

/// The sum of the bytes so far, and what it must be at the end.
#[derive(Debug, Clone)]
pub struct Checksum {
    /// Of the bytes so far.
    pub sum: Crc,
    expected: u32,
}

impl Checksum {
    /// The sum of no bytes; `None` where the header has no checksum.
    pub fn of(header: &PageHeader) -> Option<Self> {
        let sum = Crc::default();
        header.checksum.map(|expected| Self { sum, expected })
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.sum.take(bytes);
    }

    /// Compares the sum of all bytes taken with what the header says.
    pub fn check(self) -> Result<(), Fault> {
        let is_same = self.sum.sum() == self.expected;
        ensure!(is_same, "the checksum of a page does not match its bytes");
        Ok(())
    }
}
