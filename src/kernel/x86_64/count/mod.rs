//! Values of a column compared with a bracket: each register is compared once, and what lies inside
//! is pushed together and always written, where the compiler would compare some values twice and
//! keep them one by one.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`avx512`] | registers of 64 bytes |
//! | [`avx2`] | registers of 32 bytes |

pub mod avx2;
pub mod avx512;

/// What was found among the first values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Values that were compared.
    pub seen: usize,
    /// Of those, the ones inside the bracket, which were kept.
    pub kept: usize,
    /// Not NaN.
    pub present: u64,
    /// Below the bracket.
    pub below: u64,
    /// Equal to its lower end.
    pub at_low: u64,
    /// Equal to its upper end.
    pub at_high: u64,
}
