//! The checksum of a page, over bytes that come piece by piece.

use crate::error::Fault;
use crate::kernel::bytes::crc::Crc;
use crate::parquet::page::header::PageHeader;

/// The sum of the bytes so far, and what it must come to.
#[derive(Debug, Clone)]
pub struct Checksum {
    /// Of the bytes so far.
    pub sum: Crc,
    told: u32,
}

impl Checksum {
    /// Of no bytes yet; `None` where the page has none to hold them against.
    pub fn of(header: &PageHeader) -> Option<Self> {
        let sum = Crc::new();
        header.checksum.map(|told| Self { sum, told })
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.sum.take(bytes);
    }

    /// Holds all that was taken against what the header says.
    pub fn check(self) -> Result<(), Fault> {
        if self.sum.sum() == self.told {
            return Ok(());
        }
        let what = "the checksum of a page does not match its bytes";
        Err(Fault::corrupt(what))
    }
}
