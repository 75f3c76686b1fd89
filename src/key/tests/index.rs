//! The index against a map from each key to its rows.

use std::collections::HashMap;

use super::{ROOM, mixed};
use crate::account::Account;
use crate::error::Checkpoint;
use crate::key::index::RowIndex;
use crate::key::store::{BytesKeys, KeyStore, Keys, NumberKeys};

fn index_finds_every_row<K: KeyStore>(key: impl Fn(u64) -> u128) {
    let account = Account::new(ROOM);
    let mut keys: Keys<K> = Keys::new(&account);
    let mut expected: HashMap<u128, Vec<u32>> = HashMap::new();
    for row in 0..2000_u32 {
        let value = key(mixed(row.into()) % 700);
        let null = row % 17 == 0;
        keys.store.push_number(value).unwrap();
        keys.count(null).unwrap();
        if !null {
            expected.entry(value).or_default().push(row);
        }
    }
    let index = RowIndex::new(&keys, &account, Checkpoint::NONE).unwrap();
    assert!(index.has_duplicates());
    for value in 0..800 {
        let mut wanted: Keys<K> = Keys::new(&account);
        wanted.store.push_number(key(value)).unwrap();
        let mut next = index.first(&keys, wanted.store.key(0));
        let mut found = Vec::new();
        while let Some(row) = next {
            found.push(row);
            next = index.next(row);
        }
        assert_eq!(
            found,
            expected.get(&key(value)).cloned().unwrap_or_default()
        );
    }
}

#[test]
fn an_index_finds_the_rows_of_each_key_in_order() {
    index_finds_every_row::<NumberKeys<u64>>(u128::from);
    index_finds_every_row::<NumberKeys<u128>>(|value| u128::from(value) << 64);
    index_finds_every_row::<BytesKeys>(u128::from);
}

#[test]
fn an_index_takes_at_most_16_bytes_a_row() {
    for rows in [1000, 1535, 1537, 3072, 3073, 100_000] {
        let account = Account::new(ROOM);
        let mut keys: Keys<NumberKeys<u64>> = Keys::new(&account);
        keys.store.reserve(rows).unwrap();
        for row in 0..rows {
            keys.store.push_number(row as u128).unwrap();
            keys.count(false).unwrap();
        }
        let before = account.peak();
        let _index = RowIndex::new(&keys, &account, Checkpoint::NONE).unwrap();
        let taken = account.peak() - before;
        assert!(taken <= 16 * rows, "{taken} bytes for {rows} rows");
    }
}
