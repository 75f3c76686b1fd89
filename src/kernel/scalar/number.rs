//! The scalars that a Parquet page can hold, and their casts.
//!
//! Each cast rounds once, to nearest, ties to even: what `numpy.ndarray.astype` does.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    clippy::float_cmp,
    reason = "lossy casts are the purpose of this file, and whether one lost anything is an exact question"
)]

use half::f16;
use half::slice::HalfFloatSliceExt;

/// A source scalar.
pub trait Number: Copy + Default + Send + Sync + 'static {
    /// Bytes of one value in PLAIN encoding.
    const BYTES: usize;
    /// The largest magnitude that a value can have.
    const LARGEST: f64;

    /// The value stored in `BYTES` little-endian bytes; 0 where `bytes` is too short.
    fn load(bytes: &[u8]) -> Self;
    /// The value whose stored integer is `stored`.
    fn from_stored(stored: i64) -> Self;
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
    /// The nearest `f32`.
    fn to_f32(self) -> f32;
    /// An `f32` from which one more rounding, to half precision, gives the nearest half.
    fn to_f32_for_half(self) -> f32 {
        self.to_f32()
    }
    /// The integer of the same value; only called on integers and bools.
    fn to_i64(self) -> i64;
    /// The unsigned integer of the same value; only called on unsigned integers and bools.
    fn to_u64(self) -> u64 {
        self.to_i64() as u64
    }
    /// Casts many at once.
    #[inline(always)]
    fn to_f32s(values: &[Self], out: &mut [f32]) {
        for (out, value) in out.iter_mut().zip(values) {
            *out = value.to_f32();
        }
    }
}

macro_rules! integer {
    ($($name:ty, stored as $stored:ty;)*) => {$(
        impl Number for $name {
            const BYTES: usize = size_of::<$stored>();
            const LARGEST: f64 = <$name>::MAX as f64;

            #[inline(always)]
            fn load(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or(0, |b| <$stored>::from_le_bytes(*b) as Self)
            }
            #[inline(always)]
            fn from_stored(stored: i64) -> Self {
                stored as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn to_i64(self) -> i64 {
                self as i64
            }
            #[inline(always)]
            fn to_u64(self) -> u64 {
                self as u64
            }
        }
    )*};
}

// An integer so large that its `f32` is inexact is far beyond the largest half: both roundings of
// integer -> f32 -> f16 then give infinity, and below that the first one is exact.
integer! {
    i8, stored as i32;
    i16, stored as i32;
    i32, stored as i32;
    i64, stored as i64;
    u8, stored as i32;
    u16, stored as i32;
    u32, stored as i32;
    u64, stored as i64;
}

impl Number for bool {
    const BYTES: usize = 1;
    const LARGEST: f64 = 1.0;

    fn load(bytes: &[u8]) -> Self {
        bytes.first().is_some_and(|b| *b != 0)
    }
    #[inline(always)]
    fn from_stored(stored: i64) -> Self {
        stored != 0
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
    #[inline(always)]
    fn to_f32(self) -> f32 {
        f32::from(u8::from(self))
    }
    #[inline(always)]
    fn to_i64(self) -> i64 {
        i64::from(self)
    }
}

/// Floats are stored as themselves. Each has its own ways to a `f32` and to an integer.
macro_rules! float {
    ($name:ty, $bits:ty, $value:ident => $single:expr, $integer:expr, { $($other:item)* }) => {
        impl Number for $name {
            const BYTES: usize = size_of::<$name>();
            const LARGEST: f64 = f64::INFINITY;

            #[inline(always)]
            fn load(bytes: &[u8]) -> Self {
                bytes.first_chunk().map_or_else(Self::default, |b| Self::from_le_bytes(*b))
            }
            fn from_stored(stored: i64) -> Self {
                Self::from_bits(stored as $bits)
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn to_f32(self) -> f32 {
                let $value = self;
                $single
            }
            fn to_i64(self) -> i64 {
                let $value = self;
                $integer
            }
            $($other)*
        }
    };
}

float!(f16, u16, value => value.into(), f64::from(value) as i64, {
    fn to_f32s(values: &[Self], out: &mut [f32]) {
        values.convert_to_f32_slice(&mut out[..values.len()]);
    }
});
float!(f32, u32, value => value, value as i64, {});
float!(f64, u64, value => value as f32, value as i64, {
    /// Rounds to odd: of the two `f32` around an inexact value, the one with an odd last bit. It
    /// records in that bit that digits were cut off, so the next rounding cannot see a false tie.
    #[inline(always)]
    fn to_f32_for_half(self) -> f32 {
        let near = self as f32;
        let back = Self::from(near);
        let bits = near.to_bits();
        let cut = back != self && bits & 1 == 0 && !self.is_nan();
        let step = if back.abs() < self.abs() { 1 } else { u32::MAX };
        f32::from_bits(if cut { bits.wrapping_add(step) } else { bits })
    }
});
