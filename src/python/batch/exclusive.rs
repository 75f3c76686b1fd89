//! What one thread at a time works with, and the others wait for: detached from the interpreter, and looking
//! out for signals.

use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::error::{Error, Result};
use crate::python::interrupts::PyCaller;
use crate::workers::{Caller, pause};

/// How many short waits there are between two looks at signals.
const WAITS_TO_CHECK: u32 = 32;

/// A writer, until it is closed.
pub(super) struct Exclusive<W>(Mutex<Option<W>>);

impl<W> Exclusive<W> {
    /// One that is open.
    pub(super) const fn new(writer: W) -> Self {
        Self(Mutex::new(Some(writer)))
    }

    /// Waits until no other thread uses it.
    pub(super) fn lock(&self, caller: &mut PyCaller) -> Result<MutexGuard<'_, Option<W>>> {
        let mut waits = 0_u32;
        loop {
            match self.0.try_lock() {
                Ok(own) => return Ok(own),
                Err(TryLockError::Poisoned(own)) => return Ok(own.into_inner()),
                Err(TryLockError::WouldBlock) => pause(),
            }
            waits += 1;
            if waits.is_multiple_of(WAITS_TO_CHECK) {
                caller.check()?;
            }
        }
    }
}

/// The error for what was closed.
pub(super) fn closed() -> Error {
    Error::Argument("the writer is closed; open another one".to_owned())
}
