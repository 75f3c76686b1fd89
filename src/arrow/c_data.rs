//! The Arrow C data interface: with `c_stream.rs` the one room that calls a producer and follows its
//! pointers. What it hands out is safe: a tree of plain text for a schema, and a tree of numbers and
//! buffers for an array, which nothing here has believed yet.
//!
//! The interface does not say how large a buffer is. So pointers are believed as far as their length
//! follows from the type and the number of rows; everything that a producer says twice, or that can be
//! wrong within its own buffers, is compared: here, in `import.rs`, and while values are read.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use crate::error::Fault;
use crate::error::fault::ensure;

/// The most children of a node, and the deepest nesting, that are followed.
const MOST_CHILDREN: i64 = 1 << 20;
const MOST_DEPTH: usize = 64;

/// `struct ArrowSchema`.
#[repr(C)]
pub struct CSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Self,
    dictionary: *mut Self,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

/// `struct ArrowArray`.
#[repr(C)]
pub struct CArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Self,
    dictionary: *mut Self,
    pub(super) release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

/// What a producer hands out, and takes back once.
pub(super) trait Released: Sized {
    const WHAT: &'static str;
    /// What takes it back; none once that was done.
    fn release(&self) -> Option<unsafe extern "C" fn(*mut Self)>;
    /// What stays behind when it is moved away, or is yet to be written.
    fn released() -> Self;
}

macro_rules! released {
    ($type:ident, $what:literal, { $($field:ident: $value:expr),* $(,)? }) => {
        impl Released for $type {
            const WHAT: &'static str = $what;

            fn release(&self) -> Option<unsafe extern "C" fn(*mut Self)> {
                self.release
            }

            fn released() -> Self {
                Self { $($field: $value,)* release: None, private_data: ptr::null_mut() }
            }
        }
    };
}

pub(super) use released;

released!(CSchema, "schema", {
    format: ptr::null(), name: ptr::null(), metadata: ptr::null(), flags: 0, n_children: 0,
    children: ptr::null_mut(), dictionary: ptr::null_mut(),
});
released!(CArray, "array", {
    length: 0, null_count: 0, offset: 0, n_buffers: 0, n_children: 0, buffers: ptr::null_mut(),
    children: ptr::null_mut(), dictionary: ptr::null_mut(),
});

macro_rules! ended {
    ($type:ident) => {
        impl $type {
            /// Ends a structure of ours, and returns what it belongs to, if it is not null.
            ///
            /// # Safety
            /// `at` points to such a structure, whole or released.
            #[expect(unsafe_code, reason = "the room of the C interface")]
            pub unsafe fn end(at: NonNull<Self>) -> Option<NonNull<c_void>> {
                // SAFETY: the caller promises it.
                let ended = unsafe { at.replace(Self::released()) };
                NonNull::new(ended.private_data)
            }
        }
    };
}

ended!(CSchema);
ended!(CArray);

/// Calls what it is given, which runs code of a producer, and sees to what that code must find.
pub type Around = fn(&mut dyn FnMut());

/// A structure that was moved here, and is released when it is dropped.
pub(super) struct Owned<S: Released> {
    pub(super) at: Box<S>,
    pub(super) around: Around,
}

// SAFETY: the interface says that structures may be moved to another thread, and released there.
#[expect(unsafe_code, reason = "the room of the C interface")]
unsafe impl<S: Released> Send for Owned<S> {}
// SAFETY: schemas and arrays are only read; a stream is called by way of `&mut`.
#[expect(unsafe_code, reason = "the room of the C interface")]
unsafe impl<S: Released> Sync for Owned<S> {}

impl<S: Released> Owned<S> {
    /// Moves a structure out of the place where its producer has put it.
    ///
    /// # Safety
    /// `at` points to such a structure, whole or released.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub(super) unsafe fn take(at: NonNull<c_void>, around: Around) -> Result<Self, Fault> {
        let at = at.cast::<S>();
        ensure!(at.is_aligned(), "the {} is not aligned", S::WHAT);
        // SAFETY: the caller promises it. What stays behind is released, so nothing is twice.
        let at = Box::new(unsafe { at.replace(S::released()) });
        let taken = Self { at, around };
        let what = S::WHAT;
        ensure!(
            taken.at.release().is_some(),
            "the {what} was released or read before; it can be read once"
        );
        Ok(taken)
    }
}

