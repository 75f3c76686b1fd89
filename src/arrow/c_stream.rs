//! The stream of the Arrow C data interface: a producer is called for one batch after the other.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use crate::arrow::c_data::{
    Around, CArray, CSchema, ImportedArray, Owned, Released, SchemaNode, released,
};
use crate::error::Fault;

/// `struct ArrowArrayStream`.
#[repr(C)]
struct CStream {
    get_schema: Option<unsafe extern "C" fn(*mut Self, *mut CSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Self, *mut CArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Self) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

released!(CStream, "stream", { get_schema: None, get_next: None, get_last_error: None });

/// A stream of arrays, which comes to an end or not.
pub struct Stream(Owned<CStream>);

impl Stream {
    /// Moves a stream out of the structure at `at`; `around` calls what releases it and its arrays.
    ///
    /// # Safety
    /// `at` points to a `struct ArrowArrayStream`, whole or released.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub unsafe fn take(at: NonNull<c_void>, around: Around) -> Result<Self, Fault> {
        // SAFETY: the caller promises it.
        unsafe { Owned::take(at, around) }.map(Self)
    }

    /// The schema of all its arrays; the outer error is one of the producer's.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub fn schema(&mut self) -> io::Result<Result<SchemaNode, Fault>> {
        let stream = &raw mut *self.0.at;
        let mut schema = CSchema::released();
        let code = match self.0.at.get_schema {
            // SAFETY: the stream is whole, and there is room for the schema.
            Some(get_schema) => unsafe { get_schema(stream, &raw mut schema) },
            None => return Ok(Err(Fault::corrupt("a stream has no `get_schema`"))),
        };
        self.check(code)?;
        // SAFETY: the producer has written a schema there, or left it released.
        Ok(unsafe { SchemaNode::take(NonNull::from(&mut schema).cast()) })
    }

    /// The next array; none after the last one. The outer error is one of the producer's.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub fn next_array(&mut self) -> io::Result<Result<Option<Arc<ImportedArray>>, Fault>> {
        let stream = &raw mut *self.0.at;
        let mut array = CArray::released();
        let code = match self.0.at.get_next {
            // SAFETY: the stream is whole, and there is room for the array.
            Some(get_next) => unsafe { get_next(stream, &raw mut array) },
            None => return Ok(Err(Fault::corrupt("a stream has no `get_next`"))),
        };
        self.check(code)?;
        if array.release.is_none() {
            return Ok(Ok(None));
        }
        let at = NonNull::from(&mut array).cast();
        // SAFETY: the producer has written an array there.
        Ok(unsafe { ImportedArray::take(at, self.0.around) }.map(Some))
    }

    /// The error that a code stands for, in the words of the producer.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    fn check(&mut self, code: c_int) -> io::Result<()> {
        if code == 0 {
            return Ok(());
        }
        let stream = &raw mut *self.0.at;
        let kind = io::Error::from_raw_os_error(code).kind();
        // SAFETY: the stream is whole. What is returned is null, or text that stays until the next call.
        let text = self.0.at.get_last_error.and_then(|last| unsafe {
            let text = last(stream);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        });
        let text = text.unwrap_or_else(|| format!("error {code}, without a word"));
        Err(io::Error::new(kind, text))
    }
}
