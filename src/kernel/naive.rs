//! What each kernel must compute, in the plainest words: value by value, without blocks or tricks,
//! and with no rounding but that of integers by hand.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "bits are cut from wider integers"
)]

use half::f16;

use crate::kernel::scalar::sentinels::sentinels;
use crate::kernel::{Number, Real, Rule, Tally};

/// The CRC-32 of bytes, bit by bit.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |register, byte| {
        (0..8).fold(register ^ u32::from(*byte), |register, _| {
            (register >> 1) ^ ((register & 1) * 0xedb8_8320)
        })
    })
}

/// Which levels are at least so deep.
pub(super) fn at_least(levels: &[u8], least: u8) -> Vec<bool> {
    levels.iter().map(|level| *level >= least).collect()
}

/// Whether each of the next 64 items goes on with a list of `width`, of which `position` were read.
pub(super) fn goes_on(width: usize, position: usize) -> Vec<bool> {
    (position..position + 64)
        .map(|item| item % width > 0)
        .collect()
}

/// A number taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// An output scalar of `WIDTH` bits, `PRECISION` of them mantissa, the hidden bit included.
pub(super) trait Format: Real + std::fmt::Debug {
    const WIDTH: u32;
    const PRECISION: u32;
    fn bits(self) -> u64;
    fn of_bits(bits: u64) -> Self;
}

macro_rules! integers {
    ($($name:ty)*) => {$(
        impl Apart for $name {
            fn parts(self) -> Parts {
                let value = self as i128;
                let (negative, mantissa) = (value < 0, value.unsigned_abs() as u64);
                Parts::Finite { negative, mantissa, power: 0 }
            }
        }
    )*};
}

macro_rules! floats {
    ($($name:ty, $bits:ty, $digits:literal;)*) => {$(
        impl Format for $name {
            const WIDTH: u32 = <$bits>::BITS;
            const PRECISION: u32 = $digits;
            fn bits(self) -> u64 {
                self.to_bits().into()
            }
            fn of_bits(bits: u64) -> Self {
                Self::from_bits(bits as $bits)
            }
        }
        impl Apart for $name {
            fn parts(self) -> Parts {
                float_parts(self.bits(), Self::WIDTH, Self::PRECISION)
            }
        }
    )*};
}

integers!(bool i8 i16 i32 i64 u8 u16 u32 u64);
floats! { f16, u16, 11; f32, u32, 24; f64, u64, 53; }

fn float_parts(bits: u64, width: u32, digits: u32) -> Parts {
    let negative = bits >> (width - 1) & 1 == 1;
    let fraction = bits & ((1 << (digits - 1)) - 1);
    let highest = (1 << (width - digits)) - 1;
    let exponent = (bits >> (digits - 1)) as i32 & highest;
    if exponent == highest {
        return match fraction {
            0 => Parts::Infinite { negative },
            _ => Parts::Nan,
        };
    }
    Parts::Finite {
        negative,
        mantissa: fraction | u64::from(exponent > 0) << (digits - 1),
        power: exponent.max(1) - highest / 2 - (digits.cast_signed() - 1),
    }
}

/// The magnitude of `mantissa * 2^power`, rounded once to `T`, ties to even.
fn nearest<T: Format>(mantissa: u64, power: i32) -> u64 {
    let digits = T::PRECISION.cast_signed();
    // The power of the last bit: of any subnormal, and of this result.
    let least = 3 - (1 << (T::WIDTH - T::PRECISION - 1)) - digits;
    let length = (u64::BITS - mantissa.leading_zeros()).cast_signed();
    let unit = (power + length - digits).max(least);
    let cut = unit - power;
    let rounded = match cut {
        ..=0 => mantissa << -cut,
        1..=64 => {
            let wide = u128::from(mantissa);
            let (kept, rest) = ((wide >> cut) as u64, wide & ((1 << cut) - 1));
            let half = 1 << (cut - 1);
            kept + u64::from(rest > half || rest == half && kept & 1 == 1)
        }
        _ => 0,
    };
    let hidden = 1 << (T::PRECISION - 1);
    if rounded < hidden {
        return rounded;
    }
    // One bit too many carries into the exponent, as it should.
    ((unit - least + 1) as u64 * hidden + (rounded - hidden)).min(T::INFINITY.bits())
}

