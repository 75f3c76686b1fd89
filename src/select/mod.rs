//! Floor 8: which rows of a source are poured.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`filter`] | the rows that conditions on their values keep |
//! | [`rows`] | the rows of one row group that are poured, as runs |

pub mod filter;
pub mod rows;

#[cfg(test)]
mod tests;

pub use rows::{Rows, Run, Step};
