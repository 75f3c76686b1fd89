//! The scalars that an output can hold.
#![expect(
    clippy::cast_possible_truncation,
    reason = "narrowing to the output's own width is the purpose of this file"
)]

use half::f16;
use half::slice::HalfFloatSliceExt;

use crate::kernel::{Number, arch};

/// Values staged at a time on the way to half precision; fits L1 beside its source.
const STAGE: usize = 128;

/// An output scalar.
pub trait Element: Copy + Default + Send + Sync + 'static {
    /// What stands for a missing value until it is filled: the canonical quiet NaN. Integers have
    /// none, so where they are poured missing values are refused.
    const MISSING: Self;
    /// The largest finite magnitude.
    const LARGEST: f64;
    /// Bits that are clear in any `f64` halfway between two of these values, where those are narrower;
    /// otherwise none.
    const HALFWAY: u64 = 0;

    /// Casts each value, rounding once.
    fn cast<S: Number>(values: &[S], out: &mut [Self]);
    /// Whether the value is neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// Whether all values are finite; only called within a kernel.
    fn are_finite(values: &[Self]) -> bool;
}

/// Whether floats are finite. Tests all values together: an exponent of all ones, plus one, overflows into the sign.
macro_rules! are_finite {
    ($bits:ty) => {
        #[inline(always)]
        fn is_finite(self) -> bool {
            self.is_finite()
        }
        #[inline(always)]
        fn are_finite(values: &[Self]) -> bool {
            let sign: $bits = 1 << (<$bits>::BITS - 1);
            let one: $bits = 1 << (Self::MANTISSA_DIGITS - 1);
            let over = values
                .iter()
                .fold(0, |over, value| over | ((value.to_bits() & !sign) + one));
            over & sign == 0
        }
    };
}

/// A floating output scalar: what the matrix is made of.
pub trait Real: Element {
    /// The name of the dtype.
    const NAME: &'static str;
    /// Positive infinity.
    const INFINITY: Self;
    /// Negative infinity.
    const NEG_INFINITY: Self;
    /// The largest finite value.
    const MAX: Self;
    /// The lowest finite value.
    const MIN: Self;

    /// The same value, exactly.
    fn to_f64(self) -> f64;
    /// The nearest value, in one rounding.
    fn nearest(value: f64) -> Self;
    /// Whether this is NaN.
    fn is_nan(self) -> bool;
    /// A type that compares as the values do, in one instruction; NaN is never below a value that
    /// is not NaN.
    type Order: Copy + PartialOrd;

    /// The value as a type that compares fast.
    fn order(self) -> Self::Order;
    /// The bits of a value, by which NaNs differ.
    type Raw: Copy + PartialEq;

    /// The bits.
    fn raw(self) -> Self::Raw;
    /// An integer that orders as the values do. Never called on a NaN, which has no order.
    fn key(self) -> u64;
    /// The value of a key.
    fn from_key(key: u64) -> Self;
}

macro_rules! real {
    ($name:ty, $dtype:literal, $bits:ty, $order:ty, $value:ident => $ordered:expr) => {
        impl Real for $name {
            const NAME: &'static str = $dtype;
            const INFINITY: Self = Self::INFINITY;
            const NEG_INFINITY: Self = Self::NEG_INFINITY;
            const MAX: Self = Self::MAX;
            const MIN: Self = Self::MIN;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
            fn nearest(value: f64) -> Self {
                let mut out = [Self::MISSING];
                // A cast NaN has the sign and payload that the processor gives it, and not the
                // canonical ones.
                if !value.is_nan() {
                    Self::cast(&[value], &mut out);
                }
                out[0]
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                self.is_nan()
            }
            type Order = $order;

            #[inline(always)]
            fn order(self) -> $order {
                let $value = self;
                $ordered
            }
            type Raw = $bits;

            #[inline(always)]
            fn raw(self) -> $bits {
                self.to_bits()
            }
            #[inline(always)]
            fn key(self) -> u64 {
                // Positive: set the sign bit. Negative: flip all, so that larger magnitudes come
                // first.
                let bits = self.to_bits();
                let mask = (bits.cast_signed() >> (<$bits>::BITS - 1)).cast_unsigned();
                u64::from(bits ^ (mask | (1 << (<$bits>::BITS - 1))))
            }
            #[inline(always)]
            fn from_key(key: u64) -> Self {
                let key = key as $bits;
                let mask = (!(key.cast_signed() >> (<$bits>::BITS - 1))).cast_unsigned();
                Self::from_bits(key ^ (mask | (1 << (<$bits>::BITS - 1))))
            }
        }
    };
}

// Halves compare as integers: those of a negative one have all bits but the sign flipped.
real!(f16, "float16", u16, i16, value => {
    let bits = value.to_bits().cast_signed();
    bits ^ ((bits >> 15) & 0x7fff)
});
real!(f32, "float32", u32, f32, value => value);
real!(f64, "float64", u64, f64, value => value);

impl Element for f16 {
    const MISSING: Self = Self::from_bits(0x7e00);
    const LARGEST: f64 = 65504.0;
    const HALFWAY: u64 = (1 << 41) - 1;

    #[inline(always)]
    fn cast<S: Number>(values: &[S], out: &mut [Self]) {
        let mut stage = [0.0_f32; STAGE];
        for (values, out) in values.chunks(STAGE).zip(out.chunks_mut(STAGE)) {
            let stage = &mut stage[..values.len()];
            for (stage, value) in stage.iter_mut().zip(values) {
                *stage = value.to_f32_for_half();
            }
            let done = arch::narrow(stage, out);
            out[done..].convert_from_f32_slice(&stage[done..]);
        }
    }
    are_finite!(u16);
}

impl Element for f32 {
    const MISSING: Self = Self::from_bits(0x7fc0_0000);
    const LARGEST: f64 = Self::MAX as f64;
    const HALFWAY: u64 = (1 << 28) - 1;

    #[inline(always)]
    fn cast<S: Number>(values: &[S], out: &mut [Self]) {
        S::to_f32s(values, out);
    }
    are_finite!(u32);
}

impl Element for f64 {
    const MISSING: Self = Self::from_bits(0x7ff8_0000_0000_0000);
    const LARGEST: Self = Self::MAX;

    #[inline(always)]
    fn cast<S: Number>(values: &[S], out: &mut [Self]) {
        for (out, value) in out.iter_mut().zip(values) {
            *out = value.to_f64();
        }
    }
    are_finite!(u64);
}

/// Elements that only take integers and bools that fit them.
macro_rules! exact {
    ($($name:ty, $missing:expr, $value:ident => $cast:expr;)*) => {$(
        impl Element for $name {
            const MISSING: Self = $missing;
            const LARGEST: f64 = f64::INFINITY;

            #[inline(always)]
            fn cast<S: Number>(values: &[S], out: &mut [Self]) {
                for (out, $value) in out.iter_mut().zip(values) {
                    *out = $cast;
                }
            }
            fn is_finite(self) -> bool {
                true
            }
            fn are_finite(_: &[Self]) -> bool {
                true
            }
        }
    )*};
}

exact! {
    i8, Self::MIN, value => value.to_i64() as Self;
    i16, Self::MIN, value => value.to_i64() as Self;
    i32, Self::MIN, value => value.to_i64() as Self;
    i64, Self::MIN, value => value.to_i64();
    u8, Self::MIN, value => value.to_u64() as Self;
    u16, Self::MIN, value => value.to_u64() as Self;
    u32, Self::MIN, value => value.to_u64() as Self;
    u64, Self::MIN, value => value.to_u64();
    bool, false, value => value.to_i64() != 0;
}
