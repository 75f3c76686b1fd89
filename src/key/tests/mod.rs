//! Keys, their order, their sets and their matches against what is plainly true of them.

mod canonical;
mod distinct;
mod form;
mod index;
mod matches;
mod order;
mod set;
mod sorting;
mod store;

use crate::account::Account;
use crate::key::KeyForm;
use crate::key::store::{KeyStore, Keys};
use crate::parquet::KeyFamily;

/// A value of a column that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// A number of the form's width.
    Number(u128),
    /// The bytes of a text.
    Text(Vec<u8>),
}

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

/// A form of so many bytes, or without a width.
fn form(family: KeyFamily, width: Option<usize>, signed: bool, digits: u32) -> KeyForm {
    KeyForm {
        family,
        width,
        signed,
        digits,
    }
}
