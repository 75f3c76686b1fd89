//! The order of rows against a stable sort of their keys.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Value, form};
use crate::account::Account;
use crate::error::{Checkpoint, Error, Fault};
use crate::key::column::{KEY_ROWS, KeyColumn, float_key};
use crate::key::{KeyForm, SortColumn, SortKeys};
use crate::parquet::KeyFamily::{Date, Decimal, Float, Integer, Text};

const ROOM: usize = 1 << 30;

/// A column and all its values.
#[derive(Debug, Clone)]
struct Column {
    sort: SortColumn,
    form: KeyForm,
    values: Vec<Option<Value>>,
}

impl Column {
    fn new(form: KeyForm, values: Vec<Option<Value>>) -> Self {
        let nullable = values.iter().any(Option::is_none);
        Self {
            sort: SortColumn::new(form, nullable),
            form,
            values,
        }
    }

    fn numbers(form: KeyForm, values: impl IntoIterator<Item = Option<u128>>) -> Self {
        let values = values.into_iter().map(|value| value.map(Value::Number));
        Self::new(form, values.collect())
    }

    /// Whether a row has no value, and its value: nulls last.
    fn rank(&self, row: usize) -> (bool, Option<&Value>) {
        (self.values[row].is_none(), self.values[row].as_ref())
    }
}

fn naive(columns: &[Column], rows: &[usize]) -> Vec<u64> {
    let mut order: Vec<u64> = (0..rows.len() as u64).collect();
    order.sort_by_key(|at| {
        let row = rows[usize::try_from(*at).unwrap()];
        columns
            .iter()
            .map(|column| column.rank(row))
            .collect::<Vec<_>>()
    });
    order
}

/// All rows pushed, or each that `is_chosen`; and the rows that were.
fn pushed(
    columns: &[Column],
    is_chosen: impl Fn(usize) -> bool,
    account: &std::sync::Arc<Account>,
) -> (SortKeys, Vec<usize>) {
    let total = columns[0].values.len();
    let chosen: Vec<usize> = (0..total).filter(|row| is_chosen(*row)).collect();
    let sorts: Vec<SortColumn> = columns.iter().map(|column| column.sort).collect();
    let mut keys = SortKeys::new(&sorts, chosen.len(), account).unwrap();
    for start in (0..total).step_by(KEY_ROWS) {
        let end = total.min(start + KEY_ROWS);
        let block: Vec<KeyColumn> = columns
            .iter()
            .map(|column| KeyColumn::of(column.form, &column.values[start..end], account))
            .collect();
        let mut bits = [0_u64; KEY_ROWS / 64];
        for row in (start..end).filter(|row| is_chosen(*row)) {
            bits[(row - start) / 64] |= 1 << ((row - start) % 64);
        }
        let bits = (chosen.len() < total).then_some(&bits[..]);
        keys.push_block(&block, end - start, bits).unwrap();
    }
    assert_eq!(keys.len(), chosen.len());
    (keys, chosen)
}

fn check_chosen(columns: &[Column], is_chosen: impl Fn(usize) -> bool) {
    let account = Account::new(ROOM);
    let (keys, chosen) = pushed(columns, is_chosen, &account);
    let expected = naive(columns, &chosen);
    let ascends = expected.is_sorted();
    assert_eq!(keys.ascends(), ascends);
    let order = keys.order(Checkpoint::NONE).unwrap();
    match order {
        Some(order) => assert!(order.all() == expected, "{:?}", order.all().get(..50)),
        None => assert!(ascends),
    }
}

fn check(columns: &[Column]) {
    check_chosen(columns, |_| true);
    check_chosen(columns, |row| row % 3 != 1);
}

/// Numbers that look drawn, below `most`, one of `nulls` a null.
fn drawn(rows: usize, most: u128, nulls: u64) -> impl Iterator<Item = Option<u128>> {
    (0..rows as u64).map(move |row| {
        let [one, other] = crate::key::key_of_seed(row, 1);
        let value = (u128::from(one) << 64 | u128::from(other)) % most;
        (nulls == 0 || one % nulls > 0).then_some(value)
    })
}

/// Texts of which many begin alike, and contain zeros.
fn texts(rows: usize, nulls: u64) -> Column {
    let text = |number: u128| {
        let front = vec![b'a'; usize::try_from(number % 23).unwrap()];
        let back = [
            0,
            u8::try_from(number % 5).unwrap(),
            u8::try_from(number % 3).unwrap(),
        ];
        let length = usize::try_from(number % 4).unwrap();
        Value::Text([&front, &back[..length]].concat())
    };
    let values = drawn(rows, 1 << 40, nulls).map(|value| value.map(text));
    Column::new(form(Text, None, false, 0), values.collect())
}

