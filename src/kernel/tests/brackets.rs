//! Brackets: the middle that sorting finds, wherever the bracket is, or none; and gaps filled.

use half::f16;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::Real;
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::median::bracket::{Bracket, LIKELY, SURE, bracket, middle};
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::counts::Counts;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rows::{BLOCK, Brackets, COLUMNS_AT_ONCE, InBrackets, Sieve, count};
use crate::kernel::moves::fill::{copy_filled, fill_column, fill_rows};
use crate::kernel::tests::Random;

/// Values of few or many kinds, some of them missing.
fn column<T: Real>(random: &mut Random, length: usize, kinds: usize) -> Vec<T> {
    let value = |random: &mut Random| match random.below(10) {
        0 => T::MISSING,
        _ => T::nearest(f64::from(u32::try_from(random.below(kinds)).unwrap()) - 50.0),
    };
    (0..length).map(|_| value(random)).collect()
}

fn sorted<T: Real>(values: &[T]) -> Vec<T> {
    let mut values: Vec<T> = values.iter().filter(|v| !v.is_nan()).copied().collect();
    values.sort_unstable_by_key(|value| value.key());
    values
}

/// For each column of rows, what was counted and kept.
fn sift<T: Real>(rows: &[T], columns: usize, brackets: &[Bracket<T>]) -> Vec<(Counts, Vec<T>)> {
    let sieves: Vec<Sieve<T>> = (0..columns)
        .step_by(COLUMNS_AT_ONCE)
        .map(|at| {
            let mut sieve = Sieve {
                at,
                columns: COLUMNS_AT_ONCE.min(columns - at),
                brackets: Brackets::closed(),
            };
            for column in 0..sieve.columns {
                sieve.brackets.set(column, brackets[at + column]);
            }
            sieve
        })
        .collect();
    let mut found: Vec<InBrackets<T>> = sieves.iter().map(|_| InBrackets::default()).collect();
    let mut all = vec![(Counts::default(), Vec::new()); columns];
    for rows in rows.chunks(BLOCK * columns) {
        count(rows, columns, &sieves, &mut found);
        for (sieve, found) in sieves.iter().zip(&mut found) {
            found.empty(sieve.columns, |column, counts, kept| {
                all[sieve.at + column].0.add(counts);
                all[sieve.at + column].1.extend_from_slice(kept);
            });
        }
    }
    all
}

/// What was counted of one column, and the keys of what was kept.
fn along<T: Real>(column: &[T], bracket: Bracket<T>) -> (Counts, Vec<u64>) {
    let mut found = InBracket::default();
    let (mut counts, mut kept) = (Counts::default(), Vec::new());
    for values in column.chunks(STRETCH) {
        found.count(values, bracket);
        counts.add(found.counts);
        kept.extend(keys_of(found.inside()));
    }
    (counts, kept)
}

fn keys_of<T: Real>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.key()).collect()
}

fn any_bracket<T: Real>() {
    let mut random = Random(3);
    for (columns, length) in [(1, 700), (3, 70), (16, 300), (17, 513), (40, 260)] {
        for kinds in [1, 2, 7, 100, 1 << 20] {
            let data: Vec<Vec<T>> = (0..columns)
                .map(|_| column(&mut random, length, kinds))
                .collect();
            let rows: Vec<T> = (0..length)
                .flat_map(|row| data.iter().map(move |column| column[row]))
                .collect();
            let brackets: Vec<Bracket<T>> = data
                .iter()
                .map(|column| match random.below(4) {
                    0 => Bracket::open(),
                    1 => bracket(
                        &mut column.clone(),
                        if random.below(2) == 0 { SURE } else { LIKELY },
                    ),
                    _ => {
                        let sorted = sorted(column);
                        let mut at = [random.below(sorted.len()), random.below(sorted.len())];
                        at.sort_unstable();
                        Bracket {
                            low: sorted[at[0]],
                            high: sorted[at[1]],
                        }
                    }
                })
                .collect();
            let found = sift(&rows, columns, &brackets);
            for ((column, bracket), (counts, mut kept)) in data.iter().zip(brackets).zip(found) {
                assert_eq!(along(column, bracket), (counts, keys_of(&kept)));
                let sorted = sorted(column);
                let count = sorted.len();
                let lower = sorted[(count - 1) / 2];
                let upper = sorted[count / 2];
                let held = |value: T| {
                    bracket.low.key() <= value.key() && value.key() <= bracket.high.key()
                };
                let found = middle(count as u64, bracket, counts, &mut kept);
                let keys = |middle: Middle<T>| (middle.lower.key(), middle.upper.key());
                let is_held = held(lower) && held(upper);
                let expected = is_held.then(|| keys(Middle { lower, upper }));
                assert_eq!(found.map(keys), expected);
            }
        }
    }
}

