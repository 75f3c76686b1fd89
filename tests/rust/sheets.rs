//! Outputs that are handed out in sheets, piece by piece, and turned.

use std::ops::Range;
use std::slice::from_ref;

use ndarray::{Array2, ShapeBuilder};
use onecopy::account::Account;
use onecopy::output::sheets::Sheets;
use onecopy::output::turn::{SheetLayout, turn};
use onecopy::sys::pages::PageRelease;
use onecopy::workers::{Call, Stage, Team, Workers};
use proptest::prelude::*;

/// The value of a row and a column.
fn value(row: usize, column: usize) -> u32 {
    u32::try_from(row * 1000 + column).unwrap()
}

/// Takes bands of so many rows, and writes the values of some columns to their pieces.
fn pour(mut sheets: Sheets<'_, u32>, columns: &[Range<usize>], bands: &[usize]) {
    let mut first = 0;
    for count in bands {
        let (mut band, rest) = sheets.take(*count).unwrap();
        sheets = rest;
        let mut column = 0;
        while band.columns() > 0 {
            let (mut piece, others) = band.split();
            band = others;
            assert_eq!(piece.rows(), *count);
            let rows = &mut (first..first + count);
            if columns.iter().any(|range| range.contains(&column)) {
                for place in piece.parts().flatten() {
                    *place = value(rows.next().unwrap(), column);
                }
                assert_eq!(rows.len(), 0);
            }
            let whole = piece.contiguous();
            assert!(whole.is_none_or(|whole| whole.len() == *count));
            column += 1;
        }
        first += count;
    }
    assert_eq!(sheets.rows(), 0);
    assert!(sheets.take(1).is_none());
}

fn check(bands: &[usize], columns: usize, sheet_rows: usize, own: usize) {
    let rows: usize = bands.iter().sum();
    let expected = Array2::from_shape_fn((rows, columns), |(row, column)| value(row, column));
    let mut out = Array2::zeros((rows, columns).f());
    let sheets = Sheets::new(out.view_mut(), sheet_rows).unwrap();
    pour(sheets, from_ref(&(0..columns)), bands);
    assert_eq!(out, expected, "in column order");

    // Some columns on each side are poured, and those in the middle left alone.
    let mut out = Array2::zeros((rows, columns));
    let ranges = [
        0..own.min(columns),
        own.max(columns - 1).min(columns)..columns,
    ];
    let sheets = Sheets::new(out.view_mut(), sheet_rows).unwrap();
    pour(sheets, &ranges, bands);
    let workers = Workers::new(Stage::Fill, rows, columns, Call::begin());
    let mut team = Team {
        account: &Account::new(1 << 24),
        threads: 2,
        workers: &workers,
        caller: &mut (),
    };
    let copy = |_: usize, from: &[u32], to: &mut [u32]| to.copy_from_slice(from);
    let layout = SheetLayout {
        rows: sheet_rows,
        columns: &ranges,
    };
    let release = PageRelease::default();
    turn(out.view_mut(), layout, &copy, &release, &mut team).unwrap();
    for column in ranges.into_iter().flatten() {
        assert_eq!(out.column(column), expected.column(column), "{column}");
    }
}

proptest! {
    #[test]
    fn every_value_lands_where_it_belongs(
        bands in prop::collection::vec(0_usize..90, 0..8),
        columns in 1_usize..40,
        sheet_rows in 1_usize..70,
        own in 0_usize..40,
    ) {
        check(&bands, columns, sheet_rows, own);
    }
}

#[test]
fn sheets_of_the_sizes_that_are_used() {
    for (columns, sheet_rows) in [(114, 544), (2, 4096), (3000, 32), (16, 4096)] {
        check(&[700, 1, 5000, 44], columns, sheet_rows, columns - 1);
        check(&[sheet_rows, sheet_rows * 2], columns, sheet_rows, columns);
    }
}
