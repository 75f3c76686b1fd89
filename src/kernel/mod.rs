//! Floor 0: pure numbers. Slices in, slices out; no files, no threads, no errors, and nothing of
//! the floors above. Whatever a user may choose has become a number in [`Rule`] before it gets here.

pub mod along;
#[cfg(target_arch = "x86_64")]
pub mod along512;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod bracket;
pub mod clean;
pub mod crc;
#[cfg(target_arch = "x86_64")]
pub mod crc512;
pub mod decimal;
pub mod element;
#[cfg(target_arch = "x86_64")]
pub mod expand512;
pub mod gather;
#[cfg(target_arch = "x86_64")]
pub mod halves;
pub mod isa;
#[cfg(target_arch = "x86_64")]
pub mod lookup512;
pub mod number;
pub mod patch;
pub mod plain;
pub mod rank;
pub mod runs;
pub mod select;
pub mod sieve;
pub mod snappy;
pub mod special;
pub mod stream;
pub mod sum;
pub mod transpose;
pub mod unpack;

#[cfg(test)]
pub(crate) mod naive;
#[cfg(test)]
mod tests;

pub use clean::{Rule, Tally, clean, expand};
pub use element::{Element, Real};
pub use number::Number;
