//! Floor 7: what is learned of columns, and what fills their gaps.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`streaming`] | medians found while columns are poured |
//! | [`observer`] | what looks at columns while they are poured |
//! | [`narrowing`] | a bracket that narrows as more is seen |
//! | [`column`] | the median of a column that is all here |
//! | [`matrix`] | medians of columns as they stand in the output |
//! | [`sift`] | one look at every value of the output |
//! | [`rounds`] | the few columns whose bracket missed |
//! | [`fill`] | fills, fitted and written |

pub mod column;
pub mod fill;
pub mod matrix;
pub mod narrowing;
pub mod observer;
pub mod rounds;
pub mod sift;
pub mod streaming;
