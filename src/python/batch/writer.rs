//! Rows that come batch by batch, from any thread: one after the other is written, and the others wait.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::Error;
use crate::plan::{Plan, Role};
use crate::python::batch::exclusive::{Exclusive, TakesRows, closed};
use crate::python::errors::{detached, raised};
use crate::python::interrupts::PyCaller;
use crate::python::options::Given;
use crate::python::plan::{PyPlan, plan_facts};
use crate::python::report::run_report;
use crate::python::source::PyOrigins;
use crate::python::source::stream::Stream;
use crate::run::writer::onto::{FinishedArray, FinishedSet};
use crate::run::{Report, Writer, WriterPlace, Written};
use crate::sys::{identify, open_input};

/// Takes batches, and makes arrays of them.
#[pyclass(frozen, name = "Writer", module = "onecopy._native")]
pub(in crate::python) struct PyWriter {
    writer: Exclusive<Writer>,
}

#[pymethods]
impl PyWriter {
    /// Into a file, or without a path into memory; behind the rows of a finished set if there is one.
    #[new]
    #[pyo3(signature = (options, path, overwrite, onto = None))]
    fn new(
        py: Python<'_>,
        options: &Bound<'_, PyAny>,
        path: Option<PathBuf>,
        overwrite: bool,
        onto: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let onto = onto.map(finished_set).transpose()?;
        let options = Given(options).options()?;
        let place = match path {
            None => WriterPlace::Memory,
            Some(path) => WriterPlace::File { path, overwrite },
        };
        let writer = detached(py, || Writer::new(options, place, onto));
        let writer = writer.map_err(|error| raised(py, error))?;
        Ok(Self {
            writer: Exclusive::new(writer),
        })
    }

    /// Rows that were taken.
    #[getter]
    fn rows(&self) -> usize {
        self.writer.rows()
    }

    /// Rows that were left out because earlier ones have their keys.
    #[getter]
    fn duplicates(&self) -> usize {
        self.writer.duplicates()
    }

    /// Takes the rows of files or tables in memory.
    fn append(
        &self,
        py: Python<'_>,
        origins: &PyOrigins,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        self.writer.take(py, progress, |writer, caller| {
            writer.append(&origins.0, caller)
        })
    }

    /// Takes the rows of a stream, until it ends.
    fn append_stream(
        &self,
        py: Python<'_>,
        stream: &Stream,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let mut batches = stream.take()?;
        self.writer.take(py, progress, |writer, caller| {
            writer.append_stream(&mut batches, caller)
        })
    }

    /// Ends it. Returns what a load of all rows would have decided, and what it returns.
    fn finish<'py>(
        &self,
        py: Python<'py>,
        sidecar: Option<Py<PyAny>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Bound<'py, PyPlan>, Bound<'py, PyDict>)> {
        let mut caller = PyCaller::new(progress);
        let mut failed = None;
        let finished = detached(py, || {
            let writer = self.writer.lock(&mut caller)?.take().ok_or_else(closed)?;
            let mut describe = |plan: &Plan, report: &Report| {
                Python::attach(|py| content(py, sidecar.as_ref(), plan, report)).map_err(|error| {
                    failed = Some(error);
                    Error::Interrupted
                })
            };
            writer.finish(Some(&mut describe), &mut caller)
        });
        if let Some(error) = caller.error.take().or(failed) {
            return Err(error);
        }
        let Written { plan, loaded } = finished.map_err(|error| raised(py, error))?;
        let plan = PyPlan(plan);
        let poured = plan.finished(py, Ok(loaded), None)?;
        Ok((Bound::new(py, plan)?, poured))
    }

    /// Drops all rows, once no batch is being written.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        self.writer.abandon(py)
    }
}

impl TakesRows for Writer {
    fn rows(&self) -> usize {
        self.rows()
    }

    fn duplicates(&self) -> usize {
        self.duplicates()
    }
}

/// What arrays beside a matrix are for.
const ROLES: [Role; 5] = [
    Role::Target,
    Role::Weight,
    Role::Group,
    Role::Passthrough,
    Role::Mask,
];

/// A finished set, whose attributes are read by their names.
fn finished_set(set: &Bound<'_, PyAny>) -> PyResult<FinishedSet> {
    let description: PathBuf = set.getattr("description")?.extract()?;
    let fail = |error| raised(set.py(), Error::io(&description, error));
    let identity = open_input(&description).and_then(|file| identify(&file));
    let mut arrays = Vec::new();
    for array in set.getattr("arrays")?.try_iter()? {
        let array = array?;
        let role: String = array.getattr("role")?.extract()?;
        arrays.push(FinishedArray {
            role: ROLES.iter().find(|own| own.name() == role).copied(),
            name: array.getattr("name")?.extract()?,
            path: array.getattr("path")?.extract()?,
            start: array.getattr("start")?.extract()?,
            row: array.getattr("row")?.extract()?,
        });
    }
    Ok(FinishedSet {
        identity: identity.map_err(fail)?,
        description,
        rows: set.getattr("rows")?.extract()?,
        arrays,
        group_texts: set.getattr("group_texts")?.extract()?,
    })
}

/// Asks Python for the content of the file that describes the arrays.
fn content(
    py: Python<'_>,
    sidecar: Option<&Py<PyAny>>,
    plan: &Plan,
    report: &Report,
) -> PyResult<Vec<u8>> {
    let Some(sidecar) = sidecar else {
        return Err(PyTypeError::new_err("a file needs a sidecar"));
    };
    let told = (plan_facts(py, plan)?, run_report(py, report)?);
    sidecar.call1(py, told)?.extract(py)
}
