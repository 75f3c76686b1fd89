//! What one thread at a time works with, and the others wait for: detached from the interpreter, and looking
//! out for signals.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use pyo3::prelude::*;

use crate::error::{Error, Result};
use crate::python::errors::detached;
use crate::python::interrupts::PyCaller;
use crate::workers::{Caller, pause};

/// How many short waits there are between two looks at signals.
const WAITS_TO_CHECK: u32 = 32;

/// What takes rows, and counts them.
pub(super) trait TakesRows: Send {
    /// Rows that were taken.
    fn rows(&self) -> usize;
    /// Rows that were left out because earlier ones have their keys.
    fn duplicates(&self) -> usize;
}

/// A writer, until it is closed, and what it has counted, which is told without waiting for it.
pub(super) struct Exclusive<W> {
    writer: Mutex<Option<W>>,
    rows: AtomicUsize,
    duplicates: AtomicUsize,
}

impl<W: TakesRows> Exclusive<W> {
    /// One that is open.
    pub(super) const fn new(writer: W) -> Self {
        Self {
            writer: Mutex::new(Some(writer)),
            rows: AtomicUsize::new(0),
            duplicates: AtomicUsize::new(0),
        }
    }

    /// Rows that were taken.
    pub(super) fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    /// Rows that were left out because earlier ones have their keys.
    pub(super) fn duplicates(&self) -> usize {
        self.duplicates.load(Ordering::Relaxed)
    }

    /// Has the writer take rows, while no other thread does.
    pub(super) fn take(
        &self,
        py: Python<'_>,
        progress: Option<Py<PyAny>>,
        work: impl FnOnce(&mut W, &mut dyn Caller) -> Result<()> + Send,
    ) -> PyResult<()> {
        let mut caller = PyCaller::new(progress);
        let taken = detached(py, || {
            let mut own = self.lock(&mut caller)?;
            let writer = own.as_mut().ok_or_else(closed)?;
            let taken = work(writer, &mut caller);
            self.rows.store(writer.rows(), Ordering::Relaxed);
            self.duplicates
                .store(writer.duplicates(), Ordering::Relaxed);
            taken
        });
        taken.map_err(|error| caller.reason(py, error))
    }

    /// Drops all rows, once no batch is being written.
    pub(super) fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        let mut caller = PyCaller::new(None);
        let dropped = detached(py, || {
            let writer = self.lock(&mut caller)?.take();
            drop(writer);
            Ok(())
        });
        dropped.map_err(|error| caller.reason(py, error))
    }

    /// Waits until no other thread uses it.
    pub(super) fn lock(&self, caller: &mut PyCaller) -> Result<MutexGuard<'_, Option<W>>> {
        let mut waits = 0_u32;
        loop {
            match self.writer.try_lock() {
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
