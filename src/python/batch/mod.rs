//! What is done batch by batch.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`exclusive`] | what one thread at a time works with |
//! | [`fit`] | fills that are found while rows are shown |
//! | [`order`] | the order of blocks and rows in an epoch |
//! | [`share`] | rows of a divided load that are in memory already |
//! | `table` | tables that are written batch by batch |
//! | [`writer`] | rows that come batch by batch, whose number is not known |

mod exclusive;
pub(super) mod fit;
pub(super) mod order;
pub(super) mod share;
#[cfg(feature = "tables")]
pub(super) mod table;
pub(super) mod writer;
