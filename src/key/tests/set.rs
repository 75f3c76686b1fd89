//! Sets of keys against a `BTreeMap`, while they grow and where memory is refused.

use std::collections::BTreeMap;

use super::ROOM;
use crate::account::Account;
use crate::error::Checkpoint;
use crate::error::{Error, Fault};
use crate::key::set::{KeySet, Positions};
use crate::key::store::{BytesKeys, KeyStore, NumberKeys};

/// Draws numbers (`SplitMix64`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// Has a store hold this key alone, and returns it.
fn only<K: KeyStore>(store: &mut K, key: u128) -> &K::Key {
    store.clear();
    store.push_number(key).unwrap();
    store.key(0)
}

/// Keys of which about half come again, in so many rows.
fn equals_a_map<K: KeyStore>(seed: u64, rows: u64, key: impl Fn(u64) -> u128) {
    let account = Account::new(ROOM);
    let mut random = Random(seed);
    let mut store = K::new(&account);
    let mut set: KeySet<K> = KeySet::new(&account);
    let mut map: BTreeMap<u128, u64> = BTreeMap::new();
    for row in 0..rows {
        let key = key(random.next() % rows);
        let before = map.get(&key).copied();
        let found = set.insert(only(&mut store, key), row, Checkpoint::NONE);
        assert_eq!(found.unwrap(), before);
        map.entry(key).or_insert(row);
        assert_eq!(set.len(), map.len());
    }
    for (key, row) in &map {
        assert_eq!(set.first_row(only(&mut store, *key)), Some(*row));
    }
    assert_eq!(set.first_row(only(&mut store, key(rows + 1))), None);
}

#[test]
fn no_key_is_lost_while_a_set_grows() {
    for seed in 0..5 {
        equals_a_map::<NumberKeys<u64>>(seed, 40_000, u128::from);
        equals_a_map::<NumberKeys<u128>>(seed, 20_000, |key| u128::from(key) << 64);
        equals_a_map::<BytesKeys>(seed, 20_000, u128::from);
    }
}

#[test]
fn an_empty_set_has_no_keys() {
    let account = Account::new(0);
    let set: KeySet<NumberKeys<u64>> = KeySet::new(&account);
    assert_eq!((set.len(), set.first_row(&7)), (0, None));
}

#[test]
fn bytes_of_a_key_are_at_most_24_beside_the_key() {
    let account = Account::new(1 << 26);
    let mut set: KeySet<NumberKeys<u64>> = KeySet::new(&account);
    for key in 0..400_000_u64 {
        set.insert(&key, key, Checkpoint::NONE).unwrap();
        // Keys of one word are held in at most 10 bytes; buffers begin with 1,024 values.
        let most = (24 + 10) * set.len() + 16 * 1024;
        let taken = account.peak();
        assert!(taken <= most, "{taken} bytes for {} keys", set.len());
    }
}

#[test]
fn a_set_without_memory_keeps_its_keys() {
    for limit in (0..300_000).step_by(7919) {
        let account = Account::new(limit);
        let mut set: KeySet<NumberKeys<u64>> = KeySet::new(&account);
        let mut refused = 0;
        for key in 0..20_000_u64 {
            match set.insert(&key, key + 5, Checkpoint::NONE) {
                Ok(before) => assert_eq!(before, None),
                Err(Fault::Scarce { .. }) => {
                    refused += 1;
                    if refused > 3 {
                        break;
                    }
                }
                Err(fault) => panic!("{fault:?}"),
            }
            let kept = set.len() as u64 + refused;
            assert_eq!(kept, key + 1);
        }
        assert!(refused > 0);
        let len = set.len() as u64;
        for key in 0..len {
            assert_eq!(set.first_row(&key), Some(key + 5));
        }
        assert_eq!(set.first_row(&len), None);
    }
}

#[test]
fn a_set_can_be_interrupted_while_it_grows() {
    let account = Account::new(ROOM);
    let mut set: KeySet<NumberKeys<u64>> = KeySet::new(&account);
    let mut interrupted = 0;
    for key in 0..4_u64 {
        let done = set.insert(&key, key, Checkpoint::new(&|_| Err(Error::Interrupted)));
        interrupted += u32::from(done.is_err());
    }
    assert_eq!(interrupted, 1, "the fourth key needs more slots");
}

/// Were hashes the same in each run, a file could hold keys that collide.
#[test]
fn hashes_are_seeded() {
    let account = Account::new(ROOM);
    let order = || {
        let keys = NumberKeys::<u64>::new(&account);
        let mut positions = Positions::new(&account);
        positions.reset(10_000).unwrap();
        (0..100_u64)
            .map(|key| positions.slot(&keys, &key))
            .collect::<Vec<_>>()
    };
    assert_ne!(order(), order());
}
