//! Polling for cancellation: the one way in which a long call asks whether to go on.

use std::fmt;

use crate::error::Result;

/// Polled between the steps of a long call; an error cancels the call.
#[derive(Clone, Copy)]
pub struct Checkpoint<'a>(&'a dyn Fn(u64) -> Result<()>);

impl<'a> Checkpoint<'a> {
    /// A call that nothing cancels.
    pub const NONE: Checkpoint<'static> = Checkpoint(&|_| Ok(()));

    /// A call that `poll` may cancel; `poll` gets the number of bytes read since it was last called.
    pub const fn new(poll: &'a dyn Fn(u64) -> Result<()>) -> Self {
        Self(poll)
    }

    /// Returns an error if the call is cancelled.
    pub fn check(self) -> Result<()> {
        self.check_after(0)
    }

    /// The same, after `bytes` bytes were read.
    pub fn check_after(self, bytes: u64) -> Result<()> {
        (self.0)(bytes)
    }
}

impl fmt::Debug for Checkpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checkpoint")
    }
}
