//! Medians of columns of the output, in little memory.

use ndarray::{Array2, ShapeBuilder};
use onecopy::account::Account;
use onecopy::fit::gaps::{ColumnFill, FillKind, GapColumn};
use onecopy::fit::matrix::medians;
use onecopy::sys::Mapping;
use onecopy::workers::{Call, Stage, Team, Workers};

const ROWS: usize = 100_000;
const COLUMNS: usize = 20;

/// A column in no order, with gaps.
fn value(row: usize, column: usize) -> f32 {
    let mixed = (row * COLUMNS + column).wrapping_mul(0x9e37_79b9) >> 8 & 0xffff;
    if (row + column).is_multiple_of(9) {
        f32::NAN
    } else {
        u16::try_from(mixed).unwrap().into()
    }
}

#[test]
fn columns_take_turns_where_an_account_is_small() {
    let gap = |column| {
        let present = (0..ROWS).filter(|row| !value(*row, column).is_nan());
        GapColumn {
            column,
            count: present.count() as u64,
            missing: true,
            fill: FillKind::Median,
        }
    };
    // Some columns in between want no median.
    let gaps: Vec<GapColumn> = (0..COLUMNS).filter(|at| at % 5 != 2).map(gap).collect();
    let release = Mapping::anonymous(0, None).unwrap().release();
    let by_rows = Array2::from_shape_fn((ROWS, COLUMNS), |(row, column)| value(row, column));
    let by_columns = Array2::from_shape_fn((ROWS, COLUMNS).f(), |(row, column)| value(row, column));
    for bytes in [20_000, 90_000, 400_000, 1_500_000, 20_000_000] {
        for out in [&by_rows, &by_columns] {
            let workers = Workers::new(Stage::Fill, ROWS, COLUMNS, Call::begin());
            let mut team = Team {
                account: &Account::new(bytes),
                threads: 2,
                workers: &workers,
                caller: &mut (),
            };
            let mut found = medians(&out.view(), &gaps, &release, &mut team).unwrap();
            found.sort_by_key(|fill| fill.column);
            let expected = gaps.iter().map(|gap| ColumnFill {
                column: gap.column,
                value: middle(gap.column),
            });
            assert_eq!(found, expected.collect::<Vec<_>>(), "in {bytes} bytes");
        }
    }
}

fn middle(column: usize) -> f32 {
    let mut values: Vec<f32> = (0..ROWS).map(|row| value(row, column)).collect();
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f32::total_cmp);
    let lower = values[(values.len() - 1) / 2];
    let upper = values[values.len() / 2];
    f32::midpoint(lower, upper)
}
