//! What can be read: a name, a size, bytes by position. Reading blocks, so that decoders are plain
//! code; and it fails where the bytes are no longer those of the beginning, as far as that is known.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::error::Result;
use crate::sys::Identity;

/// Ranges that will be needed; when it is dropped, they are not.
pub trait Announced: fmt::Debug + Send + Sync {}

/// Something opened that has bytes.
pub trait Input: fmt::Debug + Send + Sync {
    /// What errors call it: its path, or an address.
    fn name(&self) -> &Path;

    /// What it was when it was opened; this includes its size.
    fn identity(&self) -> &Identity;

    /// Whether it is no file, but a table in memory.
    fn is_in_memory(&self) -> bool {
        false
    }

    /// Fills `buffer` from `position`.
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<()>;

    /// Refuses an input that is no longer what it was when it was opened.
    fn verify(&self) -> Result<()>;

    /// Bytes that should be announced before they are needed; none where reading is no wait.
    fn ahead(&self) -> u64 {
        0
    }

    /// Announces that ranges will be needed, in this order, until what it returns is dropped.
    fn announce(&self, _: &[Range<u64>]) -> Option<Box<dyn Announced>> {
        None
    }
}
