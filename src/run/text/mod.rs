//! Texts that are passed through: read in a pass of their own after the pour, each row straight to its
//! place. One thread reads; nothing of a text is held but where it goes.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`places`] | where each row of the source goes |
//! | [`read`] | the pass over a column, and what takes its values |
//! | [`memory`] | texts in memory |
//! | [`codes`] | a code for each text, and the texts of the codes |
//! | [`limits`] | how many texts a column may have |
//! | [`fixed`] | texts of one width, in a file |
//! | [`spool`] | texts on the disk, until it is known how long the longest is |

pub mod codes;
pub mod fixed;
pub mod limits;
pub mod memory;
pub mod places;
pub mod read;
pub mod spool;

pub use codes::CodeSink;
pub use fixed::{FixedSink, Longest};
pub use memory::TextArray;
pub use places::Places;
pub use read::{TextRead, TextSink};
pub use spool::Spool;
