//! Floor 2: the memory that a matrix is poured into, and the file that it becomes.
//!
//! The engine sees borrowed memory and its shape. Where it comes from is decided here: anonymous
//! pages, the pages of a file, or an array that the caller brought.

pub mod draft;
pub mod mapping;
pub mod npy;
pub mod publish;
pub mod room;

pub use draft::Draft;
pub use mapping::Mapping;
pub use publish::publish;
