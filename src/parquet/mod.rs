//! Floor 1: from a path to numbers. Opens files, walks footers and pages, decodes one column of one
//! row group at a time. Trusts no byte: every count is held against what exists before it is used.

pub mod checksum;
pub mod chunk;
pub mod claims;
pub mod codec;
pub mod column;
pub mod decoder;
pub mod delta;
pub mod dense;
pub mod dictionary;
pub mod footer;
pub mod hybrid;
pub mod key;
pub mod lane;
pub mod levels;
pub mod page;
pub mod pages;
pub mod reader;
pub mod rest;
pub mod schema;
pub mod source;
pub mod text;
pub mod thrift;
pub mod turner;
pub mod window;
pub mod writer;

#[cfg(test)]
mod tests;

pub use chunk::Chunk;
pub use column::{Column, Kind};
pub use footer::{Footer, RowGroup, RowGroups};
pub use key::Key;
pub use lane::Lane;
pub use schema::Schema;
pub use source::Source;
