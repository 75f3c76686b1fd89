//! Keys of many rows against a list of them.

use super::ROOM;
use crate::account::Account;
use crate::key::store::{BytesKeys, KeyStore, Keys};

#[test]
fn rows_without_a_key_are_remembered_wherever_they_come() {
    let account = Account::new(ROOM);
    let mut keys: Keys<BytesKeys> = Keys::new(&account);
    for round in 0..2 {
        for row in 0..3000_usize {
            keys.store
                .push_bytes(format!("key {row}").as_bytes())
                .unwrap();
            keys.count(row % 1000 == 999 - round).unwrap();
        }
        assert_eq!((keys.len(), keys.null_count()), (3000, 3));
        for row in 0..3000 {
            let expected = (row % 1000 != 999 - round).then(|| format!("key {row}"));
            assert_eq!(keys.get(row), expected.as_ref().map(String::as_bytes));
        }
        keys.clear();
    }
}
