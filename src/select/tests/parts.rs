//! The parts of rows, against a list with one entry for each row.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::Account;
use crate::select::selection::GroupRows;
use crate::select::{ChosenRows, MixedRows, PartRows, RowSelection, Rows};

fn part_rows(parts: &[Option<usize>], count: usize) -> PartRows {
    let mut rows = PartRows::none(parts.len(), count);
    for (row, part) in parts.iter().enumerate() {
        if let Some(part) = part {
            rows.put(row / 64, *part, 1 << (row % 64));
        }
    }
    rows
}

/// Runs of rows of one part.
fn parts() -> impl Strategy<Value = Vec<Option<usize>>> {
    let run = (prop::option::of(0..5_usize), 1..400_usize);
    let runs = vec(run, 0..12);
    runs.prop_map(|runs| {
        let runs = runs.into_iter();
        runs.flat_map(|(part, rows)| vec![part; rows]).collect()
    })
}

proptest! {
    #[test]
    fn each_row_has_its_part(parts in parts()) {
        let rows = part_rows(&parts, 5);
        let found: Vec<_> = (0..parts.len()).map(|row| rows.part(row)).collect();
        prop_assert_eq!(&found, &parts);
        for part in 0..5 {
            let expected = parts.iter().filter(|own| **own == Some(part)).count();
            prop_assert_eq!(rows.count(part), expected);
            prop_assert_eq!(rows.has(part), expected > 0);
        }
        let kept = parts.iter().flatten().count();
        prop_assert_eq!(rows.kept_count(), kept);
        prop_assert_eq!(Rows::Mixed(MixedRows::new(&rows)).taken(), kept);
    }

    #[test]
    fn chosen_rows_say_the_same_as_parts(parts in parts()) {
        let rows = part_rows(&parts, 5);
        let chosen = ChosenRows::of(&rows);
        let counts: Vec<usize> = (0..5).map(|part| rows.count(part)).collect();
        prop_assert_eq!(chosen.counts(5), counts);
        if let Rows::Runs(runs) = &chosen.rows {
            let mut row = 0;
            let mut found = vec![None; parts.len()];
            for run in runs {
                row += run.skip;
                found[row..row + run.take].fill(Some(chosen.part));
                row += run.take;
            }
            prop_assert_eq!(row, parts.len());
            prop_assert_eq!(&found, &parts);
        }
    }

    #[test]
    fn a_selection_counts_the_rows_of_all_row_groups(groups in vec(parts(), 0..5)) {
        let account = Account::new(1 << 20);
        let lengths = groups.iter().map(Vec::len).collect();
        let mut selection = RowSelection::all(lengths, &account).unwrap();
        let chosen = groups.iter().map(|parts| GroupRows::of(part_rows(parts, 5)));
        selection.choose(chosen.collect(), 5).unwrap();
        let all: Vec<Option<usize>> = groups.concat();
        prop_assert_eq!(selection.parts().collect::<Vec<_>>(), all.clone());
        for part in 0..5 {
            let expected = all.iter().filter(|own| **own == Some(part)).count();
            prop_assert_eq!(selection.counts()[part], expected);
        }
        for (at, parts) in groups.iter().enumerate() {
            let kept = parts.iter().flatten().count();
            prop_assert_eq!(selection.chosen_of(at), kept);
            let bits: u32 = selection.kept(at).iter().map(|word| word.count_ones()).sum();
            prop_assert_eq!(bits as usize, kept);
        }
    }
}
