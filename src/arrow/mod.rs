//! Floor 6: tables that other programs hold in memory, by the Arrow C data interface. Values are read
//! where they are; nothing is copied before it is cast.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`c_data`] | the C structures: only here are the pointers of a producer followed |
//! | [`c_stream`] | the stream of them |
//! | [`storage`] | what the formats of the interface say |
//! | [`import`](mod@import) | what a producer claims, checked |
//! | [`array`](mod@array) | an array that was checked |
//! | [`bits`] | bitmaps |
//! | [`rows`] | where the values of some rows are |
//! | [`convert`] | stored values as elements |
//! | [`numbers`] | one column of numbers as a stream |
//! | [`lists`] | one column of lists of numbers as a stream |
//! | [`bytes`] | one column of byte strings as a stream |
//! | [`codes`] | the same of texts that become codes |
//! | [`frame`] | batches as row groups |

pub mod array;
pub mod bits;
pub mod bytes;
pub mod c_data;
pub mod c_stream;
pub mod codes;
pub mod convert;
pub mod frame;
pub mod import;
pub mod lists;
pub mod numbers;
pub mod rows;
pub mod storage;

#[cfg(test)]
mod tests;

pub use array::Array;
pub use bytes::ArrayBytesLane;
pub use c_data::{Around, CArray, CSchema, ImportedArray, SchemaNode};
pub use c_stream::Stream;
pub use frame::{Frame, FrameGroup, FrameStream};
pub use numbers::ArrayLane;
