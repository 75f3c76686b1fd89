//! Floor 0: pure numbers. Slices in, slices out; no files, no threads, no errors, and nothing of
//! the floors above. All that a user may choose has become a number in a [`Rule`] before it gets
//! here.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`isa`] | which instructions this machine has, and how a kernel is compiled for each |
//! | `arch` | the switch to what is written for the instructions of one machine |
//! | [`scalar`] | one value: its types, its cast, what replaces it; sums and decimals |
//! | [`bytes`] | packed bits, runs, indices, Snappy, checksums |
//! | [`iso`] | dates and times in text |
//! | [`moves`] | transposes, gaps, stores past the cache |
//! | [`median`] | brackets, ranks and counts around the middle of a column |
//! | `x86_64` | what is written for x86-64 |
//! | `naive` | every kernel in the plainest words, for the tests |

mod arch;
pub mod bytes;
pub mod isa;
pub mod iso;
pub mod median;
pub mod moves;
pub mod scalar;
#[cfg(target_arch = "x86_64")]
pub mod x86_64;

#[cfg(test)]
pub(crate) mod naive;
#[cfg(test)]
mod tests;

pub use moves::expand::expand;
pub use scalar::clean::clean;
pub use scalar::element::{Element, Real};
pub use scalar::number::Number;
pub use scalar::rule::{Cleaner, Rule, Tally};
