//! Floor 12: statistics of columns, and the fills of their gaps.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`gaps`] | columns with gaps, and their fills |
//! | [`observer`] | an observer of columns while they are poured |
//! | [`streaming`] | medians found while columns are poured |
//! | [`narrowing`] | a bracket that narrows as more values are counted |
//! | [`column`](mod@column) | the median of a column that is whole in memory |
//! | [`pieces`] | medians of columns that lie in contiguous pieces |
//! | [`matrix`] | medians of the columns of an output |
//! | [`strips`] | neighbouring columns whose brackets are counted together |
//! | [`sift`] | one pass that counts every value of an output |
//! | [`rounds`] | medians by questions and answers, for columns whose bracket missed |
//! | [`mean`] | means |
//! | [`shared`] | fills of rows that several processes have |
//! | [`fill`] | fills, fitted and written |
//! | [`gradual`] | fills of columns that are shown window by window |

pub mod column;
pub mod fill;
pub mod gaps;
pub mod gradual;
pub mod matrix;
pub mod mean;
pub mod narrowing;
pub mod observer;
pub mod pieces;
pub mod rounds;
pub mod shared;
pub mod sift;
pub mod streaming;
pub mod strips;
