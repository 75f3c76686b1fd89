//! What lets go of the structures that this package hands out itself. A callback in Python will not do: an
//! interrupt that came while the core was working is raised in the first Python code after it, and
//! what is raised in a callback is lost.

use std::ffi::c_void;
use std::ptr::NonNull;

use pyo3::prelude::*;

use crate::arrow::{CArray, CSchema};

/// The addresses of what lets go of a schema and of an array. The object that such a structure belongs to
/// is its `private_data`, which owns a reference, or is null.
#[pyfunction]
pub(in crate::python) fn releases() -> (usize, usize) {
    let schema = release_schema as unsafe extern "C" fn(*mut CSchema) as usize;
    let array = release_array as unsafe extern "C" fn(*mut CArray) as usize;
    (schema, array)
}

#[expect(unsafe_code, reason = "called by the one who took the structure")]
unsafe extern "C" fn release_schema(at: *mut CSchema) {
    // SAFETY: the interface says that it is called with the structure, once.
    let_go(NonNull::new(at).and_then(|at| unsafe { CSchema::end(at) }));
}

#[expect(unsafe_code, reason = "called by the one who took the structure")]
unsafe extern "C" fn release_array(at: *mut CArray) {
    // SAFETY: the interface says that it is called with the structure, once.
    let_go(NonNull::new(at).and_then(|at| unsafe { CArray::end(at) }));
}

#[expect(unsafe_code, reason = "a reference that a structure has owned")]
fn let_go(object: Option<NonNull<c_void>>) {
    let Some(object) = object else { return };
    // Without an interpreter there is nothing left that could be let go.
    Python::try_attach(|py| {
        // SAFETY: the structure owned a reference to it, and is ended.
        drop(unsafe { Bound::from_owned_ptr(py, object.as_ptr().cast()) });
    });
}
