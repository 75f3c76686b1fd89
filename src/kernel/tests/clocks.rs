//! Units of clocks, over all units, origins and elements.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "what is rounded is the subject"
)]

use half::f16;

use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive::{self, Format};
use crate::kernel::scalar::clock::{Clock, count_units, count_wide_units};
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Cleaner, Real, Rule, Tally};

const DAY: i64 = 86_400_000_000_000;
/// Nanoseconds of the units, and of two that no option names.
const UNITS: [i64; 9] = [
    1,
    1000,
    1_000_000,
    1_000_000_000,
    60_000_000_000,
    3_600_000_000_000,
    DAY,
    3,
    7_000_000_001,
];

fn origins() -> [i128; 8] {
    let day = i128::from(DAY);
    [
        0,
        1,
        -1,
        1_577_836_800_000_000_000,
        -62_135_596_800_000_000_000,
        day,
        3 * day / 2,
        1 << 90,
    ]
}

/// Ticks of all magnitudes, and those around halves of units.
fn tick(random: &mut Random, tick: i64, unit: i64) -> i64 {
    let any = random.next().cast_signed() >> random.below(64);
    match random.below(8) {
        0 => i64::MIN,
        1 => i64::MAX - any.rem_euclid(3),
        2 => i64::MIN + 1 + any.rem_euclid(3),
        3 => any % 10_000,
        // Whole units, halves and what is next to them.
        4 | 5 => {
            let halves = i128::from(any % 100_000_000) * i128::from(unit) / i128::from(2 * tick);
            i64::try_from(halves).map_or(any, |halves| halves.saturating_add(any % 2))
        }
        _ => any,
    }
}

fn check<T: Format>(ticks: &[i64], of: i64, unit: i64, origin: i128, rule: &Rule<T>) {
    let clock = Clock::new(of, unit, origin).unwrap();
    let mut expected_tally = Tally::default();
    let expected: Vec<T> = ticks
        .iter()
        .map(|tick| {
            if *tick == i64::MIN {
                expected_tally.nans += 1;
                return rule.missing;
            }
            let near: T = naive::units((*tick).into(), of.into(), origin, unit.into());
            if near.is_finite() {
                return near;
            }
            expected_tally.overflowed += 1;
            if near.to_f64() > 0.0 {
                rule.pos_overflow
            } else {
                rule.neg_overflow
            }
        })
        .collect();
    let wide: Vec<i128> = ticks
        .iter()
        .map(|tick| {
            if *tick == i64::MIN {
                i128::MIN
            } else {
                (*tick).into()
            }
        })
        .collect();
    for is_wide in [false, true] {
        let mut tally = Tally::default();
        let mut out = vec![T::default(); ticks.len()];
        let cleaner = &mut Cleaner {
            rule,
            tally: &mut tally,
        };
        if is_wide {
            count_wide_units(&wide, &clock, &mut out, cleaner);
        } else {
            count_units(ticks, &clock, &mut out, cleaner);
        }
        for ((tick, out), expected) in ticks.iter().zip(&out).zip(&expected) {
            let same = out.bits() == expected.bits();
            assert!(
                same,
                "{tick} of {of} in {unit} since {origin}: {out:?} is not {expected:?}"
            );
        }
        assert_eq!(tally.nans, expected_tally.nans);
        assert_eq!(tally.overflowed, expected_tally.overflowed);
    }
}

fn rule<T: Real>() -> Rule<T> {
    let value = |value| T::nearest(value);
    Rule {
        null: value(1.5),
        missing: value(2.5),
        pos_inf: value(3.5),
        neg_inf: value(4.5),
        pos_overflow: value(5.5),
        neg_overflow: value(6.5),
    }
}

fn check_all<T: Format>(random: &mut Random, rounds: usize) {
    let mut lengths: Vec<usize> = lengths().collect();
    lengths.truncate(rounds.max(40));
    for _ in 0..rounds {
        let of = UNITS[random.below(UNITS.len())];
        let unit = UNITS[random.below(UNITS.len())];
        let origin = origins()[random.below(8)];
        let length = lengths[random.below(lengths.len())];
        let ticks: Vec<i64> = match random.below(3) {
            0 => (0..length).map(|_| tick(random, of, unit)).collect(),
            1 => (0..length)
                .map(|_| random.next().cast_signed() % 2_000_000_000)
                .collect(),
            // In range, so that the fast loops have them.
            _ => {
                let shift = 12 + random.below(40);
                (0..length)
                    .map(|_| random.next().cast_signed() >> shift)
                    .collect()
            }
        };
        check::<T>(&ticks, of, unit, origin, &rule());
    }
}

#[test]
fn units_are_rounded_once() {
    let rounds = if cfg!(miri) { 4 } else { 400 };
    with_each_isa(|| {
        let mut random = Random(0x000c_10c4);
        check_all::<f16>(&mut random, rounds);
        check_all::<f32>(&mut random, rounds);
        check_all::<f64>(&mut random, rounds);
    });
}

/// A quotient that `f64` has halfway between two values of `f32`, and that is not there.
#[test]
fn a_tie_of_the_first_rounding_is_none_of_the_second() {
    let mut found = 0;
    let clock = Clock::new(1, DAY, 0).unwrap();
    for days in 1..3000_i64 {
        // Halfway between two neighbours of `f32`.
        let near = f64::from(f32::from_bits((days as f32 + 0.37).to_bits()));
        let step = f64::from((near as f32).next_up()) - near;
        let ticks = ((near + step / 2.0) * DAY as f64) as i64;
        for tick in ticks - 3..=ticks + 3 {
            let mut out = [0.0_f32];
            let rule = Rule::keep();
            let cleaner = &mut Cleaner {
                rule: &rule,
                tally: &mut Tally::default(),
            };
            count_units(&[tick], &clock, &mut out, cleaner);
            let expected: f32 = naive::units(tick.into(), 1, 0, DAY.into());
            assert_eq!(out[0].to_bits(), expected.to_bits(), "{tick}");
            let twice = (tick as f64 / DAY as f64) as f32;
            found += usize::from(twice.to_bits() != expected.to_bits());
        }
    }
    assert!(found > 0, "no tick was rounded twice");
}

#[test]
fn what_is_too_far_is_no_clock() {
    assert!(Clock::new(1, 1, 1 << 113).is_none());
    assert!(Clock::new(0, 1, 0).is_none());
    assert!(Clock::new(1, -1, 0).is_none());
    let clock = Clock::new(DAY, 1, 1 << 90).unwrap();
    let expected: f64 = naive::units(i64::MAX.into(), DAY.into(), 1 << 90, 1);
    assert!(clock.units(i64::MAX.into()).to_bits() == expected.to_bits());
    assert!(Clock::new(1_000_000, 3_600_000_000_000, 0).unwrap().step() < 1e-6);
}
