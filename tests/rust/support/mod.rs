//! What the tests share.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`compact`] | Parquet written byte by byte: footers, page headers, whole small files |
//! | [`files`] | Parquet written by another library, with columns of every type |
//! | [`naive`] | a load in the plainest words |

pub(crate) mod compact;
pub(crate) mod files;
pub(crate) mod naive;
