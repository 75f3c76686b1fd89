//! One column of one row group, streaming.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`numbers`] | numbers: decoded, cast, cleaned |
//! | `picked` | of the next rows those that are wanted |
//! | [`bytes`] | byte strings, shown where they are |
//! | [`times`] | times as numbers of one unit |
//! | [`convert`] | from stored values to elements, by kind |

pub mod bytes;
pub mod convert;
pub mod numbers;
mod picked;
pub mod times;
