//! The order of rows by several keys: ascending, nulls last, NaN behind all other numbers, rows with
//! equal keys as they came.
//!
//! ```text
//! blocks of KeyColumns -> Packing -> one word a row: key, row -> sort -> the row of each place
//! ```
//!
//! A row is held as its key with its number behind it, so no two words are equal and any way of sorting
//! keeps the order of rows with equal keys.
//!
//! | bits of key and row | bytes of a row until it is sorted |
//! | --- | --- |
//! | up to 64 | 8 |
//! | up to 128 | 16 |
//! | more, or text | its key, 8, and 16 while it is sorted |
//!
//! The order takes 8 bytes a row, and in the first two cases the memory that the words had.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`packing`] | the key of a row in as few bits as its columns need |
//! | `words` | sorting of words, with polls for cancellation |
//! | `text` | keys that fit no word, by eight bytes at a time |
//! | [`rows`] | rows that come in blocks, and their order |

pub mod packing;
pub mod rows;
mod text;
mod words;

pub use packing::SortColumn;
pub use rows::SortKeys;
