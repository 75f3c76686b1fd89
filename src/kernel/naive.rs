//! What each kernel must compute, in the plainest words: no blocks, no tricks, no floating-point
//! rounding but that of integers by hand.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "bits are cut from wider integers"
)]

use half::f16;

use super::{Number, Real, Rule, Tally};

/// A number taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Parts {
    /// Any NaN.
    Nan,
    /// An infinity.
    Infinite { negative: bool },
    /// `mantissa * 2^power`, and a sign.
    Finite {
        negative: bool,
        mantissa: u64,
        power: i32,
    },
}

/// A source scalar that can be taken apart.
pub(super) trait Apart: Number + std::fmt::Debug {
    fn parts(self) -> Parts;
}

/// Takes the bits of a float apart, `digits` of whose `width` bits are mantissa (the hidden bit
/// included).
fn float_parts(bits: u64, width: u32, digits: u32) -> Parts {
    let negative = bits >> (width - 1) & 1 == 1;
    let fraction = bits & ((1 << (digits - 1)) - 1);
    let highest = (1 << (width - digits)) - 1;
    let exponent = (bits >> (digits - 1)) as i32 & highest;
    if exponent == highest {
        return if fraction == 0 {
            Parts::Infinite { negative }
        } else {
            Parts::Nan
        };
    }
    let hidden = u64::from(exponent > 0) << (digits - 1);
    Parts::Finite {
        negative,
        mantissa: fraction | hidden,
        power: exponent.max(1) - highest / 2 - (digits as i32 - 1),
    }
}

/// The bits of the float nearest to a number, ties to even: the format has `width` bits, `digits`
/// of them mantissa.
pub(super) fn nearest_bits(parts: Parts, width: u32, digits: u32) -> u64 {
    let infinity = ((1_u64 << (width - digits)) - 1) << (digits - 1);
    let sign = |negative: bool| u64::from(negative) << (width - 1);
    let (negative, mantissa, power) = match parts {
        Parts::Nan => return infinity | 1 << (digits - 2),
        Parts::Infinite { negative } => return sign(negative) | infinity,
        Parts::Finite { mantissa: 0, .. } => (matches_negative(parts), 0, 0),
        Parts::Finite {
            negative,
            mantissa,
            power,
        } => (negative, mantissa, power),
    };
    // The power of the last bit of a subnormal, and of this result.
    let least = 3 - (1 << (width - digits - 1)) - digits as i32 + 0;
    let length = (u64::BITS - mantissa.leading_zeros()) as i32;
    let last = (power + length - digits as i32).max(least);
    let cut = last - power;
    let rounded = match cut {
        ..=0 => mantissa << -cut,
        1..=64 => {
            let (kept, rest) = (mantissa.checked_shr(cut as u32).unwrap_or(0), u128::from(mantissa) & ((1 << cut) - 1));
            let half = 1_u128 << (cut - 1);
            kept + u64::from(rest > half || rest == half && kept & 1 == 1)
        }
        _ => 0,
    };
    // A mantissa without its hidden bit is a subnormal; one too many bits carries into the exponent.
    let hidden = 1 << (digits - 1);
    let bits = if rounded < hidden {
        rounded
    } else {
        ((last - least) as u64 + 1) * hidden + (rounded - hidden)
    };
    sign(negative) | bits.min(infinity)
}
