//! The set of hashes against a `HashSet`, the bytes that it takes, and where memory is refused.

use std::collections::HashSet;

use super::ROOM;
use crate::account::Account;
use crate::error::{Checkpoint, Error, Fault};
use crate::key::{DistinctSet, key_of_seed};

/// A hash that looks drawn.
fn drawn(at: u64) -> u128 {
    let [high, low] = key_of_seed(at, 0);
    u128::from(high) << 64 | u128::from(low)
}

/// Inserts hashes, some of which come again, and checks each answer.
fn equals_a_set(hashes: impl Iterator<Item = u128>) {
    let account = Account::new(ROOM);
    let mut set = DistinctSet::new(&account);
    let mut expected = HashSet::new();
    for hash in hashes {
        let is_new = set.insert(hash, Checkpoint::NONE).unwrap();
        assert_eq!(is_new, expected.insert(hash), "{hash:x}");
        assert_eq!(set.len(), expected.len());
        let taken = account.peak();
        assert!(
            taken <= 24 * set.len() + (1 << 16),
            "{taken} bytes for {}",
            set.len()
        );
        assert_eq!(set.bytes(), taken);
    }
    for hash in expected {
        assert!(!set.insert(hash, Checkpoint::NONE).unwrap());
    }
}

#[test]
fn drawn_hashes_are_new_once() {
    for seed in 0..3 {
        equals_a_set((0..60_000).map(|at| drawn((seed << 32) + at * at % 40_000)));
    }
}

#[test]
fn hashes_that_crowd_are_new_once() {
    // All belong to one home: the first one, the last one, one in between.
    for high in [0, u64::MAX, 1 << 63] {
        let hash = move |at: u64| u128::from(high) << 64 | u128::from(at % 1500 + 1);
        equals_a_set((1..3000).map(hash));
        equals_a_set((1..3000).rev().map(hash));
    }
    // They crowd in a half of the homes, or in a quarter.
    equals_a_set((0..20_000).map(|at| drawn(at) | 1 << 127));
    equals_a_set((0..20_000).map(|at| drawn(at) | 3 << 126));
    // They ascend, and crowd behind each other.
    equals_a_set((1..5000).map(|at| u128::from(u64::MAX - at / 8) << 64 | u128::from(at)));
    equals_a_set((1..20_000).map(|at: u64| u128::from(at) << 108));
    equals_a_set((1..20_000).rev().map(|at: u64| u128::from(at) << 108));
}

#[test]
fn the_hash_of_a_free_slot_is_a_hash_too() {
    let mut set = DistinctSet::new(&Account::new(ROOM));
    assert!(set.is_empty());
    assert!(set.insert(0, Checkpoint::NONE).unwrap());
    assert!(!set.insert(0, Checkpoint::NONE).unwrap());
    assert_eq!(
        (set.len(), set.insert(u128::MAX, Checkpoint::NONE).unwrap()),
        (1, true)
    );
}

#[test]
fn a_hash_takes_at_most_24_bytes() {
    let account = Account::new(1 << 26);
    let mut set = DistinctSet::new(&account);
    for at in 0..2_000_000 {
        assert!(set.insert(drawn(at), Checkpoint::NONE).unwrap());
        let taken = account.peak();
        assert!(
            taken <= 24 * set.len() + (1 << 14),
            "{taken} bytes for {}",
            set.len()
        );
    }
    for at in 0..2_000_000 {
        assert!(!set.insert(drawn(at), Checkpoint::NONE).unwrap());
    }
    assert_eq!(set.len(), 2_000_000);
}

#[test]
fn a_set_without_memory_keeps_its_hashes() {
    for limit in (0..600_000).step_by(7919) {
        let account = Account::new(limit);
        let mut set = DistinctSet::new(&account);
        let mut at = 0;
        let fault = loop {
            match set.insert(drawn(at), Checkpoint::NONE) {
                Ok(is_new) => assert!(is_new),
                Err(fault) => break fault,
            }
            at += 1;
        };
        assert!(matches!(fault, Fault::Scarce { .. }), "{fault:?}");
        assert_eq!(set.len() as u64, at);
        assert!(set.insert(drawn(at), Checkpoint::NONE).is_err());
        for before in 0..at {
            assert!(!set.insert(drawn(before), Checkpoint::NONE).unwrap());
        }
    }
}

#[test]
fn a_set_can_be_interrupted_while_it_grows() {
    let mut set = DistinctSet::new(&Account::new(ROOM));
    let stop = Checkpoint::new(&|_| Err(Error::Interrupted));
    assert!(matches!(set.insert(5, stop), Err(Fault::Read(_))));
}
