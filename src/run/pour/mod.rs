//! The pour: all arrays are filled in one pass over the files, in which each value is decoded, cleaned
//! and written once.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`stripes`] | the pour as a whole, stripe by stripe |
//! | [`target`] | where an array goes |
//! | [`queue`] | the work, handed out column by column |
//! | [`worker`] | one thread |
//! | [`place`] | one column of one row group, poured into its place |
//! | [`mixed`] | the same, where rows go to several parts |
//! | [`vector`] | the same for a column of lists |

pub mod mixed;
pub mod place;
pub mod queue;
pub mod stripes;
pub mod target;
pub mod vector;
pub mod worker;

pub use stripes::Pour;
pub use target::{Array, SheetPolicy, Target};
