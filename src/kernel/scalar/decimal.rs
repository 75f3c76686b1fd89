//! Decimals: the `f64` nearest to `unscaled / 10^scale`, in one rounding.
//!
//! 1. Up to 2^53 and 10^22 both operands are exact in `f64`, so one division rounds once.
//! 2. Anything else is written out in digits and parsed by the standard library, which rounds
//!    correctly for any number of digits.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "exact below 2^53, and digits are cut from remainders"
)]

/// Longest unscaled value in bytes: 76 digits, the widest decimal that writers know.
pub const MOST_BYTES: usize = 32;

/// Longest stored value, sign bytes included: two bytes of a page can repeat a value as long as the
/// one before, and each repetition is read in full.
const MOST_STORED: usize = 1 << 10;

const EXACT: i64 = 1 << 53;
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The value of an unscaled integer of 64 bits.
#[inline]
pub fn from_i64(unscaled: i64, scale: i32) -> f64 {
    let power = usize::try_from(scale).ok().and_then(|s| POWERS.get(s));
    match power {
        Some(power) if (-EXACT..=EXACT).contains(&unscaled) => unscaled as f64 / power,
        _ => parse(&unscaled.to_string(), scale),
    }
}

/// The value of an unscaled integer in big-endian two's complement; `None` if it is wider than 32
/// bytes.
pub fn from_be(bytes: &[u8], scale: i32) -> Option<f64> {
    if bytes.len() > MOST_STORED {
        return None;
    }
    let negative = bytes.first().is_some_and(|b| *b >= 0x80);
    let sign = if negative { 0xff } else { 0 };
    let start = bytes.iter().take_while(|b| **b == sign).count();
    let digits = &bytes[start..];
    if digits.len() < 8 {
        let extended = i64::from(negative).wrapping_neg();
        let digits = digits.iter();
        let value = digits.fold(extended, |value, digit| value << 8 | i64::from(*digit));
        return Some(from_i64(value, scale));
    }
    if digits.len() > MOST_BYTES {
        return None;
    }
    Some(parse(&to_digits(digits, negative), scale))
}

fn parse(digits: &str, scale: i32) -> f64 {
    let number = format!("{digits}e{}", -i64::from(scale));
    number.parse().unwrap_or(f64::NAN)
}

/// Decimal digits of a wide two's complement integer whose leading sign bytes are cut off.
fn to_digits(bytes: &[u8], negative: bool) -> String {
    const BASE: u128 = 1_000_000_000_000_000_000;
    // Magnitude in 64-bit limbs, lowest first; one spare for the carry of the negation.
    let mut limbs = [0_u64; MOST_BYTES / 8 + 1];
    for (at, byte) in bytes.iter().rev().enumerate() {
        let byte = if negative { !byte } else { *byte };
        limbs[at / 8] |= u64::from(byte) << (at % 8 * 8);
    }
    if negative {
        for limb in &mut limbs {
            let (sum, carry) = limb.overflowing_add(1);
            *limb = sum;
            if !carry {
                break;
            }
        }
    }
    let mut groups = Vec::new();
    while limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0_u128;
        for limb in limbs.iter_mut().rev() {
            let value = rest << 64 | u128::from(*limb);
            *limb = (value / BASE) as u64;
            rest = value % BASE;
        }
        groups.push(format!("{rest:018}"));
    }
    groups.push(if negative { "-0" } else { "0" }.to_owned());
    groups.reverse();
    groups.concat()
}
