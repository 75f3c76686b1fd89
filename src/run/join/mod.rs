//! The pour of a join.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`pour`] | the source's own columns, and beside them those of the tables |
//! | [`queue`] | tables and columns, handed out |
//! | [`worker`] | one thread: matches tables, places columns |
//! | [`placer`] | columns on their way to the rows that they match |
//! | [`sentinels`] | what was met in a joined column, counted where it landed |

pub mod placer;
pub mod pour;
pub mod queue;
pub mod sentinels;
pub mod worker;