impl<S: Released> Drop for Owned<S> {
    #[expect(unsafe_code, reason = "the room of the C interface")]
    fn drop(&mut self) {
        if let Some(release) = self.at.release() {
            // SAFETY: the structure is whole, and this is the only place that releases it.
            (self.around)(&mut || unsafe { release(&raw mut *self.at) });
        }
    }
}

/// A schema as its producer tells it: one node of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaNode {
    /// The type, in the notation of the interface.
    pub format: String,
    /// The name of the column; none has an empty one.
    pub name: String,
    /// Whether there may be nulls.
    pub nullable: bool,
    /// What its values consist of.
    pub children: Vec<Self>,
    /// What its indices point to.
    pub dictionary: Option<Box<Self>>,
}

impl SchemaNode {
    /// Whether there may be nulls, among the flags.
    const NULLABLE: i64 = 2;

    /// Moves a schema out of the structure at `at`, and reads it.
    ///
    /// # Safety
    /// `at` points to a `struct ArrowSchema`, whole or released.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub unsafe fn take(at: NonNull<c_void>) -> Result<Self, Fault> {
        // SAFETY: the caller promises it.
        let schema = unsafe { Owned::<CSchema>::take(at, |release| release())? };
        Self::read(&schema.at, 0)
    }

    #[expect(unsafe_code, reason = "the room of the C interface")]
    fn read(schema: &CSchema, depth: usize) -> Result<Self, Fault> {
        ensure!(depth < MOST_DEPTH, "the schema is nested too deeply");
        ensure!(!schema.format.is_null(), "a schema has no format");
        // SAFETY: the interface says that both are text that ends with a zero, or null.
        let text = |text: *const c_char| unsafe { CStr::from_ptr(text).to_string_lossy() };
        let mut node = Self {
            format: text(schema.format).into_owned(),
            name: String::new(),
            nullable: schema.flags & Self::NULLABLE != 0,
            children: Vec::new(),
            dictionary: None,
        };
        if !schema.name.is_null() {
            node.name = text(schema.name).into_owned();
        }
        for at in 0..children(schema.n_children, schema.children)? {
            let child = child(schema.children, at)?;
            node.children.push(Self::read(child, depth + 1)?);
        }
        if let Some(dictionary) = NonNull::new(schema.dictionary) {
            // SAFETY: a pointer that is not null points to a schema that lives as long as its parent.
            let dictionary = unsafe { dictionary.as_ref() };
            node.dictionary = Some(Box::new(Self::read(dictionary, depth + 1)?));
        }
        Ok(node)
    }
}

/// How many children a node has, whose pointers stand at `pointers`.
fn children<T>(count: i64, pointers: *mut *mut T) -> Result<usize, Fault> {
    ensure!(
        (0..=MOST_CHILDREN).contains(&count),
        "a node claims {count} children"
    );
    ensure!(
        count == 0 || !pointers.is_null() && pointers.is_aligned(),
        "a node claims {count} children, and has none"
    );
    Ok(usize::try_from(count).unwrap_or(0))
}

/// One of the children at `pointers`, which are more than `at`.
#[expect(unsafe_code, reason = "the room of the C interface")]
fn child<'a, T>(pointers: *mut *mut T, at: usize) -> Result<&'a T, Fault> {
    // SAFETY: the interface says that there are as many pointers as the node has children, each to a
    // structure that lives as long as its parent, which all callers hold.
    let child = unsafe { NonNull::new(*pointers.add(at)).map(|child| child.as_ref()) };
    child.ok_or_else(|| Fault::corrupt(format!("child {at} of a node is missing")))
}

/// An array that was moved here; its buffers live as long as anything holds it.
pub struct ImportedArray(Owned<CArray>);

/// One node of an array: what its producer claims, and where its buffers are.
#[derive(Clone, Copy)]
pub struct ArrayNode<'a> {
    array: &'a CArray,
    owner: &'a Arc<ImportedArray>,
}

