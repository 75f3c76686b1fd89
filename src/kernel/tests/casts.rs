//! Cast, clean, keys and stored bytes, over all types.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::cast_precision_loss,
    reason = "bits of one width are taken as bits of another"
)]

use half::f16;

use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive;
use crate::kernel::naive::{Apart, Format};
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Cleaner, Element, Number, Real, Rule, Tally};

/// Values at which casts go wrong.
const SPECIAL: [f64; 36] = [
    0.0,
    1.0,
    -1.5,
    5e-324,
    2.2e-308,
    1e-45,
    1.1e-38,
    5.9e-8,
    6.1e-5,
    2.980_232_238_769_531_3e-8,
    // Ties of half precision, alone and with a digit far after them.
    1.0 + 1.0 / 2048.0,
    1.0 + 3.0 / 2048.0,
    1.0 + 1.0 / 2048.0 + 1.0 / 1_099_511_627_776.0,
    1.0 + 1.0 / 2048.0 - 1.0 / 1_099_511_627_776.0,
    65_504.0,
    65_519.99,
    65_519.999_999_999,
    65_520.0,
    65_535.0,
    65_536.0,
    // Ties of single precision.
    16_777_215.0,
    16_777_216.0,
    16_777_217.0,
    16_777_219.0,
    9_007_199_254_740_991.0,
    9_007_199_254_740_992.0,
    9_007_199_791_611_905.0,
    1_152_921_573_326_323_712.0,
    3.402_823_466_385_288_6e38,
    3.402_823_567_797_336_6e38,
    3.402_823_7e38,
    1e300,
    f64::MAX,
    f64::INFINITY,
    f64::NAN,
    f64::EPSILON,
];

/// Integers at which casts go wrong.
const WHOLE: [i128; 20] = [
    0,
    1,
    2,
    2047,
    2049,
    4098,
    65_504,
    65_519,
    65_520,
    65_535,
    (1 << 24) - 1,
    (1 << 24) + 1,
    (1 << 53) - 1,
    (1 << 53) + 1,
    9_007_199_791_611_905,
    // A tie of single precision that rounding to double first would hide.
    (1 << 60) + (1 << 36) + 1,
    i64::MAX as i128,
    u64::MAX as i128,
    i32::MAX as i128,
    u32::MAX as i128,
];

/// A source scalar with values to try.
trait Tried: Apart {
    fn special() -> Vec<Self>;
    fn random(random: &mut Random) -> Self;
}

macro_rules! integers {
    ($($name:ty)*) => {$(
        impl Tried for $name {
            fn special() -> Vec<Self> {
                let both = WHOLE.iter().flat_map(|value| [*value, -*value]);
                both.map(|value| value as Self).chain([Self::MIN, Self::MAX]).collect()
            }
            fn random(random: &mut Random) -> Self {
                // Shifted, so that all magnitudes come.
                let shift = random.below(64);
                (random.next() >> shift) as Self
            }
        }
    )*};
}

macro_rules! floats {
    ($($name:ty, $bits:ty, $of:expr;)*) => {$(
        impl Tried for $name {
            fn special() -> Vec<Self> {
                let of: fn(f64) -> Self = $of;
                let quiet = Self::NAN.to_bits();
                let nans = [quiet | 1, quiet | 0x155, !0, quiet ^ (quiet & (!quiet << 1)) | 3];
                let nans = nans.map(Self::from_bits);
                SPECIAL.iter().flat_map(|value| [of(*value), of(-*value)]).chain(nans).collect()
            }
            fn random(random: &mut Random) -> Self {
                let of: fn(f64) -> Self = $of;
                match random.below(3) {
                    0 => Self::from_bits(random.next() as $bits),
                    1 => of((random.next() as i64 >> 40) as f64 / 16.0),
                    _ => {
                        let special = Self::special();
                        special[random.below(special.len())]
                    }
                }
            }
        }
    )*};
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);
floats! { f16, u16, f16::from_f64; f32, u32, |value| value as f32; f64, u64, |value| value; }

impl Tried for bool {
    fn special() -> Vec<Self> {
        vec![false, true]
    }
    fn random(random: &mut Random) -> Self {
        random.next() & 1 == 1
    }
}

fn markers<T: Real>() -> Rule<T> {
    Rule {
        null: T::nearest(-5.0),
        missing: T::nearest(-3.0),
        pos_inf: T::nearest(11.0),
        neg_inf: T::nearest(-11.0),
        pos_overflow: T::nearest(13.0),
        neg_overflow: T::nearest(-13.0),
    }
}

fn clean<S: Number, T: Element>(values: &[S], out: &mut [T], rule: &Rule<T>, tally: &mut Tally) {
    crate::kernel::clean(values, out, &mut Cleaner { rule, tally });
}

