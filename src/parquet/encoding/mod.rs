//! The values of a page, by encoding.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`decoder`] | all encodings but the dictionary's, behind one type |
//! | [`delta`] | differences, packed in blocks |
//! | [`rle`] | runs and packed bits in turn: levels, indices, bools |
//! | [`dictionary`] | entries cast once, gathered by index |

pub mod decoder;
pub mod delta;
pub mod dictionary;
pub mod rle;
