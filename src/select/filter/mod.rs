//! Which rows conditions on their values keep: bound to files, told from footers where they suffice,
//! read where they do not.
//!
//! ```text
//! FilterRequest -> Filter -- verdict of a row group's footer: none, some, all
//!                         -- FilterReader -> a bit for each row
//! ```
//!
//! Conditions mean what they mean in Arrow: a null is true in no comparison, NaN is unlike every number
//! and `in` finds it all the same, both zeros are equal. Whatever the types, values are compared exactly.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`request`] | what a caller asks for, as plain data |
//! | [`bind`] | a filter: what is asked, in terms of the columns of files |
//! | [`reader`] | the rows of a row group that are kept |
//! | [`cells`] | what a scan yields for a filter |
//! | [`verdict`] | what a footer already says of a row group |
//! | [`folders`] | what folders already say of files |
//! | `lookup` | what Bloom filters say of a row group |
//! | `pages` | the rows that can be kept, as far as page indexes tell |
//! | `bounds` | bounds of a footer, as values of a column |
//! | `test` | one condition as a set of values |
//! | `turns` | a set of ordered values |
//! | `constant` | where a constant is among the values of a column |
//! | `digits` | numbers of all kinds, compared exactly |

pub mod bind;
mod bounds;
pub mod cells;
mod constant;
mod digits;
pub mod folders;
mod lookup;
mod pages;
pub mod reader;
pub mod request;
mod test;
mod turns;
pub mod verdict;

#[cfg(test)]
mod tests;

pub use bind::{Filter, FilterColumn};
pub use cells::FilterCells;
pub use reader::FilterReader;
pub use request::{Condition, Constant, FilterRequest, Operator};
pub use verdict::Verdict;
