//! Helpers of several tests.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`compact`] | Parquet written byte by byte: footers, page headers, whole small files |
//! | [`files`] | Parquet written by another library, with columns of every type |
//! | [`naive`] | a load as the simplest possible code |

pub(crate) mod compact;
pub(crate) mod files;
pub(crate) mod naive;
