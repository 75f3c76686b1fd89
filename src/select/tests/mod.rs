//! A cursor takes the rows of its runs, whatever its steps.

mod between;
mod parts;
mod permutation;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::select::{Rows, Run, Step};

/// The numbers of the rows that are taken in steps of at most `most` rows, which repeat.
fn taken(rows: &Rows, most: &[usize]) -> Vec<usize> {
    let mut cursor = rows.cursor();
    let mut most = most.iter().copied().cycle();
    let mut at = 0;
    let mut taken = Vec::new();
    while let Some(step) = cursor.step(most.next().unwrap()) {
        match step {
            Step::Skip(count) => at += count,
            Step::Take(count) => {
                taken.extend(at..at + count);
                at += count;
            }
        }
    }
    taken
}

proptest! {
    #[test]
    fn steps_follow_the_runs(
        runs in vec((0..5_usize, 0..9_usize), 0..12),
        most in vec(1..7_usize, 1..5),
    ) {
        let mut expected = Vec::new();
        let mut at = 0;
        for (skip, take) in &runs {
            at += skip;
            expected.extend(at..at + take);
            at += take;
        }
        let runs = runs.into_iter().map(|(skip, take)| Run { skip, take });
        let rows = Rows::Runs(runs.collect());
        prop_assert_eq!(rows.taken(), expected.len());
        prop_assert_eq!(taken(&rows, &most), expected);
    }
}

#[test]
fn all_rows_are_one_step() {
    let rows = Rows::All(1000);
    assert_eq!(rows.taken(), 1000);
    let mut cursor = rows.cursor();
    assert_eq!(cursor.step(2000), Some(Step::Take(1000)));
    assert_eq!(cursor.step(2000), None);
}

#[test]
fn rows_after_the_last_taken_one_are_skipped_without_room() {
    let rows = Rows::Runs(vec![Run { skip: 1, take: 2 }, Run { skip: 7, take: 0 }]);
    let mut cursor = rows.cursor();
    assert_eq!(cursor.step(0), Some(Step::Skip(1)));
    assert_eq!(cursor.step(0), None);
    assert_eq!(cursor.step(9), Some(Step::Take(2)));
    assert_eq!(cursor.step(0), Some(Step::Skip(7)));
    assert_eq!(cursor.step(0), None);
}
