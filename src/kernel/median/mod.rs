//! The middle of a column, found by counts.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`counts`] | how many values are where, compared with a bracket |
//! | [`bracket`] | two values that the middle lies between, from a sample |
//! | [`middle`] | the two values in the middle, and their median |
//! | [`column`](mod@column) | one column compared with its bracket |
//! | [`rows`] | sixteen columns at once, row after row |
//! | [`zone`] | what some neighbours in a column are |
//! | [`rank`] | the value of a rank among few |
//! | [`rounds`] | a search in rounds, for columns whose bracket missed |

pub mod bracket;
pub mod column;
pub mod counts;
pub mod middle;
pub mod rank;
pub mod rounds;
pub mod rows;
pub mod zone;
