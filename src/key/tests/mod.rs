//! Keys, their order, their sets and their matches against what is plainly true of them.

mod form;
mod index;
mod matches;
mod order;
mod set;
mod store;

use crate::account::Account;
use crate::key::store::{KeyStore, Keys};

/// Bytes of an account that is large enough.
const ROOM: usize = 1 << 24;

/// A number of 24 bits that looks drawn.
fn mixed(row: u64) -> u64 {
    (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

/// Rows whose keys are given as numbers, some of them without one.
fn keys<K: KeyStore>(rows: &[Option<u128>], account: &std::sync::Arc<Account>) -> Keys<K> {
    let mut keys: Keys<K> = Keys::new(account);
    for row in rows {
        keys.store.push_number(row.unwrap_or(0)).unwrap();
        keys.count(row.is_none()).unwrap();
    }
    keys
}
