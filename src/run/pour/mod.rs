//! The pour: every value is decoded once, cleaned in passing and written once; all arrays in one pass.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`stripes`] | the pour as a whole, stripe by stripe |
//! | [`target`] | where an array goes |
//! | [`queue`] | the work, handed out piece by piece |
//! | [`worker`] | one thread |
//! | [`place`] | one column of one row group on its way to its place |

pub mod place;
pub mod queue;
pub mod stripes;
pub mod target;
pub mod worker;

pub use stripes::Pour;
pub use target::{Array, SheetsAre, Target};
