//! Floor 5: the format. Walks footers and pages, decodes one column of one row group at a time.
//! Trusts no byte: every count is held against what exists before it is used.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`thrift`] | the compact protocol that footers and headers are written in |
//! | [`schema`] | columns, and what their types mean |
//! | [`footer`] | footers, row groups, chunks |
//! | [`encoding`] | the values of a page, by encoding |
//! | [`page`] | pages: found, read, decompressed, their levels |
//! | [`lane`] | one column of one row group as a stream |

pub mod encoding;
pub mod footer;
pub mod lane;
pub mod page;
pub mod schema;
pub mod thrift;

#[cfg(test)]
mod tests;

pub use footer::chunk::{Chunk, ColumnChunk};
pub use footer::hints::{Bound, Hints, Location};
pub use footer::page_index::{IndexedChunk, IndexedPage};
pub use footer::row_group::RowGroup;
pub use footer::walk::{Footer, RowGroups};
pub use lane::numbers::Lane;
pub use lane::stored::Stored;
pub use lane::vectors::VectorLane;
pub use schema::Schema;
pub use schema::column::Column;
pub use schema::key::{Key, KeyFamily, KeyStorage};
pub use schema::nesting::Nesting;
pub use schema::own::{Own, TextType};
pub use schema::types::{Kind, Physical, Width};
