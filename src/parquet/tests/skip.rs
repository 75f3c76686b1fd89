//! Rows that are skipped: those that are read are the same as if all had been, whatever the column.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::Account;
use crate::error::Fault;
use crate::kernel::{Rule, Tally};
use crate::parquet::lane::bytes::BytesLane;
use crate::parquet::page::buffers::{ReadBuffers, WINDOW};
use crate::parquet::page::header::Encoding;
use crate::parquet::tests::cases;
use crate::parquet::tests::columns::{Form, Recipe, Written, numbers, recipe, strings};
use crate::parquet::{Kind, Lane, Width};

/// So many rows, and whether they are skipped.
type Step = (bool, usize);

/// Steps, over and over, until `rows` are done.
fn steps(pattern: &[Step], rows: usize) -> Vec<Step> {
    let mut left = rows;
    let steps = pattern.iter().chain(&[(false, 1)]).cycle();
    let steps = steps.map_while(|(skipped, size)| {
        let size = left.min(*size);
        left -= size;
        (size > 0).then_some((*skipped, size))
    });
    steps.collect()
}

fn pattern() -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![3 => 1..20_usize, 3 => 1..300_usize, 1 => 300..2500_usize];
    vec((any::<bool>(), size), 1..12)
}

/// For each row whether it is skipped.
fn skipped(steps: &[Step]) -> Vec<bool> {
    let rows = steps.iter();
    rows.flat_map(|(skipped, size)| std::iter::repeat_n(*skipped, *size))
        .collect()
}

/// A lane in which nulls and NaN are told apart.
fn lane(written: &Written, kind: Kind, account: &Arc<Account>) -> Result<Lane<f64>, Fault> {
    let rule = Rule {
        null: -1.25,
        missing: -2.25,
        ..Rule::keep()
    };
    Lane::new(&written.column(), &kind.into(), &rule, account)
}

/// The bits of all rows that are not skipped.
fn fill(written: &Written, kind: Kind, steps: &[Step]) -> Result<(Vec<u64>, Tally), Fault> {
    let account = Account::new(1 << 24);
    let mut buffers = ReadBuffers::new(&account);
    let mut lane = lane(written, kind, &account)?;
    let mut bits = Vec::new();
    for (skipped, size) in steps {
        if *skipped {
            lane.skip(*size, &mut buffers)?;
            continue;
        }
        let mut out = vec![0.0; *size];
        lane.fill(&mut out, &mut buffers)?;
        bits.extend(out.iter().map(|value| value.to_bits()));
    }
    Ok((bits, lane.finish(&mut buffers)?))
}

/// The same, where so many rows at a time are looked at, and their wanted ones filled together.
fn fill_wanted(
    written: &Written,
    kind: Kind,
    steps: &[Step],
    together: usize,
) -> Result<(Vec<u64>, Tally), Fault> {
    let account = Account::new(1 << 24);
    let mut buffers = ReadBuffers::new(&account);
    let mut lane = lane(written, kind, &account)?;
    let mut bits = Vec::new();
    for rows in skipped(steps).chunks(together) {
        let mut wanted = vec![0; rows.len().div_ceil(64)];
        for (row, _) in rows.iter().enumerate().filter(|(_, skipped)| !**skipped) {
            wanted[row / 64] |= 1 << (row % 64);
        }
        let mut out = vec![0.0; rows.len()];
        let count = lane.fill_wanted(rows.len(), &wanted, &mut out, &mut buffers)?;
        bits.extend(out[..count].iter().map(|value| value.to_bits()));
    }
    Ok((bits, lane.finish(&mut buffers)?))
}

/// The bytes of all rows that are not skipped.
fn show(written: &Written, width: Width, steps: &[Step]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
    let account = Account::new(1 << 24);
    let mut buffers = ReadBuffers::new(&account);
    let mut lane = BytesLane::new(&written.column(), width, &account)?;
    let mut values = Vec::new();
    for (skipped, size) in steps {
        if *skipped {
            lane.skip(*size, &mut buffers)?;
            continue;
        }
        lane.show(*size, &mut buffers, &mut |value| {
            values.push(value.map(<[u8]>::to_vec));
            Ok(())
        })?;
    }
    lane.finish(&mut buffers)?;
    Ok(values)
}

/// Those of all rows that are not skipped.
fn kept<T: Clone>(all: &[T], steps: &[Step]) -> Vec<T> {
    assert_eq!(all.len(), skipped(steps).len());
    let rows = all.iter().zip(skipped(steps));
    rows.filter(|(_, skipped)| !skipped)
        .map(|(value, _)| value.clone())
        .collect()
}

