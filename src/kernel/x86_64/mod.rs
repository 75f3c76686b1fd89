//! Kernels for x86-64, where the compiler does not find the trick by itself. Slices in, plain
//! numbers out: nothing of this crate outside this folder is named here.
//!
//! Each function does as much of its job as it can, from the front on unless it says otherwise, and
//! returns how much that was; the plain kernel does the rest, and gives the same bits.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`transpose`] | columns stored row by row |
//! | [`unpack`] | values packed in bits |
//! | [`fill`] | NaNs filled |
//! | [`count`] | values counted and kept by a bracket |
//! | [`narrow`] | `f32` rounded to `f16` |
//! | [`expand`] | values spread over gaps |
//! | [`compress`] | the values of some rows moved together |
//! | [`gather`] | values by their indices |
//! | [`extract`] | bits of a word moved together |
//! | [`prefetch`] | lines fetched before they are needed |
//! | [`crc`] | a checksum of bytes that are cast as well |
//! | [`uncached`] | copies that do not pass through the cache |

use std::any::TypeId;

use half::f16;

pub mod compress;
pub mod count;
pub mod crc;
pub mod expand;
pub mod extract;
pub mod fill;
pub mod gather;
pub mod narrow;
pub mod prefetch;
pub mod transpose;
pub mod uncached;
pub mod unpack;

/// Bytes of a cache line.
const LINE: usize = 64;
/// Values of 32 bits in a register.
const SIDE: usize = 16;

/// Proof that this machine has AVX-512 F, BW, DQ and VL, BMI2 and POPCNT.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// The proof.
    ///
    /// # Safety
    /// The machine must have them.
    #[expect(unsafe_code, reason = "the caller must have detected the instructions")]
    pub const unsafe fn assume() -> Self {
        Self(())
    }
}

/// Proof that this machine has AVX2, BMI2 and POPCNT.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// The proof.
    ///
    /// # Safety
    /// The machine must have them.
    #[expect(unsafe_code, reason = "the caller must have detected the instructions")]
    pub const unsafe fn assume() -> Self {
        Self(())
    }
}

/// The types whose values are compared here, not only moved.
#[derive(Debug, Clone, Copy)]
enum Float {
    Half,
    Single,
    Double,
}

impl Float {
    /// Which of them `T` is.
    #[inline]
    fn of<T: 'static>() -> Option<Self> {
        let kind = TypeId::of::<T>();
        if kind == TypeId::of::<f16>() {
            Some(Self::Half)
        } else if kind == TypeId::of::<f32>() {
            Some(Self::Single)
        } else if kind == TypeId::of::<f64>() {
            Some(Self::Double)
        } else {
            None
        }
    }
}