#[test]
fn any_bracket_finds_the_middle_or_says_that_it_missed() {
    with_each_isa(|| {
        any_bracket::<f16>();
        any_bracket::<f32>();
        any_bracket::<f64>();
    });
}

fn any_gap<T: Real>() {
    let mut random = Random(5);
    for columns in [1, 2, 15, 16, 17, 33, 48] {
        let rows: Vec<T> = column(&mut random, columns * 21, 1000);
        let fills: Vec<T> = column(&mut random, columns, 1000);
        let mut out = rows.clone();
        fill_rows(&mut out, &fills);
        for (at, (out, value)) in out.iter().zip(&rows).enumerate() {
            let fill = fills[at % columns];
            let expected = if value.is_nan() { fill } else { *value };
            assert!(out.is_nan() && expected.is_nan() || out.key() == expected.key());
        }
        for one in [fills[0], T::MISSING] {
            let mut copied = vec![one; rows.len()];
            copy_filled(&rows, &mut copied, one);
            let mut filled = rows.clone();
            fill_column(&mut filled, one);
            for (value, made) in rows.iter().zip(copied.iter().zip(&filled)) {
                let expected = if value.is_nan() { one } else { *value };
                for made in [made.0, made.1] {
                    assert!(made.raw() == expected.raw() || made.is_nan() && expected.is_nan());
                }
            }
        }
        // The last row may be cut short.
        let mut cut = rows[..rows.len() - columns / 2].to_vec();
        fill_rows(&mut cut, &fills);
        assert!(cut.iter().zip(&out).all(|(a, b)| a.is_nan() == b.is_nan()));
    }
}

#[test]
fn gaps_are_filled_and_nothing_else_is() {
    with_each_isa(|| {
        any_gap::<f16>();
        any_gap::<f32>();
        any_gap::<f64>();
    });
}

proptest! {
    /// Parts may be counted by any thread, in any order.
    #[test]
    fn counts_add_in_any_order(parts in vec((0..1_u64 << 40, 0..9_u64, 0..9_u64, 0..9_u64), 3)) {
        let of = |&(present, below, at_low, at_high)| Counts { present, below, at_low, at_high };
        let sum = |parts: &[Counts]| {
            let mut sum = Counts::default();
            for part in parts {
                sum.add(*part);
            }
            sum
        };
        let parts: Vec<Counts> = parts.iter().map(of).collect();
        let [a, b, c] = [parts[0], parts[1], parts[2]];
        prop_assert_eq!(sum(&[a, b]), sum(&[b, a]));
        prop_assert_eq!(sum(&[sum(&[a, b]), c]), sum(&[a, sum(&[b, c])]));
        prop_assert_eq!(sum(&[Counts::default(), a]), a);
    }

    /// Whatever the pieces of a column and their order, the counts are those of the whole.
    #[test]
    fn counts_of_pieces_are_those_of_the_whole(
        values in vec(-20..20_i16, 1..300), piece in 1..70_usize, low in -20..20_i16, width in 0..9_i16,
    ) {
        let column: Vec<f32> = values.iter().map(|value| f32::from(*value)).collect();
        let bracket = Bracket { low: low.into(), high: (low + width).into() };
        let (whole, mut kept) = along(&column, bracket);
        let mut found = InBracket::default();
        let mut parts = Counts::default();
        let mut parts_kept = Vec::new();
        for values in column.chunks(piece).rev() {
            found.count(values, bracket);
            parts.add(found.counts);
            parts_kept.extend(keys_of(found.inside()));
        }
        kept.sort_unstable();
        parts_kept.sort_unstable();
        prop_assert_eq!((parts, parts_kept), (whole, kept));
    }
}
