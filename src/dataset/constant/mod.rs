//! Columns that are the same in all rows of a file, and are not in it.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`value`] | one value, in the form of its type |
//! | [`hive`] | what folders say of their files |
//! | [`lake`] | what a table format says of its files |

pub mod hive;
pub mod lake;
pub mod value;
