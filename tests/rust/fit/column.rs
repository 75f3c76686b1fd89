//! The middle of a whole column, even if its sample misleads.

use onecopy::account::Account;
use onecopy::fit::column::ColumnMedian;
use onecopy::kernel::median::middle::Middle;

fn check(finder: &mut ColumnMedian<f32>, column: &[f32]) {
    let mut sorted: Vec<f32> = column.iter().filter(|v| !v.is_nan()).copied().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let found = finder.seek(column).unwrap();
    let count = sorted.len();
    let expected = (count > 0).then(|| Middle {
        lower: sorted[(count - 1) / 2],
        upper: sorted[count / 2],
    });
    assert_eq!(found.map(|found| found.middle), expected, "{count} values");
    assert_eq!(found.map_or(0, |found| found.count), count as u64);
}

#[test]
fn the_middle_is_that_of_the_sorted_column() {
    let mut finder = ColumnMedian::new(&Account::new(1 << 20));
    for rows in (0..40_u16).chain([1023, 1024, 1025, 9_999, 10_000, 10_001]) {
        // In an order that has nothing to do with theirs, and with gaps.
        let spread = |row: u16| f32::from(row.wrapping_mul(40_503) >> 3);
        let gaps = |row: u16| if row % 7 == 3 { f32::NAN } else { spread(row) };
        // Every tenth is large: a sample that takes just those sees nothing of the middle.
        let misleading = |row: u16| spread(row) + if row.is_multiple_of(10) { 1e6 } else { 0.0 };
        for value in [&spread as &dyn Fn(u16) -> f32, &gaps, &misleading, &|_| {
            f32::NAN
        }] {
            check(&mut finder, &(0..rows).map(value).collect::<Vec<_>>());
        }
    }
}