/// The value of `T` nearest to `value`, in one rounding.
pub(super) fn cast<S: Apart, T: Format>(value: S) -> T {
    let (negative, magnitude) = match value.parts() {
        Parts::Nan => return T::MISSING,
        Parts::Infinite { negative } => (negative, T::INFINITY.bits()),
        Parts::Finite {
            negative,
            mantissa,
            power,
        } => (negative, nearest::<T>(mantissa, power)),
    };
    T::of_bits(u64::from(negative) << (T::WIDTH - 1) | magnitude)
}

/// Casts one value, replaces it by `rule` and counts it.
pub(super) fn clean<S: Apart, T: Format>(value: S, rule: &Rule<T>, tally: &mut Tally) -> T {
    let near: T = cast(value);
    match value.parts() {
        Parts::Nan => {
            tally.nans += 1;
            rule.missing
        }
        Parts::Infinite { negative: true } => {
            tally.neg_infs += 1;
            rule.neg_inf
        }
        Parts::Infinite { negative: false } => {
            tally.pos_infs += 1;
            rule.pos_inf
        }
        Parts::Finite { negative, .. } if !near.is_finite() => {
            tally.overflowed += 1;
            let value = cast::<S, f64>(value);
            if (value.abs(), value) > (tally.largest.abs(), tally.largest) {
                tally.largest = value;
            }
            if negative {
                rule.neg_overflow
            } else {
                rule.pos_overflow
            }
        }
        Parts::Finite { .. } => near,
    }
}

/// Whole numbers exchanged for what a table has for them.
pub(crate) fn exchange<T: Real>(values: &[T], table: &[T]) -> Vec<T> {
    let exchanged = |value: &T| {
        let mut numbers = (0_u32..).zip(table);
        let found =
            numbers.find(|(number, _)| f64::from(*number).total_cmp(&value.to_f64()).is_eq());
        found.map_or(*value, |(_, new)| *new)
    };
    values.iter().map(exchanged).collect()
}

/// One of `valid` for each `true`, in turn, and `missing` for each `false`.
pub(crate) fn expand<T: Copy>(valid: &[T], rows: &[bool], missing: T) -> Vec<T> {
    let mut valid = valid.iter();
    let rows = rows.iter();
    rows.map(|set| {
        set.then(|| valid.next().copied())
            .flatten()
            .unwrap_or(missing)
    })
    .collect()
}

/// The two middle keys, by sorting.
pub(crate) fn middle(keys: &[u64]) -> (u64, u64) {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    (keys[(keys.len() - 1) / 2], keys[keys.len() / 2])
}

/// The number that decimal digits spell with the point `scale` places from their end.
pub(crate) fn decimal(unscaled: &str, scale: i32) -> f64 {
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    let fraction = usize::try_from(scale).unwrap_or(0);
    let zeros = usize::try_from(-scale).unwrap_or(0);
    let padded = format!("{digits:0>width$}", width = fraction + 1);
    let (whole, fraction) = padded.split_at(padded.len() - fraction);
    let text = format!("{sign}{whole}{}.{fraction}0", "0".repeat(zeros));
    text.parse().unwrap()
}

/// The decimal digits of a big-endian two's complement integer, by long multiplication.
pub(crate) fn digits(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    // Lowest digit first. A negative number is -(!bytes) - 1.
    let mut digits = vec![0_u32];
    let mut times_plus = |factor: u32, term: u32| {
        let mut carry = term;
        for digit in &mut digits {
            carry += *digit * factor;
            *digit = carry % 10;
            carry /= 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    };
    for byte in bytes {
        times_plus(256, u32::from(if negative { !byte } else { *byte }));
    }
    if negative {
        times_plus(1, 1);
    }
    let text: String = digits
        .iter()
        .rev()
        .filter_map(|d| char::from_digit(*d, 10))
        .collect();
    if negative { format!("-{text}") } else { text }
}

/// Rows of a column-major tile.
pub(super) fn transpose<T: Copy>(tile: &[T], stride: usize, rows: usize, columns: usize) -> Vec<T> {
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| column * stride + row));
    cells.map(|at| tile[at]).collect()
}

