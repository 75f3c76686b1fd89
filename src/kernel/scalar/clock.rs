//! Clocks: stored ticks as the number of units since an origin, rounded once.
//!
//! ```text
//! for each tick: (tick * multiply - offset) / divide, exactly; then the nearest element
//! ```
//!
//! 1. Within some range of ticks nothing leaves 64 bits, or, where there is a division, the integers
//!    that `f64` has exactly: so products may wrap on the way, and one division rounds once. The range is
//!    known before, and one comparison of the extremes of a block says that the fast loop is right.
//! 2. The quotient of such a division is rounded to `f64`, and then to a narrower element. That is the
//!    same as one rounding unless the first hits a point halfway between two elements: those are seen by
//!    their bits, and divided again.
//! 3. All else is divided as integers of 128 bits, to an odd last bit wherever digits are cut off, so
//!    that the next rounding cannot see a false tie.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "what is cut off or rounded is the subject of this file"
)]

use crate::kernel::isa::kernel;
use crate::kernel::scalar::clean::{BLOCK, clean};
use crate::kernel::scalar::rule::Cleaner;
use crate::kernel::{Element, Number};

/// Integers up to this magnitude are exact in `f64`.
const EXACT: i128 = 1 << 53;
/// Bits of a quotient that are enough for one more rounding to `f64`.
const ENOUGH: u32 = 56;
/// The largest offset: no tick brings the difference out of 128 bits.
const MOST_OFFSET: i128 = 1 << 112;

/// What is done to ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clock {
    multiply: i64,
    offset: i128,
    divide: i64,
    /// The ticks for which the fast loops are exact.
    low: i64,
    high: i64,
}

impl Clock {
    /// The clock of ticks of `tick` nanoseconds, counted in units of `unit` nanoseconds since `origin`,
    /// in nanoseconds since the first tick; `None` if the origin is too far from it, or a unit is not
    /// positive.
    pub fn new(tick: i64, unit: i64, origin: i128) -> Option<Self> {
        let is_valid = tick > 0 && unit > 0 && origin.abs() <= MOST_OFFSET;
        is_valid.then(|| {
            let units = gcd(tick.unsigned_abs().into(), unit.unsigned_abs().into());
            let shared = gcd(units, origin.unsigned_abs()).cast_signed();
            let multiply = i128::from(tick) / shared;
            let offset = origin / shared;
            let divide = i128::from(unit) / shared;
            let most = if divide == 1 {
                i128::from(i64::MAX)
            } else {
                EXACT
            };
            let low = -((most - offset).div_euclid(multiply));
            let high = (most + offset).div_euclid(multiply);
            let clamp = |tick: i128| tick.clamp((i64::MIN + 1).into(), i64::MAX.into()) as i64;
            // No tick at all where the offset alone is too large.
            let is_near = low <= i64::MAX.into() && high > i64::MIN.into() && low <= high;
            Self {
                multiply: multiply as i64,
                offset,
                divide: divide as i64,
                low: if is_near { clamp(low) } else { i64::MAX },
                high: if is_near { clamp(high) } else { i64::MIN + 1 },
            }
        })
    }

    /// The number of units of a tick, rounded once to `f64`.
    pub fn units(&self, tick: i128) -> f64 {
        self.divided::<false>(tick)
    }

    /// How many units a tick is.
    pub fn step(&self) -> f64 {
        self.multiply as f64 / self.divide as f64
    }

    /// The number of units of a tick: the nearest, or of the two around it the one whose last bit is
    /// odd.
    fn divided<const ODD: bool>(&self, tick: i128) -> f64 {
        let difference = tick * i128::from(self.multiply) - self.offset;
        let quotient = quotient::<ODD>(difference.unsigned_abs(), self.divide.unsigned_abs());
        if difference < 0 { -quotient } else { quotient }
    }
}

fn gcd(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// A quotient as an `f64`: the nearest, or one whose last bit is odd where digits are cut off.
fn quotient<const ODD: bool>(dividend: u128, divisor: u64) -> f64 {
    let divisor = u128::from(divisor);
    let bits = |number: u128| u128::BITS - number.leading_zeros();
    if dividend == 0 {
        return 0.0;
    }
    let shift = (ENOUGH + bits(divisor)).saturating_sub(bits(dividend));
    let wide = dividend << shift;
    let mut digits = (wide / divisor) | u128::from(!wide.is_multiple_of(divisor));
    let mut power = -shift.cast_signed();
    if ODD {
        let cut = bits(digits).saturating_sub(f64::MANTISSA_DIGITS);
        let rest = digits & ((1 << cut) - 1);
        digits = digits >> cut | u128::from(rest != 0);
        power += cut.cast_signed();
    }
    digits as f64 * 2.0_f64.powi(power)
}

kernel! {
    /// Writes the number of units of each of `ticks`, and cleans them. The least number of 64 bits is
    /// no time, and missing.
    pub fn count_units<T: Element>(
        ticks: &[i64],
        clock: &Clock,
        out: &mut [T],
        cleaner: &mut Cleaner<'_, T>,
    ) {
        for (ticks, out) in ticks.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            let least = ticks.iter().fold(i64::MAX, |least, tick| least.min(*tick));
            let most = ticks.iter().fold(i64::MIN, |most, tick| most.max(*tick));
            if least < clock.low || most > clock.high {
                slowly(ticks, clock, out, cleaner);
                continue;
            }
            let farthest = clock.units(least.into()).abs().max(clock.units(most.into()).abs());
            cleaner.tally.reach(farthest);
            if clock.divide == 1 {
                whole(ticks, clock, out, cleaner);
            } else {
                divided(ticks, clock, out, cleaner);
            }
        }
    }
}

