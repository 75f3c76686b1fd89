//! Floor 4: any source as row groups of cells.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`table`] | files and the layouts that they share, known from footers |
//! | [`cells`] | where the cells of a column come from |
//! | [`scan`] | the walk along the row groups of files |
//! | [`lane`] | a column of a row group as a stream |
//! | [`names`] | names that do not exist, and which was meant |
//! | [`inspect`] | what files contain, according to footers |

pub mod cells;
pub mod inspect;
pub mod lane;
pub mod names;
pub mod scan;
pub mod table;

pub use cells::{Cells, Selection, Slot, Value};
pub use lane::Lane;
pub use scan::{Columns, Fields, RowGroup, Scan, TableFields};
pub use table::{Dataset, Layout, LeafStatistics, Table};
