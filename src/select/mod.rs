//! Floor 8: which rows of a source are poured.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`rows`] | the rows of one row group that are poured, as runs |

pub mod rows;

#[cfg(test)]
mod tests;

pub use rows::{Rows, Run, Step};
