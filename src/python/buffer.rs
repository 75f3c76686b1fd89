//! Memory of the core, for NumPy: an address, a shape and a type. No byte is copied.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::sys::Mapping;
use crate::types::{ArraySpec, Order};

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
