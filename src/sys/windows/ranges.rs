//! Ranges of a file behind one another: refused. Windows maps a file from multiples of 64 KB on, and to
//! such addresses.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

/// Ranges of a file behind one another, of which there are none here.
#[derive(Debug)]
pub struct FileRanges(std::convert::Infallible);

impl FileRanges {
    /// Refuses to map ranges of bytes of a file.
    pub fn map(_file: &File, _ranges: &[Range<u64>]) -> Result<Self> {
        let what = "Windows cannot map ranges of a file behind one another; take them one by one";
        Err(Error::new(ErrorKind::Unsupported, what))
    }

    /// Address of the first byte.
    pub const fn address(&self) -> usize {
        match self.0 {}
    }

    /// Bytes of all ranges.
    pub const fn bytes(&self) -> usize {
        match self.0 {}
    }
}
