//! The memory that a block of Python code holds at most.

use std::sync::Mutex;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::sys::usage::Usage;
use crate::workers::{Sampler, lock};

/// Watches the memory of this process from now on.
#[pyclass(frozen, name = "Sampler", module = "onecopy._native")]
pub(super) struct PySampler {
    before: Usage,
    running: Mutex<Option<Sampler>>,
}

#[pymethods]
impl PySampler {
    #[new]
    fn new() -> PyResult<Self> {
        let Some(before) = Usage::now() else {
            let message = "peak: memory is read from /proc/self/status, which is not there";
            return Err(PyOSError::new_err(message));
        };
        Ok(Self {
            before,
            running: Mutex::new(Some(Sampler::start()?)),
        })
    }

    /// Ends, and returns the anonymous bytes before and at most, and the bytes of mapped files at most;
    /// None when it is called again, or in a child of this process.
    fn finish(&self, py: Python<'_>) -> Option<(u64, u64, u64)> {
        let sampler = lock(&self.running).take()?;
        let most = py.detach(|| sampler.finish())?.most(Usage {
            file: 0,
            ..self.before
        });
        Some((self.before.anonymous, most.anonymous, most.file))
    }
}