fn column() -> impl Strategy<Value = (Kind, Recipe)> {
    numbers().prop_flat_map(|(kind, encoding)| (Just(kind), recipe(kind.width(), encoding)))
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn numbers_are_the_same_around_what_is_skipped((kind, recipe) in column(), pattern in pattern()) {
        let written = recipe.write();
        let rows: Vec<_> = recipe.pages.concat();
        let (all, tally) = fill(&written, kind, &[(false, rows.len())]).unwrap();
        prop_assert_eq!(all.len(), rows.len());
        let nulls = |rows: &[Option<Vec<u8>>]| rows.iter().filter(|row| row.is_none()).count() as u64;
        prop_assert_eq!(tally.nulls, nulls(&rows));
        let steps = steps(&pattern, rows.len());
        let (found, tally) = fill(&written, kind, &steps).unwrap();
        prop_assert_eq!(found, kept(&all, &steps));
        // What is skipped is not counted.
        prop_assert_eq!(tally.nulls, nulls(&kept(&rows, &steps)));
        for together in [1, 64, 100, 4096] {
            let (wanted, counted) = fill_wanted(&written, kind, &steps, together).unwrap();
            prop_assert_eq!(wanted, kept(&all, &steps));
            prop_assert_eq!(counted, tally);
        }
        let (none, tally) = fill(&written, kind, &[(true, rows.len())]).unwrap();
        prop_assert!(none.is_empty() && tally == Tally::default());
    }

    #[test]
    fn strings_are_the_same_around_what_is_skipped(
        recipe in strings().prop_flat_map(|encoding| recipe(Width::Variable, encoding)),
        pattern in pattern(),
    ) {
        let written = recipe.write();
        let rows: Vec<_> = recipe.pages.concat();
        let steps = steps(&pattern, rows.len());
        prop_assert_eq!(show(&written, Width::Variable, &steps).unwrap(), kept(&rows, &steps));
    }

    #[test]
    fn a_damaged_page_that_is_skipped_does_no_harm(
        (kind, recipe) in column(),
        (page, at, bit) in (any::<usize>(), any::<usize>(), 0..8),
        first in any::<usize>(),
    ) {
        let written = recipe.write();
        let (all, _) = fill(&written, kind, &[(false, recipe.rows())]).unwrap();
        let page = page % recipe.pages.len();
        let size = recipe.pages[page].len();
        let before = recipe.pages[..page].iter().map(Vec::len).sum();
        let after = (false, recipe.rows() - before - size);
        let first = first % (size + 1);
        prop_assume!(size > 0 && written.damage(page, at, 1_u8 << bit));
        // At once, it is passed over by its header; only a checksum can show the damage.
        let steps = [(false, before), (true, size), after];
        let found = fill(&written, kind, &steps);
        prop_assert_eq!(found.is_err(), recipe.is_summed);
        if let Ok((found, _)) = found {
            prop_assert_eq!(found, kept(&all, &steps));
        }
        // In pieces, it is opened: that may fail.
        let steps = [(false, before), (true, first), (true, size - first), after];
        if let Ok((found, _)) = fill(&written, kind, &steps) {
            prop_assert_eq!(found, kept(&all, &steps));
        }
    }

    #[test]
    fn more_rows_than_there_are_cannot_be_skipped((kind, recipe) in column(), more in 1..3000_usize) {
        let written = recipe.write();
        prop_assert!(fill(&written, kind, &[(true, recipe.rows() + more)]).is_err());
    }
}

/// One page of plain numbers, many windows long.
fn long(is_summed: bool) -> (Recipe, Written) {
    let rows = 8 * WINDOW / 8;
    let value = |row: usize| Some((row as u64).to_le_bytes().to_vec());
    let recipe = Recipe {
        width: Width::Fixed(8),
        encoding: Encoding::Plain,
        nullable: false,
        codec: 0,
        form: Form::One,
        is_summed,
        pages: vec![(0..rows).map(value).collect()],
    };
    let written = recipe.write();
    (recipe, written)
}

#[test]
fn plain_values_that_are_skipped_are_read_for_a_checksum_only() {
    for is_summed in [false, true] {
        let (recipe, written) = long(is_summed);
        let rows = recipe.rows();
        let steps = [(false, 10), (true, rows - 20), (false, 10)];
        let (found, _) = fill(&written, Kind::U64, &steps).unwrap();
        let rows = u32::try_from(rows).unwrap();
        let expected = (0..10).chain(rows - 10..rows);
        let expected: Vec<u64> = expected.map(|row| f64::from(row).to_bits()).collect();
        assert_eq!(found, expected);
        let read = written.source.bytes_read();
        assert_eq!(read >= 8 * WINDOW as u64, is_summed, "{read} bytes read");
        assert!(written.damage(0, 4 * WINDOW, 1));
        assert_eq!(fill(&written, Kind::U64, &steps).is_err(), is_summed);
    }
}

#[test]
fn a_page_that_is_skipped_whole_is_held_against_its_header() {
    let (mut recipe, _) = long(false);
    recipe.encoding = Encoding::Dictionary;
    recipe.pages = vec![vec![Some(vec![0; 8]); 5]; 2];
    let skip = |written: &Written, rows: usize| fill(written, Kind::U64, &[(true, rows)]);
    let written = recipe.write();
    assert!(skip(&written, 10).is_ok());
    // Without the dictionary, and with fewer rows than the pages have.
    let mut headless = recipe.write();
    let header = headless.dictionary_bytes();
    headless.chunk.start += header;
    headless.chunk.bytes -= header;
    assert!(skip(&headless, 10).is_err());
    let mut short = recipe.write();
    short.chunk.values = 9;
    assert!(skip(&short, 9).is_err());
}
