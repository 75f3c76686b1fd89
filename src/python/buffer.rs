//! Memory of the core, for NumPy: an address, a shape and a type. No byte is copied.

use std::ops::Range;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::error::{Error, Result};
use crate::python::errors::{detached, raised};
use crate::sys::{FileRanges, Identity, Mapping, identify, open_input};
use crate::types::{ArraySpec, Dtype, Order};

/// Memory of the core that NumPy makes an array of.
#[pyclass(frozen, module = "onecopy._native")]
pub(super) struct Buffer {
    pub(super) mapping: Mapping,
    pub(super) array: ArraySpec,
}

#[pymethods]
impl Buffer {
    /// The address, shape and type, as `numpy.asarray` asks for them.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let array = &self.array;
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", PyTuple::new(py, &array.shape)?)?;
        interface.set_item("typestr", array.dtype.code())?;
        interface.set_item("data", (self.mapping.address(), false))?;
        if array.order == Order::F && array.shape.len() == 2 {
            let item = array.dtype.bytes();
            interface.set_item("strides", (item, item * array.shape[0]))?;
        }
        Ok(interface)
    }
}

/// Rows of a matrix in a file, mapped behind one another.
#[pyclass(frozen, module = "onecopy._native")]
pub(super) struct MappedRows {
    ranges: FileRanges,
    shape: (usize, usize),
    code: &'static str,
}

#[pymethods]
impl MappedRows {
    /// Maps ranges of bytes of a file that must still be what it was: its device, number and bytes, and
    /// when it was written to, in nanoseconds.
    #[new]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        identity: (u64, u64, u64, i64),
        ranges: Vec<(u64, u64)>,
        dtype: &str,
        shape: (usize, usize),
    ) -> PyResult<Self> {
        let (device, number, bytes, modified) = identity;
        let second = 1_000_000_000;
        let expected = Identity {
            device,
            number,
            bytes,
            modified: (modified.div_euclid(second), modified.rem_euclid(second)),
        };
        let ranges: Vec<Range<u64>> = ranges.into_iter().map(|(start, end)| start..end).collect();
        let mapped = detached(py, || map(&path, &expected, &ranges));
        let ranges = mapped.map_err(|error| raised(py, error))?;
        let dtype = Dtype::named(dtype);
        let cells = shape.0.checked_mul(shape.1);
        let bytes = cells
            .zip(dtype)
            .and_then(|(cells, dtype)| cells.checked_mul(dtype.bytes()));
        match dtype {
            Some(dtype) if bytes == Some(ranges.bytes()) => Ok(Self {
                ranges,
                shape,
                code: dtype.code(),
            }),
            _ => Err(PyValueError::new_err(
                "expected the bytes of an array of this shape",
            )),
        }
    }

    /// The address, shape and type, as `numpy.asarray` asks for them.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", self.shape)?;
        interface.set_item("typestr", self.code)?;
        interface.set_item("data", (self.ranges.address(), true))?;
        Ok(interface)
    }
}

fn map(path: &Path, expected: &Identity, ranges: &[Range<u64>]) -> Result<FileRanges> {
    let fail = |error| Error::io(path, error);
    let file = open_input(path).map_err(fail)?;
    match expected.difference(&identify(&file).map_err(fail)?) {
        Some(what) => Err(Error::changed(path, what)),
        None => FileRanges::map(&file, ranges).map_err(fail),
    }
}
