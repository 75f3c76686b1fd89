//! Values moved from place to place.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`transpose`] | columns stored row by row |
//! | [`expand`] | values spread over gaps |
//! | [`extract`] | some bits of a mask, moved together |
//! | [`compress`] | the values of some rows, moved together |
//! | [`exchange`] | numbers exchanged for what a table has for them |
//! | [`fill`] | gaps filled |
//! | [`permute`] | numbers permuted by a network |
//! | [`uncached`] | copies that do not pass through the cache |

pub mod compress;
pub mod exchange;
pub mod expand;
pub mod extract;
pub mod fill;
pub mod permute;
pub mod transpose;
pub mod uncached;
