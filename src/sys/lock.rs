//! How a folder may be locked.

/// How a folder is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Against those who would change it.
    Shared,
    /// Against all others.
    Exclusive,
}
