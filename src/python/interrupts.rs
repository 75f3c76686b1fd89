//! Ctrl-C and progress: the Python caller, polled on the calling thread while the core works.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{Checkpoint, Error, Result};
use crate::python::errors::{detached, raised};
use crate::workers::{Caller, Progress};

/// How often a call that works on the calling thread polls for Ctrl-C.
const POLL: Duration = Duration::from_millis(40);

/// The Python caller: it may be interrupted, and it may have a callback for progress.
pub(super) struct PyCaller {
    pub(super) progress: Option<Py<PyAny>>,
    /// Tells all processes of a divided load something, and returns what each has told.
    pub(super) gather: Option<Py<PyAny>>,
    pub(super) error: Option<PyErr>,
}

impl PyCaller {
    pub(super) const fn new(progress: Option<Py<PyAny>>) -> Self {
        Self {
            progress,
            gather: None,
            error: None,
        }
    }

    /// Runs a part of the core that works on the calling thread and polls for Ctrl-C.
    pub(super) fn run<R: Send>(
        py: Python<'_>,
        work: impl FnOnce(Checkpoint<'_>) -> Result<R> + Send,
    ) -> PyResult<R> {
        let mut caller = Self::new(None);
        let done = detached(py, || {
            let poll = caller.poll();
            work(Checkpoint::new(&poll))
        });
        done.map_err(|error| caller.reason(py, error))
    }

    /// Checks for Ctrl-C, but not more often than every few hundredths of a second.
    fn poll(&mut self) -> impl Fn(u64) -> Result<()> + Send {
        let last = Cell::new(Instant::now());
        let caller = RefCell::new(self);
        move |_| {
            if last.get().elapsed() < POLL {
                return Ok(());
            }
            last.set(Instant::now());
            caller.borrow_mut().check()
        }
    }

    /// The error to raise for one of the core. An exception of Python comes first: then the core
    /// failed only because it was stopped.
    pub(super) fn reason(self, py: Python<'_>, error: Error) -> PyErr {
        self.error.unwrap_or_else(|| raised(py, error))
    }

    fn answer(&mut self, answer: PyResult<()>) -> Result<()> {
        answer.map_err(|error| {
            self.error = Some(error);
            Error::Interrupted
        })
    }
}

impl Caller for PyCaller {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough in its lifetime"
    )]
    fn check(&mut self) -> Result<()> {
        let answer = Python::attach(|py| py.check_signals());
        self.answer(answer)
    }

    fn report(&mut self, progress: Progress) -> Result<()> {
        let Some(callback) = &self.progress else {
            return Ok(());
        };
        let answer = Python::attach(|py| {
            let state = (
                progress.stage.name(),
                progress.rows_done,
                progress.rows_total,
                progress.bytes_done,
                progress.seconds,
            );
            callback.call1(py, state).map(drop)
        });
        self.answer(answer)
    }

    fn gather(&mut self, told: &[u8]) -> Result<Option<Vec<Vec<u8>>>> {
        let Some(gather) = &self.gather else {
            return Ok(None);
        };
        let heard = Python::attach(|py| {
            let heard = gather.call1(py, (PyBytes::new(py, told),))?;
            heard.extract::<Vec<Vec<u8>>>(py)
        });
        heard.map(Some).map_err(|error| {
            self.error = Some(error);
            Error::Interrupted
        })
    }
}
