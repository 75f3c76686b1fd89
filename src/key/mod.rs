//! Floor 5: keys in one form, streaming; and which row of a table belongs to which row of a source.
//!
//! ```text
//! keys of the source, read once -> keys of each table, streaming past -> matches
//! ```
//!
//! What comes out is one number for each row of the source: the row of the table that it gets its
//! values from, or none. Whoever places values looks at nothing else, so another way of matching
//! (the latest earlier key, say) only has to give these numbers.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`form`] | one form for the values of a key in all files |
//! | [`column`] | one column of a key, a block of rows at a time |
//! | [`store`] | keys of many rows, held one behind the other |
//! | [`stream`] | the keys of one file, streaming |
//! | `describe` | a key in words |
//! | [`index`] | from a key to its rows |
//! | [`duplicates`] | keys that occur twice |
//! | [`matches`] | which row of a table belongs to which row of the source |
//! | [`matcher`] | the cheapest sound way to find them |

pub mod column;
mod describe;
pub mod duplicates;
pub mod form;
pub mod index;
pub mod matcher;
pub mod matches;
pub mod store;
pub mod stream;

#[cfg(test)]
mod tests;

pub use duplicates::Duplicates;
pub use form::{KeyForm, KeySlot};
pub use matcher::{MatchRequest, Matcher, lookup};
pub use matches::{MatchKind, Matches, NONE};
