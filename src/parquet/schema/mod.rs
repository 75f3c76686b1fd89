//! The schema of a file.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`element`] | schema elements as they are stored |
//! | [`column`] | top-level columns, and how their numbers are stored |
//! | [`key`] | what a column means where it is a key |

pub mod column;
pub mod element;
pub mod key;