#[test]
fn rows_are_sorted_in_words_of_any_width() {
    let rows = 5000;
    for nulls in [0, 5] {
        let small = Column::numbers(form(Integer, Some(4), true, 0), drawn(rows, 100, nulls));
        let day = Column::numbers(form(Date, Some(4), true, 0), drawn(rows, 1 << 32, nulls));
        let long = Column::numbers(form(Integer, Some(8), true, 0), drawn(rows, 1 << 64, nulls));
        let wide = Column::numbers(
            form(Decimal, Some(16), true, 0),
            drawn(rows, 1 << 127, nulls),
        );
        check(std::slice::from_ref(&small));
        check(std::slice::from_ref(&day));
        check(std::slice::from_ref(&long));
        check(std::slice::from_ref(&wide));
        check(&[small.clone(), day.clone()]);
        check(&[small.clone(), long.clone()]);
        check(&[small.clone(), wide.clone()]);
        check(&[small, day, long, texts(rows, nulls)]);
    }
}

#[test]
fn texts_are_sorted_as_bytes() {
    check(&[texts(3000, 0)]);
    check(&[texts(30_000, 7)]);
    let number = Column::numbers(form(Integer, Some(8), true, 0), drawn(30_000, 3, 4));
    check(&[number.clone(), texts(30_000, 7)]);
    check(&[texts(30_000, 7), number]);
}

/// More rows with one text than are compared byte by byte, and all of one length.
#[test]
fn many_texts_may_begin_alike() {
    let text = |number: u128| {
        let back = format!("{:03}", number % 100);
        Value::Text([&[b'x'; 40][..], back.as_bytes(), &[b'y'; 20]].concat())
    };
    let values = drawn(20_000, 1 << 30, 3).map(|value| value.map(text));
    check(&[Column::new(form(Text, None, false, 0), values.collect())]);
    let same = vec![Some(Value::Text(vec![b'z'; 30])); 10_000];
    check(&[Column::new(form(Text, None, false, 0), same)]);
}

/// More words than are sorted without a poll, in the parts that keys of any kind make.
#[test]
fn many_rows_are_sorted_in_parts() {
    let rows = 150_000;
    let long = form(Integer, Some(8), true, 0);
    let short = form(Integer, Some(2), true, 0);
    check(&[Column::numbers(long, drawn(rows, 1 << 64, 9))]);
    check(&[Column::numbers(short, drawn(rows, 1 << 16, 9))]);
    check(&[Column::numbers(short, drawn(rows, 2, 0))]);
    let descending = (0..rows as u128).rev().map(Some);
    check(&[Column::numbers(long, descending)]);
}

#[test]
fn nan_follows_numbers_and_null_follows_nan() {
    let nan = f64::from_bits(0xfff8_0000_0000_0001);
    let values = [
        None,
        Some(nan),
        Some(f64::INFINITY),
        Some(0.0),
        Some(-0.0),
        Some(f64::NEG_INFINITY),
        Some(f64::NAN),
        None,
        Some(-2.5),
    ];
    let numbers = values.map(|value| value.map(|value| u128::from(float_key(value))));
    let column = Column::numbers(form(Float, Some(8), false, 0), numbers);
    let (keys, _) = pushed(&[column], |_| true, &Account::new(ROOM));
    let order = keys.order(Checkpoint::NONE).unwrap().unwrap();
    assert_eq!(order.all(), [5, 8, 3, 4, 2, 1, 6, 0, 7]);
}

#[test]
fn few_rows_are_sorted_too() {
    for values in [&[][..], &[3], &[5, 4], &[4, 5], &[4, 4], &[1, 3, 2]] {
        let values = values.iter().map(|value| Some(*value));
        let form = form(Integer, Some(2), true, 0);
        check(&[Column::numbers(form, values)]);
    }
}

#[test]
fn bounds_make_words_narrow_and_are_checked() {
    let rows = 100_000;
    let long = form(Integer, Some(8), true, 0);
    let base = 1 << 63;
    let values = drawn(rows, 1 << 40, 6).map(|value| value.map(|value| value + base));
    let mut column = Column::numbers(long, values);
    column.sort = column.sort.within(base, base + (1 << 40) - 1);
    check(&[column.clone()]);
    let account = Account::new(ROOM);
    let keys = SortKeys::new(&[column.sort], rows, &account).unwrap();
    assert_eq!(account.peak(), 8 * rows);
    drop(keys);
    for value in [base - 1, base + (1 << 40)] {
        let block = KeyColumn::of(long, &[Some(Value::Number(value))], &account);
        let mut keys = SortKeys::new(&[column.sort], 1, &account).unwrap();
        assert!(matches!(
            keys.push_block(&[block], 1, None),
            Err(Fault::Corrupt(_))
        ));
    }
}

