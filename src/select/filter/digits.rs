//! Numbers compared exactly, whatever they are written as: where a constant lies between the numbers
//! that a column can hold. Nothing is rounded on the way.

use std::cmp::Ordering;

/// Digits behind the point that tell any two floating-point numbers apart, and zero from all others.
const MOST_DIGITS: i32 = 1_200;
/// No floating-point number has so many digits in front of the point.
const MOST_WHOLE: i32 = 400;

/// The greatest whole number that is not above a constant, and whether it is the constant. It ends
/// where 128 bits end: a constant beyond them is between two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Floor {
    pub(super) floor: i128,
    pub(super) exact: bool,
}

/// A floating-point number near a constant, and on which side of the constant it is. No other one is
/// nearer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Near {
    pub(super) float: f64,
    pub(super) side: Ordering,
}

impl Floor {
    const ABOVE: Self = Self {
        floor: i128::MAX,
        exact: false,
    };
    const BELOW: Self = Self {
        floor: i128::MIN,
        exact: false,
    };

    /// `unscaled / 10^scale`, counted in units of `10^-digits`.
    pub(super) fn of_decimal(unscaled: i128, scale: i64, digits: u32) -> Self {
        if unscaled == 0 {
            return Self {
                floor: 0,
                exact: true,
            };
        }
        let more = i64::from(digits).saturating_sub(scale);
        let power = |by: i64| 10_i128.checked_pow(u32::try_from(by).unwrap_or(u32::MAX));
        if more >= 0 {
            let product = power(more).and_then(|power| unscaled.checked_mul(power));
            let beyond = if unscaled < 0 {
                Self::BELOW
            } else {
                Self::ABOVE
            };
            return product.map_or(beyond, |floor| Self { floor, exact: true });
        }
        Self::of_ratio(unscaled, power(more.saturating_neg()))
    }

    /// `number / by`, where no number stands for one that is larger than any.
    pub(super) const fn of_ratio(number: i128, by: Option<i128>) -> Self {
        match by {
            Some(by) => Self {
                floor: number.div_euclid(by),
                exact: number.rem_euclid(by) == 0,
            },
            None => Self {
                floor: if number < 0 { -1 } else { 0 },
                exact: number == 0,
            },
        }
    }

    /// A floating-point number that is not NaN, counted in units of `10^-digits`.
    pub(super) fn of_float(value: f64, digits: u32) -> Self {
        let beyond = if value < 0.0 {
            Self::BELOW
        } else {
            Self::ABOVE
        };
        if value.is_infinite() {
            return beyond;
        }
        if digits == 0 {
            let floor = value.floor();
            return whole(floor).map_or(beyond, |whole| Self {
                floor: whole,
                exact: floor.total_cmp(&value).is_eq() || value == 0.0,
            });
        }
        let written = Written::of_float(value);
        let kept = written.part.len().min(digits as usize);
        let (front, rest) = written.part.split_at(kept);
        let zeros = "0".repeat(digits as usize - kept);
        let Ok(units) = format!("0{}{front}{zeros}", written.whole).parse::<i128>() else {
            return beyond;
        };
        let exact = rest.is_empty();
        let negative = -units - i128::from(!exact);
        Self {
            floor: if written.negative { negative } else { units },
            exact,
        }
    }
}

impl Near {
    /// The one near a whole number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is rounded to the nearest, and then compared"
    )]
    pub(super) fn of_integer(value: i128) -> Self {
        let float = value as f64;
        let side = whole(float).map_or(Ordering::Greater, |whole| whole.cmp(&value));
        Self { float, side }
    }

    /// The one near `unscaled / 10^scale`.
    pub(super) fn of_decimal(unscaled: i128, scale: i32) -> Self {
        // Beyond these every constant is alike to floating-point numbers.
        let scale = scale.clamp(-MOST_WHOLE, MOST_DIGITS);
        let parsed = format!("{unscaled}e{}", -scale).parse();
        let float: f64 = parsed.unwrap_or(f64::NAN);
        let side = if float.is_infinite() {
            float.total_cmp(&0.0)
        } else {
            Written::of_float(float).cmp(&Written::of_decimal(unscaled, scale))
        };
        Self { float, side }
    }
}

/// A floating-point number without a part behind the point, if 128 bits hold it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only what is in the range is cast"
)]
fn whole(value: f64) -> Option<i128> {
    let end = 2_f64.powi(127);
    (-end <= value && value < end).then_some(value as i128)
}

/// All digits of a number, none in vain.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    negative: bool,
    whole: String,
    part: String,
}

impl Written {
    fn new(negative: bool, whole: &str, part: &str) -> Self {
        let whole = whole.trim_start_matches('0').to_owned();
        let part = part.trim_end_matches('0').to_owned();
        Self {
            negative: negative && !(whole.is_empty() && part.is_empty()),
            whole,
            part,
        }
    }

    /// Of a finite number.
    fn of_float(value: f64) -> Self {
        let text = format!("{:.1$}", value.abs(), MOST_DIGITS as usize);
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        Self::new(value < 0.0, whole, part)
    }

    fn of_decimal(unscaled: i128, scale: i32) -> Self {
        let digits = unscaled.unsigned_abs().to_string();
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        let digits = format!("{}{digits}{}", zeros(scale), zeros(-scale));
        let part = usize::try_from(scale).unwrap_or(0);
        let (whole, part) = digits.split_at(digits.len() - part);
        Self::new(unscaled < 0, whole, part)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let size = |written: &Self| written.whole.len();
        let magnitude = size(self).cmp(&size(other));
        let magnitude = magnitude.then_with(|| self.whole.cmp(&other.whole));
        let magnitude = magnitude.then_with(|| self.part.cmp(&other.part));
        match (self.negative, other.negative) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}
