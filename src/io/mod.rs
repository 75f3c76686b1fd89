//! Floor 4: bytes by position.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`input`] | what can be read |
//! | [`file`](mod@file) | a file of this machine |
//! | [`memory`] | what is in memory already |
//! | [`source`] | an opened input, and how much was read from it |

pub mod file;
pub mod input;
pub mod memory;
pub mod source;

pub use crate::sys::Identity;
pub use input::Input;
pub use memory::InMemory;
pub use source::Source;
