//! From a key to the rows of the source that have it, in at most 16 bytes a row.
//!
//! A slot holds the first row with a key, and each row the next one with the same key. The keys
//! themselves stay where they are. The index is built once, from all keys.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault, Result};
use crate::key::NONE;
use crate::key::set::Positions;
use crate::key::store::{KeyStore, Keys};

/// Rows between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 16;

/// The rows of each key.
#[derive(Debug)]
pub struct RowIndex {
    /// Between 5.3 and 10.7 bytes a row.
    firsts: Positions,
    /// 4 bytes a row.
    next: Scratch<u32>,
    has_duplicates: bool,
}

impl RowIndex {
    /// The index of some keys. `checkpoint` is polled for cancellation.
    pub fn new<K: KeyStore>(
        keys: &Keys<K>,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self, Fault> {
        let mut index = Self {
            firsts: Positions::new(account),
            next: Scratch::new(account),
            has_duplicates: false,
        };
        index.firsts.reset(keys.len())?;
        index.next.fit(keys.len())?.fill(NONE);
        // Backwards, so that the first row of a key comes to precede the others.
        for row in (0..keys.len()).rev() {
            if row % CHECKPOINT_ROWS == 0 {
                checkpoint.check()?;
            }
            let Some(key) = keys.get(row) else {
                continue;
            };
            let slot = index.firsts.slot(&keys.store, key);
            let next = index.firsts.get(slot);
            index.has_duplicates |= next.is_some();
            index.next.all_mut()[row] = next.unwrap_or(NONE);
            // The plan refuses sources whose rows do not fit 32 bits.
            index.firsts.set(slot, u32::try_from(row).unwrap_or(NONE));
        }
        Ok(index)
    }

    /// Whether several rows have the same key.
    pub const fn has_duplicates(&self) -> bool {
        self.has_duplicates
    }

    /// The first row with a key.
    #[inline]
    pub fn first<K: KeyStore>(&self, keys: &Keys<K>, key: &K::Key) -> Option<u32> {
        self.firsts.get(self.firsts.slot(&keys.store, key))
    }

    /// The row after `row` that has the same key.
    #[inline]
    pub fn next(&self, row: u32) -> Option<u32> {
        let next = self.next.all()[row as usize];
        (next != NONE).then_some(next)
    }
}
