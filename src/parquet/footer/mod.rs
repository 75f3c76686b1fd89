//! Footers: what a file claims about itself, held against the file.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`walk`] | the footer and its row groups, read through a window |
//! | [`row_group`] | one row group: a chunk for each leaf |
//! | [`bloom`] | the Bloom filter of a chunk |
//! | [`chunk`] | one column of one row group: where its bytes are |
//! | [`hints`] | what may save reading a chunk: bounds, page index, Bloom filter |
//! | [`overlaps`] | no two chunks claim the same bytes |
//! | [`page_index`] | where the pages of a chunk are, and their bounds |
//! | [`quirks`] | known mistakes of known writers |
//! | [`window`] | a window of the footer in memory |

pub mod bloom;
pub mod chunk;
pub mod hints;
pub mod overlaps;
pub mod page_index;
pub mod quirks;
pub mod row_group;
pub mod walk;
pub mod window;
