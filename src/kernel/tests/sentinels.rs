//! Sentinels: written by the rule of sentinels, and counted and replaced afterwards, a column has
//! the values and the counts that it would have had at once.

use half::f16;

use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive;
use crate::kernel::naive::Format;
use crate::kernel::scalar::sentinels::{replace_sentinels, sentinels};
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Cleaner, Rule, Tally, clean};

fn bits<T: Format>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.bits()).collect()
}

fn rules<T: Format>() -> [Rule<T>; 4] {
    let number = T::nearest;
    [
        Rule::all(T::MISSING),
        Rule::all(number(-1.5)),
        Rule::keep(),
        Rule {
            null: number(-5.0),
            missing: number(-3.0),
            pos_inf: number(11.0),
            neg_inf: number(-11.0),
            pos_overflow: number(13.0),
            neg_overflow: number(-13.0),
        },
    ]
}

/// Sentinels, other NaNs, and numbers.
fn column<T: Format>(random: &mut Random, length: usize) -> Vec<T> {
    let marks = sentinels::<T>();
    let special = [
        marks.null,
        marks.missing,
        marks.pos_inf,
        marks.neg_inf,
        marks.pos_overflow,
        marks.neg_overflow,
        T::MISSING,
        T::MAX,
        T::nearest(-0.0),
    ];
    let value = |random: &mut Random| {
        let any = special.get(random.below(12)).copied();
        any.unwrap_or_else(|| T::nearest(f64::from(u16::try_from(random.below(900)).unwrap())))
    };
    (0..length).map(|_| value(random)).collect()
}

fn check<T: Format>() {
    let mut random = Random(17);
    for length in lengths() {
        let values: Vec<T> = column(&mut random, length);
        for rule in rules::<T>() {
            let (mut replaced, mut expected_tally) = (values.clone(), Tally::default());
            let tally = replace_sentinels(&mut replaced, &rule);
            let each = values.iter();
            let expected: Vec<T> = each
                .map(|value| naive::replace_sentinel(*value, &rule, &mut expected_tally))
                .collect();
            assert_eq!(bits(&replaced), bits(&expected), "{length} of {}", T::NAME);
            assert_eq!(tally, expected_tally);
        }
    }
}

#[test]
fn sentinels_are_counted_and_replaced_as_by_hand() {
    with_each_isa(|| {
        check::<f16>();
        check::<f32>();
        check::<f64>();
    });
}

fn later_is_as_at_once<T: Format>() {
    let values = [
        1.0,
        f64::NAN,
        1e300,
        f64::INFINITY,
        -1e300,
        f64::NEG_INFINITY,
        -2.5,
    ];
    for rule in rules::<T>() {
        let (mut at_once, mut at_once_tally) = (vec![T::MISSING; values.len()], Tally::default());
        let mut cleaner = Cleaner {
            rule: &rule,
            tally: &mut at_once_tally,
        };
        clean(&values, &mut at_once, &mut cleaner);
        let mut later = vec![T::MISSING; values.len()];
        let mut cleaner = Cleaner {
            rule: &sentinels(),
            tally: &mut Tally::default(),
        };
        clean(&values, &mut later, &mut cleaner);
        let tally = replace_sentinels(&mut later, &rule);
        assert_eq!(bits(&later), bits(&at_once));
        // Sentinels do not say which value was the largest.
        at_once_tally.largest = 0.0;
        assert_eq!(tally, at_once_tally);
    }
}

#[test]
fn what_is_replaced_later_is_as_if_replaced_at_once() {
    with_each_isa(|| {
        later_is_as_at_once::<f16>();
        later_is_as_at_once::<f32>();
    });
}
