//! Rounding to half precision, and keys: over all bit patterns where there are few enough.
#![expect(
    clippy::cast_possible_truncation,
    reason = "bits of one width are taken as bits of another"
)]

use half::f16;
use proptest::prelude::*;

use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive;
use crate::kernel::naive::Format;
use crate::kernel::tests::Random;
use crate::kernel::{Element, Real};

fn check(values: &[f64]) {
    let mut out = vec![f16::ZERO; values.len()];
    f16::cast(values, &mut out);
    for (value, out) in values.iter().zip(out) {
        let expected: f16 = naive::cast(*value);
        if value.is_nan() {
            assert!(out.is_nan());
        } else {
            assert_eq!(out.to_bits(), expected.to_bits(), "{value:e}");
        }
    }
}

#[test]
fn doubles_around_every_half_and_every_tie_round_once() {
    let mut values = Vec::new();
    for bits in 0..0x7c00_u16 {
        let this = f16::from_bits(bits).to_f64();
        // Above the largest half there is a tie with the next one if there were one.
        let next = if bits == 0x7bff {
            65_536.0
        } else {
            f16::from_bits(bits + 1).to_f64()
        };
        for centre in [this, f64::midpoint(this, next)] {
            values.extend([centre, centre.next_up(), centre.next_down(), -centre]);
            // Changes that single precision cannot see.
            values.extend([centre * (1.0 + 1e-12), -centre * (1.0 - 1e-12)]);
        }
    }
    with_each_isa(|| check(&values));
}

#[test]
fn random_doubles_round_once() {
    let mut random = Random(11);
    let any = (0..100_000)
        .map(|_| f64::from_bits(random.next()))
        .collect::<Vec<_>>();
    with_each_isa(|| check(&any));
    let near = (0..200_000).map(|_| {
        // Exponents from far below the least half to far above the largest.
        let exponent = 1023 - 30 + random.next() % 50;
        let few = random.below(52);
        let fraction = random.next() >> 12 >> few << few;
        f64::from_bits(random.next() >> 63 << 63 | exponent << 52 | fraction)
    });
    let near = near.collect::<Vec<_>>();
    with_each_isa(|| check(&near));
}

#[test]
fn singles_and_integers_round_once_to_half() {
    with_each_isa(check_singles_and_integers);
}

fn check_singles_and_integers() {
    let mut random = Random(13);
    let singles: Vec<f32> = (0..100_000)
        .map(|_| f32::from_bits(random.next() as u32))
        .filter(|value| !value.is_nan())
        .collect();
    let mut out = vec![f16::ZERO; singles.len()];
    f16::cast(&singles, &mut out);
    for (value, out) in singles.iter().zip(out) {
        assert_eq!(
            out.bits(),
            naive::cast::<f32, f16>(*value).bits(),
            "{value:e}"
        );
    }
    let whole: Vec<u32> = (0..70_000).collect();
    let mut out = vec![f16::ZERO; whole.len()];
    f16::cast(&whole, &mut out);
    for (value, out) in whole.iter().zip(out) {
        assert_eq!(
            out.bits(),
            naive::cast::<u32, f16>(*value).bits(),
            "{value}"
        );
    }
}

#[test]
fn keys_of_halves_order_and_return() {
    let all = (0..=u16::MAX).map(f16::from_bits);
    let mut all: Vec<f16> = all.filter(|value| !value.is_nan()).collect();
    all.sort_by_key(|value| value.key());
    assert!(
        all.iter()
            .all(|value| f16::from_key(value.key()).to_bits() == value.to_bits())
    );
    assert!(all.is_sorted_by(|a, b| a.to_f64() <= b.to_f64()));
}

fn keys_agree<T: Format + PartialOrd>(a: u64, b: u64) -> Result<(), TestCaseError> {
    let (a, b) = (T::of_bits(a), T::of_bits(b));
    prop_assume!(!a.is_nan() && !b.is_nan());
    prop_assert_eq!(T::from_key(a.key()).bits(), a.bits());
    if a < b {
        prop_assert!(a.key() < b.key());
    }
    prop_assert_eq!(a.key() == b.key(), a.bits() == b.bits());
    Ok(())
}

proptest! {
    #[test]
    fn keys_order_and_return(a: u64, b: u64) {
        keys_agree::<f32>(a, b)?;
        keys_agree::<f64>(a, b)?;
        // Neighbours, and the same magnitude of the other sign.
        keys_agree::<f64>(a, a ^ 1)?;
        keys_agree::<f64>(a, a ^ 1 << 63)?;
        keys_agree::<f32>(a, a ^ 1 << 31)?;
    }
}
