//! Floor 4: any source as row groups of cells.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`names`] | names that do not exist, and which was meant |
//! | [`inspect`] | what files contain, according to footers |

pub mod inspect;
pub mod names;
pub mod table;

pub use table::{Dataset, Layout, LeafStatistics, Table};
