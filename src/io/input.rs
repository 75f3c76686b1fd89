//! What can be read: a name, a size, bytes by position. Reading blocks, so that decoders are plain
//! code; and it fails where the bytes are no longer those of the beginning, as far as that is known.

use std::fmt;
use std::path::Path;

use crate::error::Result;
use crate::sys::Identity;

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
}