/// Values of `width` bits, from position `bit` on, bit by bit.
pub(super) fn unpack(body: &[u8], bit: usize, width: u32, count: usize) -> Vec<u32> {
    let width = width as usize;
    let is_set = |at: usize| u32::from(body[at / 8] >> (at % 8) & 1);
    let value = |at: usize| (0..width).fold(0, |value, low| value | is_set(at + low) << low);
    (0..count).map(|at| value(bit + at * width)).collect()
}

/// What replaces a value where it may be a sentinel, and counts it.
pub(super) fn replace_sentinel<T: Format>(value: T, rule: &Rule<T>, tally: &mut Tally) -> T {
    let marks = sentinels::<T>();
    let is = |mark: T| value.bits() == mark.bits();
    if is(marks.null) {
        tally.nulls += 1;
        rule.null
    } else if is(marks.pos_overflow) {
        tally.overflowed += 1;
        rule.pos_overflow
    } else if is(marks.neg_overflow) {
        tally.overflowed += 1;
        rule.neg_overflow
    } else if value.is_nan() {
        tally.nans += 1;
        rule.missing
    } else if is(T::INFINITY) {
        tally.pos_infs += 1;
        rule.pos_inf
    } else if is(T::NEG_INFINITY) {
        tally.neg_infs += 1;
        rule.neg_inf
    } else {
        value
    }
}

/// `(tick * multiply - offset) / divide` as the nearest `T`: of two neighbours the one that is nearer
/// by a comparison of fractions, or the even one. Beyond the largest it is infinite.
pub(super) fn units<T: Format>(tick: i128, multiply: i128, offset: i128, divide: i128) -> T {
    let difference = tick * multiply - offset;
    let magnitude = difference.unsigned_abs();
    // Twice the magnitude times `divide`, compared with the dividend: the sum of two neighbours.
    let sum_is_below = |low: u64, high: u64| {
        let times = |bits| match float_parts(bits, T::WIDTH, T::PRECISION) {
            Parts::Finite {
                mantissa, power, ..
            } => (u128::from(mantissa), power),
            // The next one after the largest.
            _ => (
                1 << T::PRECISION,
                (1 << (T::WIDTH - T::PRECISION - 1)) - T::PRECISION.cast_signed(),
            ),
        };
        let ((low, low_power), (high, high_power)) = (times(low), times(high));
        let power = low_power.min(high_power);
        let sum = (low << (low_power - power)) + (high << (high_power - power));
        compare(sum * divide.unsigned_abs(), power, magnitude << 1)
    };
    let (mut low, mut high) = (0_u64, T::INFINITY.bits());
    // The first pattern whose sum with the one before it is not below twice the quotient.
    while low < high {
        let middle = low + (high - low) / 2;
        if sum_is_below(middle, middle + 1).is_lt()
            || sum_is_below(middle, middle + 1).is_eq() && middle & 1 == 1
        {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    T::of_bits(u64::from(difference < 0) << (T::WIDTH - 1) | low)
}

/// `number * 2^power` compared with another one.
fn compare(number: u128, power: i32, other: u128) -> std::cmp::Ordering {
    let bits = |number: u128| (u128::BITS - number.leading_zeros()).cast_signed();
    if number == 0 || other == 0 {
        return number.cmp(&other);
    }
    let lengths = (bits(number) + power).cmp(&bits(other));
    lengths.then_with(|| {
        let left = number << number.leading_zeros();
        let right = other << other.leading_zeros();
        left.cmp(&right)
    })
}
