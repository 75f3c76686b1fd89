//! Bounds of every stored type have all values between them, and bounds that are wrong are no bounds.

use half::f16;
use proptest::collection::vec;
use proptest::prelude::*;

use super::stored::Files;
use super::{condition, only, text};
use crate::dataset::StoredColumn;
use crate::key::column::float_key;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::{Bound, Chunk, Hints, Key, KeyFamily, Kind, Nesting};
use crate::select::filter::bounds::{Span, numbers, texts};
use crate::select::filter::{Constant, Filter, FilterCells, FilterRequest, Operator, Verdict};

fn slot(key: Key) -> KeySlot {
    KeySlot {
        leaf: 0,
        key,
        nesting: Nesting::flat(true),
    }
}

fn form(family: KeyFamily, width: usize, signed: bool, digits: u32) -> KeyForm {
    KeyForm {
        family,
        width: Some(width),
        signed,
        digits,
    }
}

fn hints(least: &[u8], greatest: &[u8]) -> Hints {
    Hints {
        least: Some(Bound::new(least, None)),
        greatest: Some(Bound::new(greatest, None)),
        ..Hints::default()
    }
}

/// A number as it is stored.
fn stored(key: Key, number: i128) -> Vec<u8> {
    let all = number.to_be_bytes();
    let size = match key {
        Key::Bool => 1,
        Key::Decimal {
            stored: Kind::DecimalFixed { bytes, .. },
            ..
        } => return all[16 - bytes..].to_vec(),
        Key::Decimal {
            stored: Kind::DecimalBytes { .. },
            ..
        } => {
            // As few bytes as hold it.
            let is_vain = |at: &usize| {
                let sign = if number < 0 { u8::MAX } else { 0 };
                all[*at] == sign && all[*at + 1] >> 7 == sign >> 7
            };
            let vain = (0..15).take_while(is_vain).count();
            return all[vain..].to_vec();
        }
        _ if key.physical() == Kind::I32.physical() => 4,
        _ => 8,
    };
    all[16 - size..].iter().rev().copied().collect()
}

/// Types of whole numbers, their forms, and the range of their values.
fn types() -> Vec<(Key, KeyForm, i128, i128)> {
    let integers = [
        (Kind::I8, 1, true),
        (Kind::I16, 2, true),
        (Kind::I32, 4, true),
        (Kind::I64, 8, true),
        (Kind::U8, 1, false),
        (Kind::U16, 2, false),
        (Kind::U32, 4, false),
        (Kind::U64, 8, false),
    ];
    let integers = integers.map(|(kind, width, signed)| {
        let bits = 8 * width - usize::from(signed);
        let low = if signed { -(1 << bits) } else { 0 };
        let form = form(KeyFamily::Integer, width, signed, 0);
        (Key::Integer(kind), form, low, (1 << bits) - 1)
    });
    let decimal = |stored, precision: u32, width| {
        let key = Key::Decimal {
            stored,
            precision: precision.into(),
            scale: 2,
        };
        let most = 10_i128.pow(precision) - 1;
        (key, form(KeyFamily::Decimal, width, true, 2), -most, most)
    };
    let (low, high) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let time = Key::Time {
        stored: Kind::I64,
        digits: 6,
    };
    let others = [
        (Key::Bool, form(KeyFamily::Bool, 1, false, 0), 0, 1),
        (
            Key::Date,
            form(KeyFamily::Date, 4, true, 0),
            -(1 << 31),
            (1 << 31) - 1,
        ),
        (time, form(KeyFamily::Time, 8, true, 6), low, high),
        (
            Key::Timestamp(3),
            form(KeyFamily::Timestamp, 8, true, 3),
            low,
            high,
        ),
        decimal(Kind::Decimal32 { scale: 2 }, 9, 8),
        decimal(Kind::Decimal64 { scale: 2 }, 18, 8),
        decimal(Kind::DecimalFixed { bytes: 8, scale: 2 }, 18, 8),
        decimal(
            Kind::DecimalFixed {
                bytes: 16,
                scale: 2,
            },
            38,
            16,
        ),
        decimal(Kind::DecimalBytes { scale: 2 }, 38, 16),
    ];
    integers.into_iter().chain(others).collect()
}

