//! Floor 10: what is learned of columns, and what fills their gaps.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`gaps`] | columns whose missing values are to be filled, and with what |
//! | [`observer`] | what looks at columns while they are poured |
//! | [`streaming`] | medians found while columns are poured |
//! | [`narrowing`] | a bracket that narrows as more is seen |
//! | [`column`](mod@column) | the median of a column that is whole in memory |
//! | [`matrix`] | medians of columns as they stand in the output |
//! | [`strips`] | neighbouring columns held against their brackets together |
//! | [`sift`] | one pass over every value of the output |
//! | [`rounds`] | questions and answers, for columns whose bracket missed |
//! | [`mean`] | means |
//! | [`fill`] | fills, fitted and written |

pub mod column;
pub mod fill;
pub mod gaps;
pub mod matrix;
pub mod mean;
pub mod narrowing;
pub mod observer;
pub mod rounds;
pub mod sift;
pub mod streaming;
pub mod strips;
