//! The Python caller while the core works: Ctrl-C and progress, asked from the calling thread.

use pyo3::prelude::*;

use crate::error::{Error, Result};
use crate::run::{Progress, Watch};

/// The Python caller, who may press Ctrl-C and may want to see progress.
pub(super) struct Caller {
    pub(super) progress: Option<Py<PyAny>>,
    pub(super) error: Option<PyErr>,
}

impl Caller {
    fn answer(&mut self, answer: PyResult<()>) -> Result<()> {
        answer.map_err(|error| {
            self.error = Some(error);
            Error::Interrupted
        })
    }
}

impl Watch for Caller {
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is not general enough in its lifetime"
    )]
    fn look(&mut self) -> Result<()> {
        let answer = Python::attach(|py| py.check_signals());
        self.answer(answer)
    }

    fn tell(&mut self, progress: Progress) -> Result<()> {
        let Some(callback) = &self.progress else {
            return Ok(());
        };
        let answer = Python::attach(|py| {
            let Progress {
                rows_done,
                rows_total,
                bytes_done,
                seconds,
                ..
            } = progress;
            let told = (
                progress.stage.name(),
                rows_done,
                rows_total,
                bytes_done,
                seconds,
            );
            callback.call1(py, told).map(drop)
        });
        self.answer(answer)
    }
}
