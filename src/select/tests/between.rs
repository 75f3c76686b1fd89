//! Rows between two numbers, against counting them one by one.

use crate::account::Account;
use crate::select::RowSelection;
use crate::select::selection::GroupRows;

/// The selection of row groups of which each row is wanted or not.
fn selection(groups: &[Vec<bool>]) -> RowSelection {
    let account = Account::new(1 << 20);
    let lengths = groups.iter().map(Vec::len).collect();
    let mut selection = RowSelection::all(lengths, &account).unwrap();
    let chosen = groups.iter().map(|rows| {
        let mut words = vec![0_u64; rows.len().div_ceil(64)];
        for (row, _) in rows.iter().enumerate().filter(|(_, wanted)| **wanted) {
            words[row / 64] |= 1 << (row % 64);
        }
        GroupRows::of_mask(rows.len(), words)
    });
    selection.choose(chosen.collect(), 1).unwrap();
    selection
}

/// The rows that are chosen, counted from the first row of the first row group.
fn rows(selection: &RowSelection) -> Vec<usize> {
    let parts = selection.parts().enumerate();
    parts.filter_map(|(row, part)| part.map(|_| row)).collect()
}

#[test]
fn rows_between_numbers_are_those_that_are_counted() {
    let groups = [
        (0..130).map(|row| row % 3 != 0).collect::<Vec<bool>>(),
        vec![true; 64],
        vec![false; 10],
        (0..200).map(|row| row > 150).collect(),
        vec![true; 1],
    ];
    let whole = selection(&groups);
    let account = Account::new(1 << 20);
    for first in 0..groups.len() {
        let skipped: usize = groups[..first].iter().map(Vec::len).sum();
        let before: usize = (0..first).map(|at| whole.chosen_of(at)).sum();
        let left = rows(&whole)[before..].to_vec();
        for start in (0..=left.len()).step_by(7) {
            for stop in (start..=left.len()).step_by(5) {
                let numbers = vec![start..stop; 1];
                let between = whole.between(first..groups.len(), &numbers, &account);
                let found = rows(&between.unwrap());
                let expected = left[start..stop].iter().map(|row| row - skipped);
                assert_eq!(
                    found,
                    expected.collect::<Vec<usize>>(),
                    "{first} {start} {stop}"
                );
            }
        }
    }
}
