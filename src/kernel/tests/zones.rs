//! What neighbours in a column are, with each instruction set.

use std::fmt::Debug;

use half::f16;

use crate::kernel::Real;
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::median::bracket::Bracket;
use crate::kernel::median::zone::Zone;

/// A few values, some of them infinite, and all but one of `missing` and one missing.
fn values<T: Real>(length: usize, missing: u32) -> Vec<T> {
    let mut state = 7_u32;
    let values = (0..length).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match state >> 24 {
            at if at % (missing + 1) > 0 => T::MISSING,
            255 => T::INFINITY,
            254 => T::NEG_INFINITY,
            at => T::nearest(f64::from(at) - 128.0),
        }
    });
    values.collect()
}

fn check<T: Real + Debug>() {
    for length in [0, 1, 31, 32, 33, 1000, 4096] {
        for missing in [0, 1, 3, 100] {
            let values: Vec<T> = values(length, missing);
            let present = values.iter().filter(|value| !value.is_nan());
            let zone = Zone::of(&values);
            assert_eq!(zone.present(), present.clone().count() as u64);
            if zone.present() > 0 {
                let least = present.clone().map(|value| value.key()).min();
                let most = present.map(|value| value.key()).max();
                assert_eq!(Some(zone.low.key()), least);
                assert_eq!(Some(zone.high.key()), most);
            }
            let (first, second) = values.split_at(length / 3);
            let mut sum = Zone::of(first);
            sum.add(Zone::of(second));
            assert_eq!(sum.present(), zone.present());
            if zone.present() > 0 {
                assert_eq!(
                    (sum.low.key(), sum.high.key()),
                    (zone.low.key(), zone.high.key())
                );
            }
        }
    }
}

#[test]
fn the_ends_are_those_of_the_values() {
    with_each_isa(|| {
        check::<f16>();
        check::<f32>();
        check::<f64>();
    });
}

#[test]
fn a_zone_is_beside_a_bracket_or_may_be_inside() {
    let zone = Zone::of(&[1.0_f32, f32::NAN, 3.0]);
    let below = |low, high| {
        let counts = zone.counts(Bracket { low, high });
        counts.map(|counts| counts.below)
    };
    assert_eq!(below(4.0, 5.0), Some(2));
    assert_eq!(below(-1.0, 0.5), Some(0));
    for (low, high) in [(3.0, 5.0), (0.0, 1.0), (2.0, 2.5), (0.0, 9.0)] {
        assert_eq!(below(low, high), None);
    }
    let none = Zone::of(&[f32::NAN]).counts(Bracket::open());
    assert_eq!(none.map(|counts| counts.present), Some(0));
}
