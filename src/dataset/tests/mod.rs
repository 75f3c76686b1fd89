//! Names and paths, without a file system.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`natural`] | the natural order of paths |
//! | [`wildcard`] | names with wildcards |

mod hive;
mod natural;
mod wildcard;
