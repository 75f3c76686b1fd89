//! Floor 2: different texts, and the code of each.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`hash`] | a fast hash with a key |
//! | [`set`] | different texts, numbered as they come |
//! | [`vocabulary`] | the same in the order of their bytes |

pub mod hash;
pub mod set;
pub mod vocabulary;

pub use set::TextSet;
pub use vocabulary::{Texts, Vocabulary};
