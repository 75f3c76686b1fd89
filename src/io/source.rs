//! An opened input as all floors see it: its bytes are counted, and it may have to be the one that
//! was opened before.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Place, Result};
use crate::io::input::{Announced, Input};
use crate::sys::Identity;

/// An opened input. A call through the trait object is made for each read, not for each value.
#[derive(Debug)]
pub struct Source {
    input: Box<dyn Input>,
    bytes_read: AtomicU64,
}

impl Source {
    /// Reads from any input.
    pub fn new(input: Box<dyn Input>) -> Arc<Self> {
        Arc::new(Self {
            input,
            bytes_read: AtomicU64::new(0),
        })
    }

    /// Its path, or what errors call it.
    pub fn path(&self) -> &Path {
        self.input.name()
    }

    /// It, as the place of an error.
    pub fn place(&self) -> Place {
        if self.input.is_in_memory() {
            Place::memory(self.path())
        } else {
            Place::file(self.path())
        }
    }

    /// What it was when it was opened.
    pub fn identity(&self) -> &Identity {
        self.input.identity()
    }

    /// Bytes read since the last call, by any thread. Resets the counter.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.swap(0, Ordering::Relaxed)
    }

    /// Counts bytes that are read where they are.
    pub fn note_read(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Fills `buffer` from `position`.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()> {
        let bytes = buffer.len() as u64;
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        self.input.read_at(position, buffer)
    }

    /// Bytes that should be announced before they are needed; none where reading is no wait.
    pub fn ahead(&self) -> u64 {
        self.input.ahead()
    }

    /// Announces that ranges will be needed, in this order, until what it returns is dropped.
    pub fn announce(&self, ranges: &[Range<u64>]) -> Option<Box<dyn Announced>> {
        self.input.announce(ranges)
    }

    /// Refuses an input that is no longer what it was when it was opened.
    pub fn verify(&self) -> Result<()> {
        self.input.verify()
    }
}
