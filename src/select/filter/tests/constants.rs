//! Conditions as sets of values, for every operator, and for values and constants at every edge.

use proptest::collection::vec;
use proptest::prelude::*;

use super::exact::{Exact, Value, holds};
use super::{COMPARISONS, condition};
use crate::key::KeyForm;
use crate::key::column::float_key;
use crate::parquet::KeyFamily;
use crate::select::filter::constant::number_spot;
use crate::select::filter::request::{Constant, Operator};
use crate::select::filter::test::Test;

fn form(family: KeyFamily, width: usize, signed: bool, digits: u32) -> KeyForm {
    KeyForm {
        family,
        width: Some(width),
        signed,
        digits,
    }
}

fn wide_integers() -> KeyForm {
    form(KeyFamily::Integer, 16, true, 0)
}

/// Values of a form as keys, each as the number that it is; times in seconds.
fn values(form: &KeyForm) -> Vec<(u128, Exact)> {
    if form.family == KeyFamily::Float {
        let floats = floats().into_iter();
        return floats
            .map(|value| (u128::from(float_key(value)), Exact::float(value)))
            .collect();
    }
    let bits = 8 * u32::try_from(form.width.unwrap()).unwrap();
    let edge = if bits > 126 {
        i128::MAX
    } else {
        1 << (bits - 1)
    };
    let mut numbers: Vec<i128> = (-3..=12).collect();
    numbers.extend([-edge, 1 - edge, edge - 1, edge.saturating_mul(2) - 1]);
    numbers.extend([86_399, 86_400, 86_401, -86_400, -86_401, 250, 1000, 2500]);
    for power in [15, 31, 32, 53, 62, 63, 64] {
        numbers.extend([-1, 0, 1].map(|more| (1_i128 << power) + more));
        numbers.extend([-1, 0, 1].map(|more| more - (1_i128 << power)));
    }
    let scale = i32::try_from(form.digits).unwrap();
    let keys = numbers.into_iter().filter_map(|number| {
        let exact = match form.family {
            KeyFamily::Date => Exact::decimal(number.checked_mul(86_400)?, 0),
            _ => Exact::decimal(number, scale),
        };
        Some((form.encode(number, 1)?, exact))
    });
    let mut keys: Vec<_> = keys.collect();
    if form.family == KeyFamily::Bool {
        keys.retain(|(key, _)| *key < 2);
    }
    keys
}

fn floats() -> Vec<f64> {
    let mut floats = vec![
        0.0,
        -0.0,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
    ];
    for float in [
        0.1,
        0.25,
        0.5,
        1.0,
        2.5,
        3.0,
        1e15,
        1e22,
        1e38,
        1e300,
        1e-300,
        f64::from(0.1_f32),
        2_f64.powi(53),
        2_f64.powi(63),
        2_f64.powi(64),
        2_f64.powi(127),
    ] {
        let float: f64 = float;
        let near = [float.next_down(), float, float.next_up()];
        floats.extend(near.iter().flat_map(|near| [*near, -near]));
    }
    floats
}

/// Constants that a form takes.
fn constants(form: &KeyForm) -> Vec<Constant> {
    let numbers = || {
        let wide = wide_integers();
        let integers = values(&wide).into_iter();
        let integers = integers.map(move |(key, _)| wide.decode(key));
        integers.chain([i128::MIN + 1, 10_i128.pow(38), -10_i128.pow(38)])
    };
    match form.family {
        KeyFamily::Bool => vec![Constant::Bool(false), Constant::Bool(true)],
        KeyFamily::Integer | KeyFamily::Decimal | KeyFamily::Float => {
            // To compare the longest numbers takes long.
            let step = if form.family == KeyFamily::Float {
                1
            } else {
                3
            };
            let unscaled = [0, 1, 25, 250, (1 << 53) + 1, 10_i128.pow(18), i128::MAX];
            let unscaled = unscaled.into_iter().flat_map(|number| [number, -number]);
            let scales = [-30, -2, 0, 1, 2, 5, 18, 40].into_iter();
            let decimals = scales.flat_map(|scale| {
                let unscaled = unscaled.clone();
                unscaled.map(move |unscaled| Constant::Decimal { unscaled, scale })
            });
            numbers()
                .map(Constant::Integer)
                .chain(floats().into_iter().step_by(step).map(Constant::Float))
                .chain(decimals)
                .collect()
        }
        KeyFamily::Date | KeyFamily::Timestamp => {
            let days = numbers().filter_map(|day| i64::try_from(day).ok());
            let times = [0, 3, 6, 9].into_iter().flat_map(|digits| {
                numbers().map(move |value| Constant::Timestamp { value, digits })
            });
            days.map(Constant::Date).chain(times).collect()
        }
        _ => [0, 3, 6, 9, 12]
            .into_iter()
            .flat_map(|digits| numbers().map(move |value| Constant::Time { value, digits }))
            .collect(),
    }
}

