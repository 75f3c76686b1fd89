//! The middle of a column, found by counts.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`bracket`] | two values that the middle lies between, from a sample |
//! | [`column`] | one column held against its bracket, along its values |
//! | [`rows`] | sixteen columns at once, along the rows |
//! | [`rank`] | the value of a rank among few |
//! | [`rounds`] | a search in rounds, for columns whose bracket missed |

pub mod bracket;
pub mod column;
pub mod rank;
pub mod rounds;
pub mod rows;
