//! The checksum of a page, over bytes that come piece by piece.

use crc32fast::Hasher;

use crate::error::Fault;
use crate::read::page::PageHeader;

/// The sum of the bytes so far, and what it must come to.
#[derive(Debug, Clone)]
pub struct Checksum {
    hasher: Hasher,
    told: u32,
}

impl Checksum {
    /// Of no bytes yet; `None` where the page has none to hold them against.
    pub fn of(header: &PageHeader) -> Option<Self> {
        let hasher = Hasher::new();
        header.checksum.map(|told| Self { hasher, told })
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// Holds all that was taken against what the header says.
    pub fn check(self) -> Result<(), Fault> {
        if self.hasher.finalize() == self.told {
            return Ok(());
        }
        let what = "the checksum of a page does not match its bytes";
        Err(Fault::corrupt(what))
    }
}
