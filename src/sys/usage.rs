//! How much memory this process holds. What it maps from files is kept apart: the system takes that back
//! at will, so it is no need.

use crate::sys::system::usage_now;

/// Memory of this process at one moment, or at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that only this process holds, in memory or swapped out.
    pub anonymous: u64,
    /// Bytes of mapped files that are in memory.
    pub file: u64,
}

impl Usage {
    /// That of now; `None` where it is unknown.
    pub fn now() -> Option<Self> {
        usage_now()
    }

    /// The larger of both, by each kind of memory.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            anonymous: self.anonymous.max(other.anonymous),
            file: self.file.max(other.file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_taken_by_kind() {
        let usage = |anonymous, file| Usage { anonymous, file };
        assert_eq!(usage(5, 1).most(usage(2, 3)), usage(5, 3));
    }

    #[test]
    fn this_process_holds_some() {
        assert!(Usage::now().is_none_or(|usage| usage.anonymous > 1 << 16));
    }
}
