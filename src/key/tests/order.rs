//! The order of keys that stream past, against all of them at once, and against sorting.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{ROOM, keys};
use crate::account::Account;
use crate::key::order::{GroupOffsets, KeyOrder};
use crate::key::store::{BytesKeys, KeyStore, NumberKeys};

/// What is true of rows that are all at hand.
#[derive(Debug, PartialEq)]
struct Truth {
    nulls: usize,
    violations: usize,
    first_violation: Option<u64>,
    offsets: Vec<i64>,
    ascends: bool,
    repeats: bool,
}

fn naive(rows: &[Option<u128>]) -> Truth {
    let pairs = || rows.windows(2).zip(1_u64..);
    let violations = || pairs().filter(|(pair, _)| pair[1] < pair[0]);
    let starts = pairs().filter(|(pair, _)| pair[1] != pair[0]);
    let starts = starts.map(|(_, row)| i64::try_from(row).unwrap());
    let first = (!rows.is_empty()).then_some(0);
    let end = i64::try_from(rows.len()).unwrap();
    let mut sorted = rows.to_vec();
    sorted.sort_unstable();
    Truth {
        nulls: rows.iter().filter(|row| row.is_none()).count(),
        violations: violations().count(),
        first_violation: violations().next().map(|(_, row)| row),
        offsets: first.into_iter().chain(starts).chain([end]).collect(),
        ascends: sorted == rows,
        repeats: rows.windows(2).any(|pair| pair[0] == pair[1]),
    }
}

/// The same, of rows that stream past in blocks of these sizes, over and over.
fn streamed<K: KeyStore>(rows: &[Option<u128>], sizes: &[usize]) -> Truth {
    let account = Account::new(ROOM);
    let mut order: KeyOrder<K> = KeyOrder::new(&account);
    let mut offsets = GroupOffsets::new(&account);
    let mut left = rows;
    for size in sizes.iter().chain(&[1]).cycle() {
        let (block, others) = left.split_at(left.len().min(*size));
        let block = keys::<K>(block, &account);
        order.add(&block, |row| offsets.push(row)).unwrap();
        left = others;
        if left.is_empty() {
            break;
        }
    }
    assert_eq!(order.facts().rows, rows.len() as u64);
    assert_eq!(order.facts().groups, offsets.all().len() as u64);
    offsets.push(order.facts().rows).unwrap();
    Truth {
        nulls: usize::try_from(order.facts().nulls).unwrap(),
        violations: usize::try_from(order.facts().violations).unwrap(),
        first_violation: order.facts().first_violation,
        offsets: offsets.all().to_vec(),
        ascends: order.facts().ascends(),
        repeats: order.facts().repeats(),
    }
}

fn check(rows: &[Option<u128>], sizes: &[usize]) {
    let expected = naive(rows);
    assert_eq!(streamed::<NumberKeys<u64>>(rows, sizes), expected);
    assert_eq!(streamed::<NumberKeys<u128>>(rows, sizes), expected);
    assert_eq!(streamed::<BytesKeys>(rows, sizes), expected);
}

fn any_rows() -> impl Strategy<Value = Vec<Option<u128>>> {
    let row = prop_oneof![1 => Just(None), 9 => (0..40_u128).prop_map(Some)];
    vec(row, 0..300)
}

proptest! {
    #[test]
    fn any_keys_in_any_blocks(rows in any_rows(), sizes in vec(0..40_usize, 0..5)) {
        check(&rows, &sizes);
    }

    #[test]
    fn sorted_keys_and_one_that_is_not(
        rows in any_rows(),
        sizes in vec(0..40_usize, 0..5),
        at in any::<prop::sample::Index>(),
    ) {
        let mut rows = rows;
        rows.sort_unstable();
        check(&rows, &sizes);
        prop_assert!(naive(&rows).ascends);
        if !rows.is_empty() {
            let at = at.index(rows.len());
            rows[at] = Some(20);
            check(&rows, &sizes);
        }
    }
}

#[test]
fn only_the_last_key_is_held() {
    let account = Account::new(ROOM);
    let mut order: KeyOrder<NumberKeys<u64>> = KeyOrder::new(&account);
    let block = keys(&(0..1000).map(Some).collect::<Vec<_>>(), &account);
    order.add(&block, |_| Ok(())).unwrap();
    let held = account.peak();
    for _ in 0..1000 {
        order.add(&block, |_| Ok(())).unwrap();
    }
    assert_eq!(account.peak(), held);
    assert_eq!(
        (order.facts().rows, order.facts().violations),
        (1_001_000, 1000)
    );
    assert_eq!(order.facts().first_violation, Some(1000));
}
