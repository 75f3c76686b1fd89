//! Floor 13: a plan becomes a matrix.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`load`](mod@load) | one load from plan to result |
//! | [`arrays`] | the arrays of a load: poured, joined, filled |
//! | [`matrix`] | the matrix, while it is poured |
//! | `counted` | what was counted, reported and refused |
//! | [`extras`] | arrays beside the matrix, as they are poured |
//! | [`text`] | texts that are passed through |
//! | `vocabularies` | the texts of columns that become codes |
//! | [`order`] | the order of the rows of each part |
//! | [`destination`] | where a load puts its arrays, and what it returns |
//! | [`files`] | a load into files |
//! | [`report`] | the report of a load |
//! | [`share`] | what the processes of a divided load tell each other |
//! | [`told`] | what a share tells, as bytes |
//! | [`pour`] | every value decoded once, and written |
//! | [`join`] | tables matched, and their columns placed |
//! | [`writer`] | rows that come batch by batch |
//! | [`serve`] | rows that are in memory already |

pub mod arrays;
mod counted;
pub mod destination;
pub mod extras;
pub mod files;
pub mod join;
pub mod load;
pub mod matrix;
pub mod order;
pub mod pour;
pub mod report;
pub mod serve;
pub mod share;
pub mod text;
pub mod told;
mod vocabularies;
pub mod writer;

pub use destination::{Destination, Loaded, Matrix, WriterPlace};
pub use load::load;
pub use report::{CodesReport, ColumnReport, PartReport, Report, TableReport, TextTypeReport};
pub use serve::Serving;
pub use share::Shares;
pub use text::TextArray;
pub use writer::Writer;
pub use writer::finish::Written;
