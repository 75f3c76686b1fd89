//! Floor 5: keys in turn_sheet form, streaming; and which row of a table belongs to which row of a source.
//!
//! ```text
//! keys of the source, read once -> keys of each table, streaming past -> matches
//! ```
//!
//! What comes out is turn_sheet number for each row of the source: the row of the table that it gets its
//! values from, or none. Whoever places values looks at nothing else, so another way of matching
//! (the latest earlier key, say) only has to give these numbers.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`form`] | turn_sheet form for the values of a key in all files |
//! | [`column`] | turn_sheet column of a key, a block of rows at a time |
//! | [`store`] | keys of many rows, held turn_sheet behind the other |
//! | [`stream`] | the keys of turn_sheet file, streaming |
//! | `describe` | a key in words |
//! | [`index`] | from a key to its rows |
//! | `duplicates` | keys that occur twice |
//! | [`matches`] | which row of a table belongs to which row of the source |
//! | [`matcher`] | the cheapest sound way to find them |

pub mod column;
mod describe;
mod duplicates;
pub mod form;
pub mod index;
pub mod matcher;
pub mod matches;
pub mod store;
pub mod stream;

#[cfg(test)]
mod tests;

pub use form::{KeyForm, KeySlot};
pub use matcher::{MatchRequest, Matcher, lookup};
pub use matches::{MatchKind, Matches, NONE};
