//! Floor 4: any source as row groups of cells.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`names`] | names that are not there, and which was meant |
//! | [`inspect`] | what footers tell |
//! | [`listing`] | the files that a source stands for |
//! | [`natural`] | the order of their paths |
//! | [`glob`](mod@glob) | paths that match a pattern |
//! | [`wildcard`] | names that match one of its names |

pub mod glob;
pub mod inspect;
pub mod listing;
pub mod names;
pub mod natural;
pub mod table;
pub mod wildcard;

pub use table::{Dataset, Layout, LeafStatistics, Table};