impl ImportedArray {
    /// Moves an array out of the structure at `at`; `around` calls what releases it.
    ///
    /// # Safety
    /// `at` points to a `struct ArrowArray`, whole or released.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub unsafe fn take(at: NonNull<c_void>, around: Around) -> Result<Arc<Self>, Fault> {
        // SAFETY: the caller promises it.
        unsafe { Owned::take(at, around) }.map(|array| Arc::new(Self(array)))
    }

    /// Moves an array on, into the structure at `to`, which is to release it then.
    ///
    /// # Safety
    /// `to` points to a `struct ArrowArray` that holds nothing.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub unsafe fn hand_over(own: Arc<Self>, to: NonNull<c_void>) -> Result<(), Fault> {
        let to = to.cast::<CArray>();
        ensure!(to.is_aligned(), "the place of an array is not aligned");
        let own = Arc::try_unwrap(own);
        let mut own = own.map_err(|_| Fault::corrupt("an array is still in use"))?;
        let array = std::mem::replace(&mut *own.0.at, CArray::released());
        // SAFETY: the caller promises that there is room, and nothing to release.
        unsafe { to.write(array) };
        Ok(())
    }

    /// Its root.
    pub fn root(self: &Arc<Self>) -> ArrayNode<'_> {
        ArrayNode {
            array: &self.0.at,
            owner: self,
        }
    }
}

impl ArrayNode<'_> {
    /// Rows.
    pub const fn length(self) -> i64 {
        self.array.length
    }

    /// Rows before the first one.
    pub const fn offset(self) -> i64 {
        self.array.offset
    }

    /// Nulls; -1 where they were not counted.
    pub const fn null_count(self) -> i64 {
        self.array.null_count
    }

    /// How many buffers there are.
    pub const fn buffers(self) -> i64 {
        self.array.n_buffers
    }

    /// Checks that there are as many children as its type has.
    pub fn check_children(self, expected: usize) -> Result<(), Fault> {
        let found = children(self.array.n_children, self.array.children)?;
        ensure!(
            found == expected,
            "an array has {found} children where its type has {expected}"
        );
        Ok(())
    }

    /// Child `at` of as many as its type has.
    pub fn child(self, at: usize, expected: usize) -> Result<Self, Fault> {
        self.check_children(expected)?;
        ensure!(at < expected, "child {at} of {expected} cannot be");
        Ok(Self {
            array: child(self.array.children, at)?,
            owner: self.owner,
        })
    }

    /// What its indices point to.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub fn dictionary(self) -> Result<Self, Fault> {
        let dictionary = NonNull::new(self.array.dictionary);
        let dictionary = dictionary.ok_or_else(|| Fault::corrupt("its dictionary is missing"))?;
        Ok(Self {
            // SAFETY: it points to an array that lives as long as its parent.
            array: unsafe { dictionary.as_ref() },
            owner: self.owner,
        })
    }

    /// Buffer `at`, of so many bytes; none where its pointer is null. It must be one of those that there
    /// are.
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub fn buffer(self, at: usize, bytes: usize) -> Result<Option<Buffer>, Fault> {
        let count = self.array.n_buffers;
        let is_there =
            i64::try_from(at).is_ok_and(|at| at < count) && !self.array.buffers.is_null();
        ensure!(is_there, "its buffers are missing");
        ensure!(
            isize::try_from(bytes).is_ok(),
            "a buffer of {bytes} bytes cannot be"
        );
        // SAFETY: the interface says that there are `n_buffers` pointers, more than `at`.
        let start = unsafe { *self.array.buffers.add(at) };
        Ok(NonNull::new(start.cast_mut()).map(|start| Buffer {
            start: start.cast(),
            bytes,
            owner: Arc::clone(self.owner),
        }))
    }
}

/// Bytes of a producer, where they are. They are not copied, and live as long as this.
#[derive(Clone)]
pub struct Buffer {
    start: NonNull<u8>,
    bytes: usize,
    owner: Arc<ImportedArray>,
}

// SAFETY: buffers are immutable as long as their array is not released, which `owner` prevents.
#[expect(unsafe_code, reason = "the room of the C interface")]
unsafe impl Send for Buffer {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the room of the C interface")]
unsafe impl Sync for Buffer {}

impl Buffer {
    /// The bytes from `at` on; none behind the end.
    #[must_use]
    #[expect(unsafe_code, reason = "the room of the C interface")]
    pub fn from(self, at: usize) -> Self {
        let at = at.min(self.bytes);
        Self {
            // SAFETY: it is not behind the end of the buffer.
            start: unsafe { self.start.add(at) },
            bytes: self.bytes - at,
            owner: self.owner,
        }
    }
}

impl std::ops::Deref for Buffer {
    type Target = [u8];

    #[expect(unsafe_code, reason = "the room of the C interface")]
    fn deref(&self) -> &[u8] {
        // SAFETY: a producer's buffer has as many bytes as follow from its type and its number of rows,
        // which is what `bytes` was computed from; they live as long as `owner`, and nothing writes to
        // them.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.bytes) }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes)
    }
}