/// Units without a remainder. Differences that fit 64 bits are right, whatever wraps on the way.
#[inline(always)]
fn whole<T: Element>(ticks: &[i64], clock: &Clock, out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
    let mut stage = [0_i64; BLOCK];
    let stage = &mut stage[..ticks.len()];
    let offset = clock.offset as i64;
    if clock.multiply == 1 {
        for (unit, tick) in stage.iter_mut().zip(ticks) {
            *unit = tick.wrapping_sub(offset);
        }
    } else {
        for (unit, tick) in stage.iter_mut().zip(ticks) {
            *unit = tick.wrapping_mul(clock.multiply).wrapping_sub(offset);
        }
    }
    clean(stage, out, cleaner);
}

/// Units with a remainder: differences and divisor are exact in `f64`.
#[inline(always)]
fn divided<T: Element>(ticks: &[i64], clock: &Clock, out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
    let mut stage = [0.0_f64; BLOCK];
    let stage = &mut stage[..ticks.len()];
    let offset = clock.offset as i64;
    let divide = clock.divide as f64;
    for (unit, tick) in stage.iter_mut().zip(ticks) {
        let difference = tick.wrapping_mul(clock.multiply).wrapping_sub(offset);
        *unit = difference as f64 / divide;
    }
    if T::HALFWAY != 0 {
        let is_halfway = |unit: &f64| unit.to_bits() & T::HALFWAY == 0;
        if stage.iter().fold(false, |any, unit| any | is_halfway(unit)) {
            again(ticks, clock, stage, T::HALFWAY);
        }
    }
    clean(stage, out, cleaner);
}

/// Divides again where a quotient is halfway between two elements.
#[cold]
#[inline(never)]
fn again(ticks: &[i64], clock: &Clock, stage: &mut [f64], halfway: u64) {
    /// A power of two that makes nearly all quotients halfway between elements whole.
    const SCALE: i64 = 1 << 24;
    let offset = clock.offset as i64;
    for (unit, tick) in stage.iter_mut().zip(ticks) {
        if unit.to_bits() & halfway != 0 {
            continue;
        }
        let scaled = *unit * SCALE as f64;
        let whole = scaled as i64;
        let difference = tick.wrapping_mul(clock.multiply).wrapping_sub(offset);
        let product = i128::from(whole) * i128::from(clock.divide);
        let is_exact = whole.to_f64().to_bits() == scaled.to_bits()
            && product == i128::from(difference) * i128::from(SCALE);
        if !is_exact {
            *unit = clock.divided::<true>((*tick).into());
        }
    }
}

/// Ticks for which the fast loops may be wrong.
#[cold]
#[inline(never)]
fn slowly<T: Element>(ticks: &[i64], clock: &Clock, out: &mut [T], cleaner: &mut Cleaner<'_, T>) {
    let mut wide = [0_i128; BLOCK];
    for (wide, tick) in wide.iter_mut().zip(ticks) {
        *wide = if *tick == i64::MIN {
            i128::MIN
        } else {
            (*tick).into()
        };
    }
    count_wide_units(&wide[..ticks.len()], clock, out, cleaner);
}

/// The same for ticks that 64 bits may not hold; the least number of 128 bits is no time.
pub fn count_wide_units<T: Element>(
    ticks: &[i128],
    clock: &Clock,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) {
    let mut stage = [0.0_f64; BLOCK];
    for (ticks, out) in ticks.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        let stage = &mut stage[..ticks.len()];
        for (unit, tick) in stage.iter_mut().zip(ticks) {
            *unit = match *tick {
                i128::MIN => f64::NAN,
                tick if T::HALFWAY == 0 => clock.divided::<false>(tick),
                tick => clock.divided::<true>(tick),
            };
            if *tick != i128::MIN {
                cleaner.tally.reach(clock.units(*tick).abs());
            }
        }
        clean(stage, out, cleaner);
    }
}
