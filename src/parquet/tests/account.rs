//! The account: limits hold, refusals change nothing, and what is dropped is free again.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::{Account, Lease, Scratch};
use crate::error::Fault;

fn refused<T>(result: &Result<T, Fault>, expected: usize) -> bool {
    matches!(result, Err(Fault::Scarce { needed }) if *needed == expected)
}

/// Bytes that can still be leased, found by trying.
fn free(account: &Arc<Account>) -> usize {
    let fits = |bytes: usize| account.open().resize(bytes).is_ok();
    let mut free = 0;
    for bit in (0..usize::BITS).rev() {
        let bytes = free | 1 << bit;
        if fits(bytes) {
            free = bytes;
        }
    }
    free
}

#[test]
fn a_lease_grows_shrinks_and_goes() {
    let account = Account::new(100);
    let mut first = account.open();
    first.resize(60).unwrap();
    let mut second = account.open();
    assert!(refused(&second.resize(41), 41));
    second.resize(40).unwrap();
    assert!(refused(&first.resize(61), 61));
    first.resize(10).unwrap();
    assert_eq!(free(&account), 50);
    drop(second);
    assert_eq!(free(&account), 90);
    assert!(refused(&first.resize(usize::MAX), usize::MAX));
    assert_eq!(free(&account), 90);
    assert_eq!(account.peak(), 100);
    assert_eq!(account.limit(), 100);
}

#[test]
fn a_refused_buffer_is_empty_or_as_it_was() {
    let account = Account::new(64);
    let mut scratch = Scratch::<u32>::new(&account);
    scratch.fit(8).unwrap().fill(7);
    assert!(refused(&scratch.extend(17, 3).map(|_| ()), 68));
    assert!(scratch.all().starts_with(&[7; 3]));
    let kept = scratch.extend(16, 3).unwrap();
    assert_eq!(kept[..4], [7, 7, 7, 0]);
    assert_eq!(free(&account), 0);
    // Beyond what can be counted, too.
    assert!(scratch.fit(usize::MAX).is_err());
    assert!(scratch.all().is_empty());
    assert_eq!(free(&account), 64);
    scratch.fit(16).unwrap();
    drop(scratch);
    assert_eq!(free(&account), 64);
}

#[test]
fn a_buffer_that_is_long_enough_stays() {
    let account = Account::new(1 << 20);
    let mut scratch = Scratch::<u64>::new(&account);
    scratch.fit(10).unwrap().fill(1);
    assert_eq!(scratch.fit(4).unwrap().len(), 4);
    assert_eq!(scratch.all(), [1; 10]);
    scratch.all_mut()[0] = 2;
    assert_eq!(free(&account), (1 << 20) - 80);
    scratch.clear();
    assert_eq!(free(&account), 1 << 20);
}

#[test]
fn threads_never_lease_more_than_there_is() {
    let account = Account::new(1000);
    std::thread::scope(|scope| {
        for thread in 1..=4 {
            let account = &account;
            scope.spawn(move || {
                for round in 0..2000 {
                    let mut lease = account.open();
                    let _ = lease.resize(round * thread % 700);
                    let _ = lease.resize(round % 300);
                }
            });
        }
    });
    assert!(account.peak() <= 1000);
    assert_eq!(free(&account), 1000);
}

proptest! {
    #[test]
    fn leases_add_up(steps in vec((0..4_usize, 0..700_usize), 0..100)) {
        let account = Account::new(1000);
        let mut leases: Vec<(Lease, usize)> = (0..4).map(|_| (account.open(), 0)).collect();
        for (at, bytes) in steps {
            let others: usize = leases.iter().map(|(_, held)| held).sum::<usize>() - leases[at].1;
            let (lease, held) = &mut leases[at];
            let resized = lease.resize(bytes);
            prop_assert_eq!(resized.is_ok(), bytes <= *held || others + bytes <= 1000);
            if resized.is_ok() {
                *held = bytes;
            }
            let sum: usize = leases.iter().map(|(_, held)| held).sum();
            prop_assert_eq!(free(&account), 1000 - sum);
        }
    }
}
