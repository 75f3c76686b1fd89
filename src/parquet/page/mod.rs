//! Pages of a column chunk.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`header`] | page headers |
//! | [`buffers`] | a thread's window on a file, and its decompressors |
//! | [`codec`] | the codecs, each into a slice |
//! | [`checksum`] | the checksum of a page |
//! | [`reader`] | the pages of a chunk, in turn |
//! | [`body`] | the bytes of a page, decompressed |
//! | [`levels`] | which rows have a value |
//! | [`deep`] | levels of columns in structs and lists |
//! | [`unread`] | plain values that stay in the file |
//! | [`values`] | the values of an open page, wherever they are |
//! | [`dictionary`] | the dictionary of a chunk |
//! | [`cursor`] | how far a chunk has been read, row by row |
//! | [`lists`] | the same for lists, level by level |

pub mod body;
pub mod buffers;
pub mod checksum;
pub mod codec;
pub mod cursor;
pub mod deep;
pub mod dictionary;
pub mod header;
pub mod levels;
pub mod lists;
pub mod reader;
pub mod unread;
pub mod values;
