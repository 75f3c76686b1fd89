//! Floor 2: bytes by position.

pub mod file;

pub use file::{Identity, Source};
