//! The columns that decide about rows, read by several threads.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`columns`] | where they are, and the form of their values |
//! | [`walk`] | row groups, forward or backward |
//! | [`pass`] | a pass of several threads over row groups |
//! | [`blocks`] | the columns of a row group, block by block |
//! | [`neighbours`] | keys that follow each other, compared |
//! | [`order`] | whether rows stand in the order of columns |

pub mod blocks;
pub mod columns;
pub mod neighbours;
pub mod order;
pub mod pass;
pub mod walk;
