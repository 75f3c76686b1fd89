//! Capsules: how objects of Python hand out the structures of the Arrow C data interface. The one file of
//! this room that has a pointer of another program in its hands; it gives it to `arrow::c_stream` at once.

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::arrow::{ImportedArray, SchemaNode, Stream};
use crate::error::Fault;

/// What an object hands out.
pub(in crate::python) enum Handed {
    /// Batches, one after the other.
    Stream(Stream),
    /// One batch.
    Batch(SchemaNode, Arc<ImportedArray>),
}

impl Handed {
    /// Asks an object for its data: as a stream if it has one, else as one batch. The inner error is one
    /// of the structure that it hands out.
    #[expect(unsafe_code, reason = "pointers of another program")]
    pub(in crate::python) fn by(object: &Bound<'_, PyAny>) -> PyResult<Result<Self, Fault>> {
        if object.hasattr("__arrow_c_stream__")? {
            let capsule = object.call_method0("__arrow_c_stream__")?;
            let at = pointer(&capsule, c"arrow_array_stream")?;
            // SAFETY: a capsule of this name holds such a structure, and lives until the end of this call.
            return Ok(unsafe { Stream::take(at, keeping_exception) }.map(Self::Stream));
        }
        let pair = object.call_method0("__arrow_c_array__")?;
        let pair = pair.cast_into::<PyTuple>().map_err(PyErr::from)?;
        let [schema, array] = &pair.iter().collect::<Vec<_>>()[..] else {
            let message = "__arrow_c_array__ returned something else than a schema and an array";
            return Err(PyTypeError::new_err(message));
        };
        let schema = pointer(schema, c"arrow_schema")?;
        let array = pointer(array, c"arrow_array")?;
        // SAFETY: capsules of these names hold such structures, and live until the end of this call.
        let (schema, array) = unsafe {
            (
                SchemaNode::take(schema),
                ImportedArray::take(array, keeping_exception),
            )
        };
        // Both are taken, and so released, whichever is refused.
        Ok(schema.and_then(|schema| Ok(Self::Batch(schema, array?))))
    }
}

/// Releases what a producer handed out. Objects are dropped while an exception passes through, too, and a
/// producer in Python must not meet it, or it would be lost. A thread that Python does not know has none.
#[expect(unsafe_code, reason = "Python asked about this thread")]
fn keeping_exception(release: &mut dyn FnMut()) {
    // SAFETY: it may be called by any thread, attached or not.
    let is_known = !unsafe { ffi::PyGILState_GetThisThreadState() }.is_null();
    let kept = |py: Python<'_>| {
        let passing = PyErr::take(py);
        release();
        if let Some(passing) = passing {
            passing.restore(py);
        }
    };
    if !is_known || Python::try_attach(kept).is_none() {
        release();
    }
}

/// The columns that an object says.
#[cfg(feature = "tables")]
#[expect(unsafe_code, reason = "pointers of another program")]
pub(in crate::python) fn schema_by(
    object: &Bound<'_, PyAny>,
) -> PyResult<Result<SchemaNode, Fault>> {
    let capsule = object.call_method0("__arrow_c_schema__")?;
    let at = pointer(&capsule, c"arrow_schema")?;
    // SAFETY: a capsule of this name holds such a structure, and lives until the end of this call.
    Ok(unsafe { SchemaNode::take(at) })
}

/// What a capsule of this name points to.
fn pointer(object: &Bound<'_, PyAny>, name: &CStr) -> PyResult<NonNull<c_void>> {
    let capsule = object.cast::<PyCapsule>().map_err(PyErr::from)?;
    capsule.pointer_checked(Some(name))
}
