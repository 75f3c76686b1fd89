//! Floor 9: which rows of a source are poured, and in which part each goes. All of it is decided
//! before the pour, which only follows.
//!
//! ```text
//! filters -> unique -> sample -> split -> RowSelection -> ChosenRows of each row group -> pour
//! ```
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`request`] | what was asked for |
//! | [`choose`](mod@choose) | the steps, one after the other |
//! | [`step`] | each of them |
//! | [`filter`] | conditions on values, and what footers say of them |
//! | [`read`] | the columns that decide, read by several threads |
//! | [`selection`] | the rows of a whole source |
//! | [`parts`] | the part of each row of a row group |
//! | [`rows`] | the rows of one row group, as the pour follows them |
//! | [`mixed`] | the same where they go to several parts |
//! | [`permutation`] | the seeded permutation of row numbers |

pub mod choose;
pub mod filter;
pub mod mixed;
pub mod parts;
pub mod permutation;
pub mod read;
pub mod request;
pub mod rows;
pub mod selection;
pub mod step;

#[cfg(test)]
mod tests;

pub use choose::choose;
pub use mixed::{MixedRows, PartRun};
pub use parts::PartRows;
pub use permutation::{Permutation, Purpose};
pub use read::columns::KeyLookup;
pub use request::RowRequest;
pub use rows::{ChosenRows, Rows, Run, Step};
pub use selection::RowSelection;
