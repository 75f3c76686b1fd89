//! Floor 3: which row of a table belongs to which row of the source.
//!
//! ```text
//! keys of the source, read once -> keys of each table, streaming past -> matches
//! ```
//!
//! What comes out is one number for each row of the source: the row of the table that it gets its
//! values from, or none. Whoever places values looks at nothing else, so another way of matching
//! (the latest earlier key, say) only has to give these numbers.

pub mod cells;
mod doubles;
pub mod index;
pub mod keys;
pub mod lookup;
pub mod matches;
pub mod stream;
mod told;

#[cfg(test)]
mod tests;

pub use lookup::{Asked, Find, lookup};
pub use matches::{Found, Matches, NONE};
