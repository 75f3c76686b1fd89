//! Floor 7: files and tables in memory as one sequence of row groups.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`origin`] | files, and what is in memory already |
//! | [`stored`] | row groups and columns as they are stored |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`statistics`] | what is known of columns, added up |
//! | [`cells`] | where the cells of a column come from |
//! | [`constant`] | columns that are the same in all rows of a file |
//! | [`scan`] | an iteration over the row groups of files |
//! | [`lane`] | a column of numbers of a row group as a stream |
//! | [`bytes`] | the same of byte strings |
//! | [`names`] | errors for names that do not exist |
//! | [`inspect`] | the contents of files, according to their footers |
//! | [`listing`] | the files of a source |
//! | [`natural`] | the natural order of paths |
//! | [`glob`](mod@glob) | paths that match a pattern |
//! | [`wildcard`] | names that match a name with wildcards |

pub mod bytes;
pub mod cells;
pub mod constant;
pub mod glob;
pub mod inspect;
pub mod lane;
pub mod listing;
pub mod names;
pub mod natural;
pub mod origin;
pub mod scan;
pub mod statistics;
pub mod stored;
pub mod table;
pub mod wildcard;

#[cfg(test)]
mod tests;

pub use bytes::BytesLane;
pub use cells::{Cells, Located, Selection, Slot};
pub use constant::value::Value;
pub use lane::Lane;
pub use origin::{FileOrigin, Origin, Origins, Outline};
pub use scan::{Columns, Fields, RowGroup, Scan, TableFields, WantedGroups};
pub use statistics::LeafStatistics;
pub use stored::{StoredColumn, StoredGroup};
pub use table::{Dataset, Layout, Table};
