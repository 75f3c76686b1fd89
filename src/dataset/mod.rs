//! Floor 6: any source as row groups of cells.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`cells`] | where the cells of a column come from |
//! | [`scan`] | the walk along the row groups of files |
//! | [`lane`] | a column of a row group as a stream |
//! | [`names`] | names that do not exist, and which was meant |
//! | [`inspect`] | what files contain, according to footers |
//! | [`listing`] | the files that a source stands for |
//! | [`natural`] | the order of their paths |
//! | [`glob`](mod@glob) | paths that match a pattern |
//! | [`wildcard`] | names that match one of its names |

pub mod cells;
pub mod glob;
pub mod inspect;
pub mod lane;
pub mod listing;
pub mod names;
pub mod natural;
pub mod scan;
pub mod table;
pub mod wildcard;

#[cfg(test)]
mod tests;

pub use cells::{Cells, Selection, Slot, Value};
pub use lane::Lane;
pub use scan::{Columns, Fields, RowGroup, Scan, TableFields};
pub use table::{Dataset, Layout, LeafStatistics, Table};
