//! What a plan needs of memory and of disk, held against what is free.

use std::path::Path;

use crate::plan::Plan;
use crate::sys::available_disk;
use crate::sys::free::free_memory;

/// Bytes that are needed, and those that are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Bytes that are needed.
    pub needed: usize,
    /// Bytes that are free, where that is known.
    pub free: Option<usize>,
}

impl Need {
    /// Whether the free bytes suffice; true where they are unknown.
    pub fn is_met(self) -> bool {
        self.free.is_none_or(|free| self.needed <= free)
    }
}

impl Plan {
    /// The memory that the load takes, outputs in memory included, as far as texts are known.
    pub fn memory(&self) -> Need {
        Need {
            needed: self.budget.scratch_bytes + self.budget.owned_bytes + self.text_bytes,
            free: free_memory(),
        }
    }

    /// The disk that the outputs take in a folder.
    pub fn disk(&self, folder: &Path) -> Need {
        let free = available_disk(folder);
        Need {
            needed: self.output_bytes,
            free: free.map(|free| usize::try_from(free).unwrap_or(usize::MAX)),
        }
    }
}