fn check<S: Tried, T: Format>(values: &[S], rule: &Rule<T>) {
    let (mut tally, mut expected_tally) = (Tally::default(), Tally::default());
    let mut out = vec![T::default(); values.len()];
    clean(values, &mut out, rule, &mut tally);
    for (value, out) in values.iter().zip(&out) {
        let expected = naive::clean(*value, rule, &mut expected_tally);
        assert_eq!(out.bits(), expected.bits(), "{value:?} as {}", T::NAME);
    }
    assert_eq!(tally, expected_tally);
}

fn clean_agrees<S: Tried, T: Format>() {
    let rules = [markers(), Rule::keep(), Rule::all(T::nearest(0.5))];
    for rule in &rules {
        check::<S, T>(&S::special(), rule);
    }
    for seed in 0..2 {
        let mut random = Random(seed);
        for length in lengths() {
            let values: Vec<S> = (0..length).map(|_| S::random(&mut random)).collect();
            check(&values, &rules[length % rules.len()]);
        }
    }
}

#[test]
fn every_source_is_cast_and_cleaned_as_by_hand() {
    macro_rules! all {
        ($($source:ty)*) => {$(
            clean_agrees::<$source, f16>();
            clean_agrees::<$source, f32>();
            clean_agrees::<$source, f64>();
        )*};
    }
    with_each_isa(|| {
        all!(bool i8 i16 i32 i64 u8 u16 u32 u64 f16 f32 f64);
    });
}

#[test]
fn one_odd_value_anywhere_is_seen() {
    with_each_isa(|| {
        for length in lengths().filter(|length| *length > 0) {
            let mut values = vec![1.0_f64; length];
            for odd in [f64::NAN, f64::NEG_INFINITY, -1e300] {
                let at = length * 7 / 11;
                values[at] = odd;
                check::<f64, f32>(&values, &markers());
                values[at] = 1.0;
            }
        }
    });
}

#[test]
fn the_largest_does_not_depend_on_the_order() {
    let values = [1e300, -1e300, 7e299, f64::INFINITY];
    let rule = Rule::<f32>::keep();
    for turn in 0..values.len() {
        let mut values = values;
        values.rotate_left(turn);
        let (mut whole, mut sum) = (Tally::default(), Tally::default());
        clean(&values, &mut [0.0; 4], &rule, &mut whole);
        for value in values {
            let mut part = Tally::default();
            clean(&[value], &mut [0.0], &rule, &mut part);
            sum.add(&part);
        }
        assert_eq!((whole, whole.largest.to_bits()), (sum, 1e300_f64.to_bits()));
    }
}

#[test]
fn missing_is_the_canonical_nan() {
    assert_eq!(<f16 as Element>::MISSING.to_bits(), 0x7e00);
    assert_eq!(<f32 as Element>::MISSING.to_bits(), 0x7fc0_0000);
    assert_eq!(<f64 as Element>::MISSING.to_bits(), 0x7ff8 << 48);
}

#[test]
fn stored_bytes_and_stored_integers_are_the_value() {
    macro_rules! check {
        ($($name:ty, $stored:ty, $to:expr;)*) => {$(
            let to: fn($name) -> $stored = $to;
            let mut random = Random(5);
            let some = (0..500).map(|_| <$name>::random(&mut random)).collect::<Vec<_>>();
            for value in <$name>::special().into_iter().chain(some) {
                let stored = to(value);
                let loaded = <$name as Number>::load(&stored.to_le_bytes());
                let of = <$name as Number>::from_stored(stored as i64);
                assert_eq!((to(loaded), to(of)), (stored, stored), "{value:?}");
                assert_eq!(<$name as Number>::BYTES, size_of::<$stored>());
            }
        )*};
    }
    check! {
        bool, u8, |value| value.into();
        i8, i32, |value| value.into();
        i16, i32, |value| value.into();
        i32, i32, |value| value;
        i64, i64, |value| value;
        u8, i32, |value| value.into();
        u16, i32, |value| value.into();
        u32, i32, |value| value as i32;
        u64, i64, |value| value as i64;
        f16, u16, f16::to_bits;
        f32, u32, f32::to_bits;
        f64, u64, f64::to_bits;
    }
}

#[test]
fn integers_that_fit_stay_themselves() {
    macro_rules! check {
        ($($source:ty => $($element:ty)*;)*) => {$($(
            let values = <$source>::special();
            let mut out = vec![<$element>::default(); values.len()];
            <$element as Element>::cast(&values, &mut out);
            let same = values.iter().zip(&out).all(|(a, b)| *a as i128 == *b as i128);
            assert!(same, "{} as {}", stringify!($source), stringify!($element));
        )*)*};
    }
    check! {
        bool => bool i8 i16 i32 i64 u8 u16 u32 u64;
        i8 => i8 i16 i32 i64;
        i16 => i16 i32 i64;
        i32 => i32 i64;
        i64 => i64;
        u8 => u8 u16 u32 u64 i16 i32 i64;
        u16 => u16 u32 u64 i32 i64;
        u32 => u32 u64 i64;
        u64 => u64;
    }
}
