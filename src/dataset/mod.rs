//! Floor 6: files as one sequence of row groups.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`cells`] | where the cells of a column come from |
//! | [`scan`] | an iteration over the row groups of files |
//! | [`lane`] | a column of a row group as a stream |
//! | [`names`] | errors for names that do not exist |
//! | [`inspect`] | the contents of files, according to their footers |
//! | [`listing`] | the files of a source |
//! | [`natural`] | the natural order of paths |
//! | [`glob`](mod@glob) | paths that match a pattern |
//! | [`wildcard`] | names that match a name with wildcards |

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
