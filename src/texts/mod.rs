//! Floor 2: different texts, and the code of each.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`codes`] | what texts become |
//! | [`hash`] | a fast hash with a key |
//! | [`numbering`] | texts that threads number while they read them |
//! | [`set`] | different texts, numbered as they come |
//! | [`vocabulary`] | the same in the order of their bytes |

pub mod codes;
pub mod hash;
pub mod numbering;
pub mod set;
pub mod vocabulary;

#[cfg(test)]
mod tests;

pub use codes::{Coder, TextCodes};
pub use numbering::{NumberedTexts, Numbering, SharedTexts};
pub use set::{TOGETHER, TextSet};
pub use vocabulary::{Texts, Vocabulary};
