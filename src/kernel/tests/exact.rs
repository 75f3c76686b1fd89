//! Sums and decimals: what must be exact before it is rounded.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "references are rounded to the precision they are compared at"
)]

use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::naive;
use crate::kernel::scalar::decimal;
use crate::kernel::scalar::decimal::MOST_BYTES;
use crate::kernel::scalar::sum::ExactSum;
use crate::kernel::tests::Random;

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = ExactSum::default();
    for value in values {
        sum.add(value);
    }
    sum.mean()
}

fn shuffled(values: &[f64], seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    let mut keyed: Vec<_> = values.iter().map(|value| (random.next(), *value)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, value)| value).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-15 * b.abs() + 5e-324
}

#[test]
fn cancellation_loses_nothing() {
    assert_eq!(
        mean([1e300, 1.0, -1e300]).to_bits(),
        (1.0_f64 / 3.0).to_bits()
    );
    assert_eq!(mean([1e300, 5e-324, -1e300, -5e-324]).to_bits(), 0);
    assert!(close(mean([f64::MAX; 9]), f64::MAX));
    assert!(close(mean([f64::MIN; 9]), f64::MIN));
    assert_eq!(mean([5e-324; 7]).to_bits(), 1);
    assert_eq!(mean([-5e-324, -1e-320]).to_bits(), (-5e-321_f64).to_bits());
    assert!(mean([]).is_nan());
}

#[test]
fn infinities_win_and_opposite_ones_have_no_mean() {
    assert!(mean([1.0, f64::INFINITY]).to_bits() == f64::INFINITY.to_bits());
    assert!(mean([f64::NEG_INFINITY, 1e308]).to_bits() == f64::NEG_INFINITY.to_bits());
    assert!(mean([f64::INFINITY, 1.0, f64::NEG_INFINITY]).is_nan());
}

proptest! {
    /// Fractions of 2^40: their sum is exact in 128 bits.
    #[test]
    fn sums_agree_with_integers(values in vec(any::<i64>(), 1..200)) {
        let scale = (1_u64 << 40) as f64;
        // Cut to 53 bits, so that each is exact as a float.
        let exact: Vec<i64> = values.iter().map(|value| value >> 11).collect();
        let total: i128 = exact.iter().map(|value| i128::from(*value)).sum();
        let expected = total as f64 / exact.len() as f64 / scale;
        let found = mean(exact.iter().map(|value| *value as f64 / scale));
        prop_assert!(close(found, expected), "{found:e} for {expected:e}");
    }

    #[test]
    fn the_order_of_additions_does_not_show(values in vec(any::<f64>(), 1..300), seed: u64) {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let found = mean(values.iter().copied());
        prop_assert_eq!(found.to_bits(), mean(shuffled(&values, seed)).to_bits());
    }

    /// Whatever is added, it goes when its opposite is.
    #[test]
    fn opposites_leave_the_rest(values in vec(any::<f64>(), 0..100), rest in -1e300..1e300, seed: u64) {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let mut all: Vec<f64> = finite.flat_map(|value| [value, -value]).collect();
        all.push(rest);
        let expected = rest / all.len() as f64;
        let found = mean(shuffled(&all, seed));
        prop_assert!(close(found, expected), "{found:e} for {expected:e}");
    }

    #[test]
    fn decimals_of_64_bits_agree_with_text(bits: u64, shift in 0_u32..64, scale in -30..60_i32) {
        let unscaled = bits.cast_signed() >> shift;
        let expected = naive::decimal(&unscaled.to_string(), scale);
        prop_assert_eq!(decimal::from_i64(unscaled, scale).to_bits(), expected.to_bits());
        let found = decimal::from_be(&unscaled.to_be_bytes(), scale).unwrap();
        prop_assert_eq!(found.to_bits(), expected.to_bits());
    }

    #[test]
    fn decimals_of_128_bits_agree_with_text(bits: u128, shift in 0_u32..128, scale in -9..40_i32) {
        let unscaled = bits.cast_signed() >> shift;
        let expected = naive::decimal(&unscaled.to_string(), scale);
        let found = decimal::from_be(&unscaled.to_be_bytes(), scale).unwrap();
        prop_assert_eq!(found.to_bits(), expected.to_bits());
    }

    #[test]
    fn decimals_of_any_bytes_agree_with_text(
        bytes in vec(any::<u8>(), 0..=MOST_BYTES),
        sign in 0..3_usize,
        scale in -9..80_i32,
    ) {
        // Leading bytes that say nothing but the sign.
        let mut long = vec![[0x00, 0xff, 0x5a][sign]; 5];
        long.extend(bytes);
        long.truncate(MOST_BYTES);
        let expected = naive::decimal(&naive::digits(&long), scale);
        let found = decimal::from_be(&long, scale).unwrap();
        prop_assert_eq!(found.to_bits(), expected.to_bits(), "{:?}", long);
    }
}

#[test]
fn the_ends_of_wide_decimals() {
    let check = |bytes: &[u8]| {
        let expected = naive::decimal(&naive::digits(bytes), 3);
        assert_eq!(
            decimal::from_be(bytes, 3).unwrap().to_bits(),
            expected.to_bits(),
            "{bytes:?}"
        );
    };
    for length in 1..=MOST_BYTES {
        for (first, other) in [
            (0x80, 0),
            (0x7f, 0xff),
            (0xff, 0),
            (0, 0xff),
            (0xff, 0xff),
            (0, 0),
        ] {
            let mut bytes = vec![other; length];
            bytes[0] = first;
            check(&bytes);
        }
    }
    check(&[]);
    // A sign of one more byte is still 32 bytes of digits; 33 bytes of digits are too many.
    let mut bytes = vec![0x80; MOST_BYTES + 1];
    bytes[0] = 0;
    assert!(decimal::from_be(&bytes, 0).is_some());
    bytes[0] = 1;
    assert!(decimal::from_be(&bytes, 0).is_none());
}

#[test]
fn a_tie_of_doubles_goes_to_even() {
    // 2^53 + 1 and + 3, which lie between two doubles, and the same with a digit after them.
    assert_eq!(
        decimal::from_i64(9_007_199_254_740_993, 0) as u64,
        9_007_199_254_740_992
    );
    assert_eq!(
        decimal::from_i64(90_071_992_547_409_931, 1) as u64,
        9_007_199_254_740_994
    );
    assert_eq!(
        decimal::from_i64(9_007_199_254_740_995, 0) as u64,
        9_007_199_254_740_996
    );
}