fn is_within<T: Ord>(span: &Span<T>, value: &T) -> bool {
    span.low <= *value && span.after.as_ref().is_none_or(|after| value < after)
}

proptest! {
    #[test]
    fn numbers_are_between_their_bounds(drawn in vec(any::<i128>(), 1..20)) {
        for (key, form, low, high) in types() {
            // Some numbers are near zero, and some at an edge.
            let number = |drawn: &i128| match drawn & 3 {
                0 => (drawn >> 100).clamp(low, high),
                1 => low,
                2 => high,
                _ => (drawn % high).max(low),
            };
            let values: Vec<i128> = drawn.iter().map(number).collect();
            let least = *values.iter().min().unwrap();
            let greatest = *values.iter().max().unwrap();
            let hints = hints(&stored(key, least), &stored(key, greatest));
            let span = numbers(&slot(key), &form, &hints);
            let encoded = |value: i128| form.encode(value, 1).unwrap();
            prop_assert_eq!(span.low, encoded(least), "{:?}", key);
            prop_assert_eq!(span.after, encoded(greatest).checked_add(1), "{:?}", key);
            for value in values {
                prop_assert!(is_within(&span, &encoded(value)));
            }
        }
    }

    #[test]
    fn floats_are_between_their_bounds(drawn in vec(any::<f64>(), 1..20)) {
        let form = form(KeyFamily::Float, 8, false, 0);
        let halves = drawn.iter().map(|value| f16::from_f64(*value)).collect::<Vec<_>>();
        let least = halves.iter().copied().reduce(f16::min).unwrap();
        let greatest = halves.iter().copied().reduce(f16::max).unwrap();
        let bounds = hints(&least.to_le_bytes(), &greatest.to_le_bytes());
        let span = numbers(&slot(Key::Float(Kind::F16)), &form, &bounds);
        for value in &halves {
            prop_assert!(is_within(&span, &u128::from(float_key(value.to_f64()))));
        }
        let least = drawn.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let bounds = hints(&least.to_le_bytes(), &greatest.to_le_bytes());
        let span = numbers(&slot(Key::Float(Kind::F64)), &form, &bounds);
        for value in &drawn {
            prop_assert!(is_within(&span, &u128::from(float_key(*value))));
        }
    }

    #[test]
    fn texts_are_between_their_bounds(
        front in vec(prop::sample::select(vec![0, 1, 254, 255]), 0..40),
        drawn in vec(vec(prop::sample::select(vec![0, 1, 254, 255]), 0..40), 1..9),
    ) {
        let with_front = |back: &Vec<u8>| [front.clone(), back.clone()].concat();
        let values: Vec<Vec<u8>> = drawn.iter().map(with_front).collect();
        let span = texts(&hints(values.iter().min().unwrap(), values.iter().max().unwrap()));
        for value in &values {
            prop_assert!(is_within(&span, value), "{:?} in {:?}", value, span);
        }
    }
}

#[test]
fn wrong_bounds_are_none() {
    let unknown = Span {
        low: 0,
        after: None,
    };
    let integer = form(KeyFamily::Integer, 8, true, 0);
    let long = slot(Key::Integer(Kind::I64));
    let word = |number: i64| number.to_le_bytes();
    let right = numbers(&long, &integer, &hints(&word(1), &word(2)));
    assert_ne!(right, unknown);
    for wrong in [
        hints(&word(2), &word(1)),
        hints(&[], &[]),
        hints(&[1; 4], &[2; 4]),
        hints(&[1; 9], &[2; 9]),
        hints(&[1; 40], &[2; 40]),
    ] {
        assert_eq!(numbers(&long, &integer, &wrong), unknown);
    }
    let byte = form(KeyFamily::Integer, 1, true, 0);
    let wide = hints(&(-200_i32).to_le_bytes(), &200_i32.to_le_bytes());
    assert_eq!(
        numbers(&slot(Key::Integer(Kind::I8)), &byte, &wide),
        unknown
    );
    let float = form(KeyFamily::Float, 8, false, 0);
    let nan = hints(&f64::NAN.to_le_bytes(), &f64::NAN.to_le_bytes());
    assert_eq!(numbers(&slot(Key::Float(Kind::F64)), &float, &nan), unknown);
    let bool_form = form(KeyFamily::Bool, 1, false, 0);
    assert_eq!(
        numbers(&slot(Key::Bool), &bool_form, &hints(&[0], &[2])).after,
        None
    );
    let instants = form(KeyFamily::Timestamp, 11, true, 9);
    let oldest = hints(&[0; 12], &[0; 12]);
    assert_eq!(
        numbers(&slot(Key::Timestamp96), &instants, &oldest),
        unknown
    );
}