fn forms() -> Vec<KeyForm> {
    let integers = [1, 2, 4, 8].into_iter();
    let integers = integers.flat_map(|width| [true, false].map(|signed| (width, signed)));
    let integers = integers.map(|(width, signed)| form(KeyFamily::Integer, width, signed, 0));
    let others = [
        form(KeyFamily::Bool, 1, false, 0),
        form(KeyFamily::Float, 8, false, 0),
        form(KeyFamily::Date, 4, true, 0),
        form(KeyFamily::Time, 8, true, 3),
        form(KeyFamily::Time, 8, true, 9),
        form(KeyFamily::Timestamp, 8, true, 3),
        form(KeyFamily::Timestamp, 8, true, 9),
        form(KeyFamily::Timestamp, 11, true, 9),
        form(KeyFamily::Decimal, 8, true, 0),
        form(KeyFamily::Decimal, 8, true, 2),
        form(KeyFamily::Decimal, 16, true, 20),
        form(KeyFamily::Decimal, 16, true, 38),
    ];
    integers.chain(others).collect()
}

/// What a test says of each value.
fn tested(test: &Test, values: &[(u128, Exact)]) -> Vec<bool> {
    let numbers: Vec<u128> = values.iter().map(|(key, _)| *key).collect();
    let mut kept = vec![0; numbers.len().div_ceil(64)];
    test.numbers(&numbers, &mut kept);
    let bits = (0..numbers.len()).map(|at| kept[at / 64] >> (at % 64) & 1 == 1);
    bits.collect()
}

#[test]
fn every_operator_means_what_it_says_at_every_edge() {
    for form in forms() {
        let values = values(&form);
        for constant in constants(&form) {
            for operator in COMPARISONS {
                let condition = condition("x", operator, vec![constant.clone()]);
                let test = Test::new(&form, &condition).unwrap();
                let tested = tested(&test, &values);
                for ((_, value), tested) in values.iter().zip(tested) {
                    let expected = holds(&Value::Number(*value), &condition);
                    assert_eq!(tested, expected, "{value:?} {condition:?} in {form:?}");
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn lists_are_their_constants(
        at in any::<prop::sample::Index>(),
        some in vec(any::<prop::sample::Index>(), 0..40),
        nulls in 0..2_usize,
    ) {
        let forms = forms();
        let form = at.get(&forms);
        let constants = constants(form);
        let mut list: Vec<Constant> = some.iter().map(|at| at.get(&constants).clone()).collect();
        list.extend(vec![Constant::Null; nulls]);
        let values = values(form);
        for operator in [Operator::In, Operator::NotIn] {
            let condition = condition("x", operator, list.clone());
            let tested = tested(&Test::new(form, &condition).unwrap(), &values);
            for ((_, value), tested) in values.iter().zip(tested) {
                prop_assert_eq!(tested, holds(&Value::Number(*value), &condition));
            }
        }
    }

    #[test]
    fn floats_near_any_number_are_found(unscaled in any::<i128>(), scale in -330..360_i32) {
        let form = form(KeyFamily::Float, 8, false, 0);
        let near: f64 = format!("{unscaled}e{}", -scale).parse().unwrap();
        let near = [near.next_down(), near, near.next_up()];
        let values = near.map(|near| (u128::from(float_key(near)), Exact::float(near)));
        for operator in COMPARISONS {
            let condition = condition("x", operator, vec![Constant::Decimal { unscaled, scale }]);
            let tested = tested(&Test::new(&form, &condition).unwrap(), &values);
            for ((_, value), tested) in values.iter().zip(tested) {
                prop_assert_eq!(tested, holds(&Value::Number(*value), &condition), "{:?}", value);
            }
        }
    }

    #[test]
    fn decimals_near_any_float_are_found(bits in any::<u64>(), digits in 0..39_u32) {
        let float = f64::from_bits(bits);
        prop_assume!(float.is_finite());
        let form = form(KeyFamily::Decimal, 16, true, digits);
        let constant = Constant::Float(float);
        let spot = number_spot(&form, &constant).unwrap();
        let at = spot.start.or(spot.after).unwrap_or(u128::MAX);
        let scale = i32::try_from(digits).unwrap();
        let values = [-1, 0, 1].map(|more| at.saturating_add_signed(more));
        let values = values.map(|key| (key, Exact::decimal(form.decode(key), scale)));
        for operator in COMPARISONS {
            let condition = condition("x", operator, vec![constant.clone()]);
            let tested = tested(&Test::new(&form, &condition).unwrap(), &values);
            for ((key, value), tested) in values.iter().zip(tested) {
                // The least key is no decimal, because its digits are too many.
                prop_assume!(*key > 0);
                prop_assert_eq!(tested, holds(&Value::Number(*value), &condition), "{:?}", value);
            }
        }
    }
}

#[test]
fn constants_of_another_kind_are_refused() {
    let integer = form(KeyFamily::Integer, 8, true, 0);
    for constant in [
        Constant::Bool(true),
        Constant::Text(b"1".to_vec()),
        Constant::Date(1),
        Constant::Duration {
            value: 1,
            digits: 0,
        },
    ] {
        let condition = condition("x", Operator::Equal, vec![constant.clone()]);
        assert_eq!(Test::new(&integer, &condition).err(), Some(&constant));
    }
    let date = form(KeyFamily::Date, 4, true, 0);
    let wrong = condition(
        "x",
        Operator::Equal,
        vec![Constant::Text(b"2024-02-30".to_vec())],
    );
    assert!(Test::new(&date, &wrong).is_err());
}
