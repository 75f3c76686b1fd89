//! The steps that choose rows. Each is given the rows that are left, and says which of them stay.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`filtering`] | rows that match filters, and parts by filters |
//! | [`unique`] | one row for each key |
//! | [`runs`] | the same where rows stand in the order of their keys |
//! | [`ranks`] | samples, and parts by shares |
//! | [`split`] | parts by keys |

pub mod filtering;
pub mod ranks;
pub mod runs;
pub mod split;
pub mod unique;