/// Cells of the filter's columns, all with these hints and so many nulls.
fn cells(filter: &Filter, hints: Hints, nulls: Option<u64>) -> Vec<FilterCells> {
    let cells = FilterCells {
        stored: Some(StoredColumn::Chunk(Chunk {
            nulls,
            ..Chunk::default()
        })),
        hints,
    };
    vec![cells; filter.columns().len()]
}

#[test]
fn all_is_concluded_only_where_nothing_can_be_hidden() {
    use Verdict::{All, None, Some};
    let files = Files::new();
    let verdict = |request: &FilterRequest, hints: Hints, nulls| {
        let filter = Filter::new(&files.dataset, request, true).unwrap();
        filter.verdict(0, 10, &cells(&filter, hints, nulls))
    };
    let one = |column: &str, operator, constant| only(condition(column, operator, vec![constant]));
    let zero = || Constant::Integer(0);
    let word = |number: i64| number.to_le_bytes();
    let positive = hints(&word(1), &word(9));
    let more = one("i", Operator::Greater, zero());
    assert_eq!(verdict(&more, positive, Option::Some(0)), All);
    assert_eq!(verdict(&more, positive, Option::Some(1)), Some);
    assert_eq!(verdict(&more, positive, Option::Some(10)), None);
    // More nulls than rows say nothing.
    assert_eq!(verdict(&more, positive, Option::Some(11)), Some);
    assert_eq!(verdict(&more, positive, Option::None), Some);
    assert_eq!(verdict(&more, Hints::default(), Option::Some(0)), Some);
    let cut = Hints {
        least: Option::Some(Bound::new(&word(1), Option::Some(false))),
        ..positive
    };
    assert_eq!(verdict(&more, cut, Option::Some(0)), Some);
    let less = one("i", Operator::LessOrEqual, zero());
    assert_eq!(verdict(&less, positive, Option::None), None);
    // Floating-point numbers may be NaN, whatever the bounds.
    let floats = hints(&1_f64.to_le_bytes(), &9_f64.to_le_bytes());
    let more = one("f", Operator::Greater, zero());
    assert_eq!(verdict(&more, floats, Option::Some(0)), Some);
    let not = one("f", Operator::NotEqual, zero());
    let zeros = hints(&(-0_f64).to_le_bytes(), &0_f64.to_le_bytes());
    assert_eq!(verdict(&not, zeros, Option::Some(0)), Some);
    assert_eq!(verdict(&more, zeros, Option::Some(0)), None);
    // A null that is counted is a row that `not in` keeps.
    let rest = only(condition("s", Operator::NotIn, vec![text("a")]));
    assert_eq!(verdict(&rest, hints(b"a", b"a"), Option::Some(0)), None);
    assert_eq!(verdict(&rest, hints(b"a", b"a"), Option::Some(1)), Some);
    assert_eq!(verdict(&rest, hints(b"b", b"c"), Option::Some(0)), Some);
    // `r` cannot be null, whatever the footer counts.
    let present = one("r", Operator::IsNot, Constant::Null);
    assert_eq!(verdict(&present, Hints::default(), Option::Some(3)), All);
}
