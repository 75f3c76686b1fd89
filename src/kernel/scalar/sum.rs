//! An exact sum of `f64`: a fixed-point number wide enough for every finite value.
//!
//! Because it is exact, it does not depend on the order of the additions: a mean has the same bits
//! for every thread count and file split, and no cancellation spoils it.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "digits are cut from wider integers"
)]

/// 32-bit digits from 2^-1074 up to 2^1024, and one for the carry.
const DIGITS: usize = (1074 + 1024) / 32 + 2;
/// Additions before carries must be propagated: each adds less than 2^32 to a 64-bit digit.
const CARRY_EVERY: u32 = 1 << 30;

/// The running sum.
#[derive(Debug, Clone)]
pub struct ExactSum {
    digits: [i64; DIGITS],
    pending: u32,
    count: u64,
    /// The sum of all infinities, or 0.
    infinite: f64,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            digits: [0; DIGITS],
            pending: 0,
            count: 0,
            infinite: 0.0,
        }
    }
}

impl ExactSum {
    /// Adds one value that is not NaN.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        if !value.is_finite() {
            self.infinite += value;
            return;
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = fraction | u64::from(exponent > 0) << 52;
        let at = exponent.max(1) - 1;
        let wide = u128::from(mantissa) << (at % 32);
        let sign = if value < 0.0 { -1 } else { 1 };
        for (digit, shift) in self.digits[at / 32..].iter_mut().zip([0, 32, 64]) {
            *digit += sign * i64::from((wide >> shift) as u32);
        }
        self.pending += 1;
        if self.pending == CARRY_EVERY {
            self.carry();
        }
    }

    /// The sum divided by the count, rounded; NaN if nothing was added.
    pub fn mean(mut self) -> f64 {
        if self.infinite != 0.0 || self.count == 0 {
            return self.infinite / self.count as f64;
        }
        self.carry();
        let negative = self.digits.last().is_some_and(|d| *d < 0);
        if negative {
            for digit in &mut self.digits {
                *digit = -*digit;
            }
            self.carry();
        }
        let Some(top) = self.digits.iter().rposition(|d| *d != 0) else {
            return 0.0;
        };
        let low = top.saturating_sub(3);
        let head = self.digits[low..=top]
            .iter()
            .rev()
            .fold(0_u128, |sum, digit| sum << 32 | u128::from(*digit as u32));
        let magnitude = times_power_of_two(head as f64 / self.count as f64, low as i32 * 32 - 1074);
        if negative { -magnitude } else { magnitude }
    }

    /// Adds what was added to another sum.
    pub fn merge(&mut self, mut other: Self) {
        self.carry();
        other.carry();
        for (digit, more) in self.digits.iter_mut().zip(&other.digits) {
            *digit += more;
        }
        self.carry();
        self.count += other.count;
        self.infinite += other.infinite;
    }

    /// The sum as numbers: its digits, how many values were added, and the bits of the sum of all
    /// infinities.
    pub fn to_words(mut self) -> Vec<u64> {
        self.carry();
        let digits = self.digits.iter().map(|digit| digit.cast_unsigned());
        digits
            .chain([self.count, self.infinite.to_bits()])
            .collect()
    }

    /// The sum of these numbers, if there is one: digits that are larger than a sum leaves them would
    /// not add up.
    pub fn from_words(words: &[u64]) -> Option<Self> {
        let (digits, [count, infinite]) = words.split_last_chunk::<2>()?;
        let digits: [u64; DIGITS] = digits.try_into().ok()?;
        let infinite = f64::from_bits(*infinite);
        let digits = digits.map(u64::cast_signed);
        let (last, others) = digits.split_last()?;
        let are_small = others.iter().all(|digit| (0..1 << 32).contains(digit));
        let is_sum = are_small && last.unsigned_abs() < 1 << 40;
        (is_sum && (infinite == 0.0 || !infinite.is_finite())).then_some(Self {
            digits,
            pending: 0,
            count: *count,
            infinite,
        })
    }

    /// Words of a sum as numbers.
    pub const WORDS: usize = DIGITS + 2;

    /// Propagates carries, so that all digits but the last are in `0..2^32`.
    fn carry(&mut self) {
        let mut carry = 0_i64;
        let last = DIGITS - 1;
        for digit in &mut self.digits[..last] {
            let sum = *digit + carry;
            carry = sum >> 32;
            *digit = sum & 0xffff_ffff;
        }
        self.digits[last] += carry;
        self.pending = 0;
    }
}

fn times_power_of_two(mut value: f64, mut power: i32) -> f64 {
    while power != 0 {
        let step = power.clamp(-1000, 1000);
        value *= 2.0_f64.powi(step);
        power -= step;
    }
    value
}
