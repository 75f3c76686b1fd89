//! Tables that are written batch by batch, from any thread: one after the other is written, and the others
//! wait.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::{Checkpoint, Place};
use crate::python::batch::exclusive::{Exclusive, TakesRows, closed};
use crate::python::errors::{detached, raised};
use crate::python::interrupts::PyCaller;
use crate::python::source::PyOrigins;
use crate::python::source::capsule::{Handed, schema_by};
use crate::table::{Codec, TableOptions, TableWriter};
use crate::workers::Caller;

/// What a table is made with, whose attributes are read by their names.
#[derive(FromPyObject)]
struct Given<'py> {
    path: PathBuf,
    schema: Option<Bound<'py, PyAny>>,
    unique_on: Vec<String>,
    compression: Option<String>,
    row_group_bytes: Option<usize>,
    rows_per_file: Option<usize>,
    memory_limit: Option<usize>,
    overwrite: bool,
}

impl Given<'_> {
    fn options(self, py: Python<'_>) -> PyResult<TableOptions> {
        let schema = self.schema.as_ref().map(schema_by).transpose()?;
        let schema = schema.transpose();
        let place = Place::memory(Path::new("schema"));
        Ok(TableOptions {
            path: self.path,
            schema: schema.map_err(|fault| raised(py, fault.at(place)))?,
            unique_on: self.unique_on,
            codec: codec(self.compression.as_deref())?,
            row_group_bytes: self.row_group_bytes,
            rows_per_file: self.rows_per_file,
            memory_limit: self.memory_limit,
            overwrite: self.overwrite,
        })
    }
}

fn codec(word: Option<&str>) -> PyResult<Codec> {
    Ok(match word {
        None => Codec::Nothing,
        Some("zstd") => Codec::Zstd,
        Some("snappy") => Codec::Snappy,
        Some("lz4") => Codec::Lz4,
        Some("gzip") => Codec::Gzip,
        Some(other) => {
            return Err(PyValueError::new_err(format!(
                "compression: expected \"zstd\", \"snappy\", \"lz4\", \"gzip\" or None, found {other:?}"
            )));
        }
    })
}

/// Takes batches, and makes a table of them.
#[pyclass(frozen, name = "TableWriter", module = "onecopy._native")]
pub(in crate::python) struct PyTableWriter {
    writer: Exclusive<TableWriter>,
}

#[pymethods]
impl PyTableWriter {
    #[new]
    fn new(py: Python<'_>, options: Given<'_>) -> PyResult<Self> {
        let options = options.options(py)?;
        let writer = detached(py, || TableWriter::new(options));
        Ok(Self {
            writer: Exclusive::new(writer.map_err(|error| raised(py, error))?),
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

    /// Takes the rows that an object hands out; `name` is what errors call it.
    fn append(&self, py: Python<'_>, name: &str, batch: &Bound<'_, PyAny>) -> PyResult<()> {
        let handed = Handed::by(batch)?;
        let handed =
            handed.map_err(|fault| raised(py, fault.at(Place::memory(Path::new(name)))))?;
        self.writer.take(py, None, |writer, caller| match handed {
            Handed::Stream(stream) => writer.append_stream(name, stream, caller),
            Handed::Batch(schema, array) => writer.append(name, &schema, array, caller),
        })
    }

    /// Takes the rows of Parquet files.
    fn append_files(&self, py: Python<'_>, origins: &PyOrigins) -> PyResult<()> {
        self.writer.take(py, None, |writer, caller| {
            writer.append_files(&origins.0, caller)
        })
    }

    /// Ends the table, and gives it its name.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let mut caller = PyCaller::new(None);
        let finished = detached(py, || {
            let writer = self.writer.lock(&mut caller)?.take().ok_or_else(closed)?;
            let polled = RefCell::new(&mut caller);
            let poll = |_| polled.borrow_mut().check();
            writer.finish(Checkpoint::new(&poll))
        });
        finished.map_err(|error| caller.reason(py, error))
    }

    /// Drops all rows, once no batch is being written.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        self.writer.abandon(py)
    }
}

impl TakesRows for TableWriter {
    fn rows(&self) -> usize {
        self.rows()
    }

    fn duplicates(&self) -> usize {
        self.duplicates()
    }
}
