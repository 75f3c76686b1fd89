//! Brackets that narrow find the exact middle or miss, in whatever parts a column comes, and never miss
//! in a column that is not sorted.

use half::f16;
use onecopy::account::Account;
use onecopy::fit::column::ColumnMedian;
use onecopy::fit::narrowing::NarrowingBracket;
use onecopy::kernel::Real;
use onecopy::kernel::median::bracket::room;
use onecopy::kernel::median::column::STRETCH;
use onecopy::kernel::median::middle::Middle;

/// Counts a column in parts with two finders in turn, both before either adds its counts.
fn narrowed<T: Real>(column: &[T], part: usize, room: usize) -> Option<Middle<T>> {
    let account = Account::new(1 << 30);
    let mut finders = [ColumnMedian::new(&account), ColumnMedian::new(&account)];
    let mut bracket = NarrowingBracket::new(&account, room);
    bracket.begin(&column[..column.len().min(4 * part)], &mut finders[0]);
    for pair in column.chunks(2 * part) {
        let mut ends = Vec::new();
        for (values, finder) in pair.chunks(part).zip(&mut finders) {
            ends.extend(bracket.ends());
            if let Some(ends) = ends.last() {
                finder.caught.count(values, *ends);
            }
        }
        for (ends, finder) in ends.into_iter().zip(&mut finders) {
            bracket.take(ends, finder);
        }
    }
    let found = bracket.finish(&mut finders[0])?;
    let present = column.iter().filter(|value| !value.is_nan()).count();
    assert_eq!(found.count, present as u64);
    Some(found.middle)
}

/// The middle as doubles, so that the zeros are one value.
fn doubles<T: Real>(Middle { lower, upper }: Middle<T>) -> (f64, f64) {
    (lower.to_f64(), upper.to_f64())
}

fn middle<T: Real>(column: &[T]) -> Option<(f64, f64)> {
    let present = column.iter().filter(|value| !value.is_nan());
    let mut keys: Vec<u64> = present.map(|value| value.key()).collect();
    keys.sort_unstable();
    let last = keys.len().checked_sub(1)?;
    let at = |rank: usize| T::from_key(keys[rank]);
    Some(doubles(Middle {
        lower: at(last / 2),
        upper: at(keys.len() / 2),
    }))
}

/// A column of `rows` values in the order of `kind`.
fn column<T: Real>(kind: usize, rows: u32) -> Vec<T> {
    let mixed = |row: u32| {
        let row = (row ^ row >> 15).wrapping_mul(0x85eb_ca6b);
        let row = (row ^ row >> 13).wrapping_mul(0xc2b2_ae35);
        (row ^ row >> 16) >> 1
    };
    let value = |row: u32| match (kind, mixed(row)) {
        (0, mixed) => f64::from(mixed) / 1e6,
        (1, mixed) => f64::from(mixed % 3),
        (2, mixed) if mixed % 20 == 0 => f64::NAN,
        (2, mixed) => f64::from(mixed % 1000),
        (3, mixed) if mixed % 2 == 0 => f64::INFINITY,
        (3, mixed) if mixed % 4 == 1 => f64::NEG_INFINITY,
        // Its period is the stride of a sample.
        (4, mixed) if row.is_multiple_of(16) => -f64::from(mixed),
        (3 | 4, mixed) => f64::from(mixed),
        (5, _) => f64::from(row),
        (6, mixed) if mixed % 2 == 0 => f64::from(row / 3000),
        (6, _) => -f64::from(row / 3000),
        _ => f64::NAN,
    };
    (0..rows).map(|row| T::nearest(value(row))).collect()
}

fn any_column<T: Real>() {
    for kind in 0..8 {
        for (rows, part) in [(1, 1), (700, 100), (20_000, 333), (120_000, STRETCH)] {
            let column: Vec<T> = column(kind, rows);
            let found = narrowed(&column, part, room(column.len())).map(doubles);
            let is_fair = kind < 5;
            if is_fair || found.is_some() {
                assert_eq!(found, middle(&column), "kind {kind}, {rows} rows");
            }
        }
    }
}

#[test]
fn any_column_in_any_parts() {
    any_column::<f16>();
    any_column::<f32>();
    any_column::<f64>();
}

#[test]
fn too_little_room_is_a_miss_and_not_a_wrong_middle() {
    let column: Vec<f32> = column(0, 50_000);
    for room in [0, 1, 100, 1000, 3000] {
        let found = narrowed(&column, STRETCH, room).map(doubles);
        assert!(
            found.is_none() || found == middle(&column),
            "room for {room}"
        );
    }
}
