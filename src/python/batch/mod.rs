//! What is done batch by batch.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`fit`] | fills that are found while rows are shown |
//! | [`order`] | the order of blocks and rows in an epoch |
//! | [`writer`] | rows that come batch by batch, whose number is not known |

pub(super) mod fit;
pub(super) mod order;
pub(super) mod writer;
