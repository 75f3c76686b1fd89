//! Rows put in another order, in place.

use ndarray::{Array2, ShapeBuilder};
use onecopy::account::{Account, Scratch};
use onecopy::kernel::Element;
use onecopy::output::arrange::{PartOrder, arrange};
use onecopy::workers::{Call, Stage, Team, Workers};
use proptest::prelude::*;

/// Arranges the rows of parts, whose orders are given by keys to sort by, with so much scratch.
fn check<T: Element + PartialEq + std::fmt::Debug>(
    keys: &[Vec<u8>],
    columns: usize,
    is_f: bool,
    scratch: usize,
    value: fn(usize) -> T,
) {
    let rows = keys.iter().map(Vec::len).sum();
    let shape = (rows, columns).set_f(is_f);
    let before = Array2::from_shape_fn(shape, |(row, column)| value(row * columns + column));
    let account = Account::new(1 << 20);
    let mut expected = Vec::new();
    let mut orders = Vec::new();
    let mut first = 0;
    for keys in keys {
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by_key(|row| keys[*row]);
        expected.extend(order.iter().map(|row| first + row));
        let mut rows = Scratch::new(&account);
        rows.fit(order.len()).unwrap();
        for (place, row) in rows.all_mut().iter_mut().zip(order) {
            *place = row as u64;
        }
        orders.push(PartOrder { first, rows });
        first += keys.len();
    }
    let workers = Workers::new(Stage::Arrange, rows, 1, Call::begin());
    let mut team = Team {
        account: &Account::new(scratch),
        threads: 2,
        workers: &workers,
        caller: &mut (),
    };
    let mut found = before.clone();
    arrange(found.view_mut(), &orders, &mut team).unwrap();
    for (place, row) in expected.into_iter().enumerate() {
        assert_eq!(found.row(place), before.row(row), "place {place}");
    }
}

proptest! {
    #[test]
    fn each_row_goes_to_its_place(
        keys in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..4),
        columns in 1_usize..70,
        is_f in any::<bool>(),
    ) {
        check(&keys, columns, is_f, 1 << 20, |at| u32::try_from(at).unwrap());
        // No room for a copy of a column.
        check(&keys, columns, is_f, 700, |at| u16::try_from(at % 60_000).unwrap());
        check(&keys, columns.min(9), is_f, 1 << 20, |at| at as u64);
        check(&keys, 1, is_f, 1 << 20, |at| at % 2 == 1);
    }
}
