//! Floor 1: the operating system.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`pages`] | memory of our own, or of a file |
//! | [`free`] | how much memory and disk there is |

pub mod free;
pub mod pages;

pub use pages::Mapping;
