//! Sieves: the middle that sorting finds, wherever the bracket lies, or none; and gaps filled.

use half::f16;

use crate::kernel::Real;
use crate::kernel::median::bracket::{Counts, LIKELY, SURE, bracket, middle};
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::rows::{BLOCK, Brackets, Catch, LANES, Sieve, look};
use crate::kernel::moves::fill::{copy, fill, patch};
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

/// Sifts rows of columns, and tells for each what was counted and kept.
fn sift<T: Real>(rows: &[T], columns: usize, brackets: &[(T, T)]) -> Vec<(Counts, Vec<T>)> {
    let sieves: Vec<Sieve<T>> = (0..columns)
        .step_by(LANES)
        .map(|at| {
            let mut sieve = Sieve {
                at,
                lanes: LANES.min(columns - at),
                brackets: Brackets::closed(),
            };
            for lane in 0..sieve.lanes {
                (sieve.brackets.low[lane], sieve.brackets.high[lane]) = brackets[at + lane];
            }
            sieve
        })
        .collect();
    let mut catches: Vec<Catch<T>> = sieves.iter().map(|_| Catch::default()).collect();
    let mut all = vec![(Counts::default(), Vec::new()); columns];
    for rows in rows.chunks(BLOCK * columns) {
        look(rows, columns, &sieves, &mut catches);
        for (sieve, catch) in sieves.iter().zip(&mut catches) {
            catch.empty(sieve.lanes, |lane, counts, kept| {
                all[sieve.at + lane].0.add(counts);
                all[sieve.at + lane].1.extend_from_slice(kept);
            });
        }
    }
    all
}

/// Looks along one column, and tells what was counted and the keys of what was kept.
fn haul<T: Real>(column: &[T], ends: (T, T)) -> (Counts, Vec<u64>) {
    let (mut haul, mut counts, mut kept) = (InBracket::default(), Counts::default(), Vec::new());
    for values in column.chunks(STRETCH) {
        haul.look(values, ends);
        counts.add(haul.counts);
        kept.extend(keys_of(haul.inside()));
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
            let ends: Vec<(T, T)> = data
                .iter()
                .map(|column| match random.below(4) {
                    0 => (T::NEG_INFINITY, T::INFINITY),
                    1 => bracket(
                        &mut column.clone(),
                        if random.below(2) == 0 { SURE } else { LIKELY },
                    ),
                    _ => {
                        let sorted = sorted(column);
                        let mut at = [random.below(sorted.len()), random.below(sorted.len())];
                        at.sort_unstable();
                        (sorted[at[0]], sorted[at[1]])
                    }
                })
                .collect();
            let found = sift(&rows, columns, &ends);
            for ((column, ends), (counts, mut kept)) in data.iter().zip(ends).zip(found) {
                assert_eq!(haul(column, ends), (counts, keys_of(&kept)));
                let sorted = sorted(column);
                let count = sorted.len();
                let expected = (sorted[(count - 1) / 2], sorted[count / 2]);
                let held = |value: T| ends.0.key() <= value.key() && value.key() <= ends.1.key();
                let found = middle(count as u64, ends, counts, &mut kept);
                let keys = |(a, b): (T, T)| (a.key(), b.key());
                let expected = (held(expected.0) && held(expected.1)).then(|| keys(expected));
                assert_eq!(found.map(keys), expected);
            }
        }
    }
}

#[test]
fn any_bracket_finds_the_middle_or_says_that_it_missed() {
    any_bracket::<f16>();
    any_bracket::<f32>();
    any_bracket::<f64>();
}

fn any_gap<T: Real>() {
    let mut random = Random(5);
    for columns in [1, 2, 15, 16, 17, 33, 48] {
        let rows: Vec<T> = column(&mut random, columns * 21, 1000);
        let fills: Vec<T> = column(&mut random, columns, 1000);
        let mut out = rows.clone();
        patch(&mut out, &fills);
        for (at, (out, value)) in out.iter().zip(&rows).enumerate() {
            let fill = fills[at % columns];
            let expected = if value.is_nan() { fill } else { *value };
            assert!(out.is_nan() && expected.is_nan() || out.key() == expected.key());
        }
        for one in [fills[0], T::MISSING] {
            let mut copied = vec![one; rows.len()];
            copy(&rows, &mut copied, one);
            let mut filled = rows.clone();
            fill(&mut filled, one);
            for (value, made) in rows.iter().zip(copied.iter().zip(&filled)) {
                let expected = if value.is_nan() { one } else { *value };
                for made in [made.0, made.1] {
                    assert!(made.raw() == expected.raw() || made.is_nan() && expected.is_nan());
                }
            }
        }
        // The last row may be cut short.
        let mut cut = rows[..rows.len() - columns / 2].to_vec();
        patch(&mut cut, &fills);
        assert!(cut.iter().zip(&out).all(|(a, b)| a.is_nan() == b.is_nan()));
    }
}

#[test]
fn gaps_are_filled_and_nothing_else_is() {
    any_gap::<f16>();
    any_gap::<f32>();
    any_gap::<f64>();
}
