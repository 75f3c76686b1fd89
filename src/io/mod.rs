//! Floor 4: bytes by position.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`input`] | what can be read |
//! | [`file`](mod@file) | a file of this machine |
//! | [`location`] | where an input is, before it is opened |
//! | [`remote`] | objects that are read over a network |
//! | [`memory`] | what is in memory already |
//! | [`source`] | an opened input, and how much was read from it |

pub mod file;
pub mod input;
pub mod location;
pub mod memory;
pub mod remote;
pub mod source;

pub use crate::sys::Identity;
pub use input::{Announced, Input};
pub use location::Location;
pub use memory::InMemory;
pub use source::Source;
