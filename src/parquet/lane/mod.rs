//! One column of one row group, streaming.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`numbers`] | numbers: decoded, cast, cleaned |
//! | [`vectors`] | lists of numbers, one row behind the other |
//! | [`vector_rows`] | the lengths of lists, held against the one that they must have |
//! | `picked` | of the next rows those that are wanted |
//! | [`bytes`] | byte strings, shown where they are |
//! | [`times`] | times as numbers of one unit |
//! | [`clocks`] | times as numbers of units since an origin |
//! | [`categories`] | texts as codes; which texts there are |
//! | [`stored`] | how values are stored, and what they are recoded by |
//! | [`convert`] | from stored values to elements, by kind |

pub mod bytes;
pub mod categories;
pub mod clocks;
pub mod convert;
pub mod numbers;
mod picked;
pub mod stored;
pub mod times;
pub mod vector_rows;
pub mod vectors;