#[test]
fn an_order_takes_the_memory_of_its_words() {
    let rows = 50_000;
    for (width, bytes) in [(2, 8), (8, 16)] {
        let form = form(Integer, Some(width), true, 0);
        let account = Account::new(ROOM);
        let column = SortColumn::new(form, false);
        let mut keys = SortKeys::new(&[column], rows, &account).unwrap();
        let values = (0..1000).rev().map(|value| Some(Value::Number(value)));
        let block = KeyColumn::of(form, &values.collect::<Vec<_>>(), &account);
        for _ in 0..rows / 1000 {
            keys.push_block(std::slice::from_ref(&block), 1000, None)
                .unwrap();
        }
        assert!(matches!(
            keys.push_block(&[block], 1, None),
            Err(Fault::Corrupt(_))
        ));
        let order = keys.order(Checkpoint::NONE).unwrap().unwrap();
        assert_eq!((account.peak(), order.all().len()), (bytes * rows, rows));
        // What is left of the lease is 8 bytes a row.
        assert!(account.open().resize(ROOM - 8 * rows).is_ok());
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let short = form(Integer, Some(2), true, 0);
    let account = Account::new(100_000);
    for forms in [vec![short], vec![short, form(Text, None, false, 0)]] {
        let columns: Vec<_> = forms
            .iter()
            .map(|form| SortColumn::new(*form, false))
            .collect();
        let block: Vec<_> = forms
            .iter()
            .map(|form| KeyColumn::of(*form, &[None], &account))
            .collect();
        let mut keys = SortKeys::new(&columns, 5, &account).unwrap();
        assert!(matches!(
            keys.push_block(&block, 1, None),
            Err(Fault::Corrupt(_))
        ));
        assert!(keys.is_empty());
        let scarce = SortKeys::new(&columns, 100_000, &account);
        assert!(matches!(scarce, Err(Fault::Scarce { .. })));
    }
}

#[test]
fn sorting_can_be_interrupted() {
    let long = Column::numbers(form(Integer, Some(8), true, 0), drawn(200_000, 1 << 64, 0));
    for columns in [vec![long], vec![texts(10_000, 3)]] {
        let polls = std::cell::Cell::new(0);
        let count = |_| {
            polls.set(polls.get() + 1);
            Ok(())
        };
        let account = Account::new(ROOM);
        let (keys, _) = pushed(&columns, |_| true, &account);
        keys.order(Checkpoint::new(&count)).unwrap();
        let all = polls.get();
        assert!(all > 2);
        for allowed in (0..all).step_by(all / 7 + 1) {
            polls.set(0);
            let stop = |_| {
                polls.set(polls.get() + 1);
                if polls.get() > allowed {
                    Err(Error::Interrupted)
                } else {
                    Ok(())
                }
            };
            let (keys, _) = pushed(&columns, |_| true, &account);
            let sorted = keys.order(Checkpoint::new(&stop));
            assert!(matches!(sorted, Err(Fault::Read(_))));
            assert_eq!(polls.get(), allowed + 1);
        }
    }
}

fn any_column() -> impl Strategy<Value = Vec<Option<u128>>> {
    vec(
        prop_oneof![1 => Just(None), 6 => (0..6_u128).prop_map(Some)],
        60,
    )
}

proptest! {
    #[test]
    fn any_rows(one in any_column(), two in any_column(), three in any_column(), width in 1..17_usize) {
        let short = |values| Column::numbers(form(Integer, Some(1), false, 0), values);
        let wide = Column::numbers(form(Integer, Some(width), false, 0), three.clone());
        let text = |value: &Option<u128>| value.map(|value| Value::Text(vec![0; usize::try_from(value).unwrap()]));
        let text = Column::new(form(Text, None, false, 0), three.iter().map(text).collect());
        check(&[short(one.clone()), short(two.clone()), wide]);
        check(&[short(one.clone()), text, short(two)]);
        let mut sorted = one;
        sorted.sort_by_key(|value| (value.is_none(), *value));
        check(&[short(sorted)]);
    }
}
