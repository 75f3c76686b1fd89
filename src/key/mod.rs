//! Floor 8: keys of rows in one form, streaming; what is known about their order and their
//! duplicates; and which row of a table belongs to which row of a source.
//!
//! ```text
//! columns -> KeyColumn -> KeyStream -> blocks of Keys -> KeyOrder, KeySet, RowIndex, Matcher
//! ```
//!
//! A join reads the keys of its source once; then those of each table stream past. What comes out is
//! one number for each row of the source: the row of the table that it gets its values from, or none.
//! Values are scattered by these numbers alone, so another way of matching (the latest earlier key,
//! say) only has to give them.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`form`] | one form for the values of a key in all files |
//! | [`column`](mod@column) | one column of a key, a block of rows at a time |
//! | [`store`] | keys of many rows, held one after the other |
//! | [`stream`] | the keys of one file, streaming |
//! | `describe` | a key in words, for messages |
//! | [`order`] | whether keys ascend, and where groups of them begin |
//! | [`set`] | a set of keys that grows, with the first row of each |
//! | [`canonical`] | the canonical bytes of a row's key, and their hash |
//! | [`distinct`] | which hashes were seen before, in at most 24 bytes each |
//! | [`seen`] | the same of keys, for several sources in turn |
//! | [`sorting`] | the order of rows by several keys |
//! | [`index`] | from a key to all its rows |
//! | [`duplicates`] | keys that occur twice in a table |
//! | [`matches`](mod@matches) | which row of a table belongs to which row of the source |
//! | [`matcher`] | the cheapest sound way to find them |

pub mod canonical;
pub mod column;
mod describe;
pub mod distinct;
pub mod duplicates;
pub mod form;
pub mod index;
pub mod matcher;
pub mod matches;
pub mod order;
pub mod seen;
pub mod set;
pub mod sorting;
pub mod store;
pub mod stream;

#[cfg(test)]
mod tests;

pub use canonical::{KeyHasher, key_of_seed};
pub use distinct::DistinctSet;
pub use duplicates::Duplicates;
pub use form::{KeyForm, KeySlot};
pub use matcher::{MatchRequest, Matcher, SourceRows, read_source_keys};
pub use matches::{MatchKind, Matches, NONE};
pub use seen::SeenKeys;
pub use sorting::{SortColumn, SortKeys};
pub use stream::{KeyFile, KeySpec};
