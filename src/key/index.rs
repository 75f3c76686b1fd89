//! From a key to the rows of the source that have it, in at most 16 bytes a row.
//!
//! Open addressing: a slot holds the first row with a key, and each row the next one with the same
//! key. The keys themselves stay where they are. Hashes are seeded, so no file can be written to
//! make them collide.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Fault, Result};
use crate::key::NONE;
use crate::key::store::{KeyStore, Keys};

/// Rows between two looks whether to go on.
const LOOK: usize = 1 << 16;

/// The index.
#[derive(Debug)]
pub struct RowIndex {
    slots: Scratch<u32>,
    next: Scratch<u32>,
    has_doubles: bool,
    hashes: RandomState,
}

impl RowIndex {
    /// The index of some keys. `look` is asked now and then whether to go on.
    pub fn new<K: KeyStore>(
        keys: &Keys<K>,
        account: &Arc<Account>,
        look: &dyn Fn() -> Result<()>,
    ) -> Result<Self, Fault> {
        // At most three quarters full: between 5.3 and 10.7 bytes a row, and 4 for the next one.
        let length = (keys.len() / 3 * 4 + 4).next_power_of_two();
        let mut index = Self {
            slots: Scratch::new(account),
            next: Scratch::new(account),
            has_doubles: false,
            hashes: RandomState::new(),
        };
        index.slots.fit(length)?.fill(NONE);
        index.next.fit(keys.len())?.fill(NONE);
        // Backwards, so that the first row of a key comes to stand in front of the others.
        for row in (0..keys.len()).rev() {
            if row % LOOK == 0 {
                look()?;
            }
            let Some(key) = keys.get(row) else {
                continue;
            };
            let slot = index.slot(keys, key);
            let first = index.slots.all()[slot];
            index.has_doubles |= first != NONE;
            index.next.all_mut()[row] = first;
            // Rows are counted in 32 bits; the plan has seen to it.
            index.slots.all_mut()[slot] = u32::try_from(row).unwrap_or(NONE);
        }
        Ok(index)
    }

    /// Whether a key stands in several rows.
    pub const fn has_doubles(&self) -> bool {
        self.has_doubles
    }

    /// The first row with a key.
    #[inline]
    pub fn first<K: KeyStore>(&self, keys: &Keys<K>, key: &K::Key) -> Option<u32> {
        let row = self.slots.all()[self.slot(keys, key)];
        (row != NONE).then_some(row)
    }

    /// The row behind `row` that has the same key.
    #[inline]
    pub fn next(&self, row: u32) -> Option<u32> {
        let next = self.next.all()[row as usize];
        (next != NONE).then_some(next)
    }

    /// The slot that holds a key, or the free one where it belongs.
    fn slot<K: KeyStore>(&self, keys: &Keys<K>, key: &K::Key) -> usize {
        let slots = self.slots.all();
        let mask = slots.len() - 1;
        let hash = self.hashes.hash_one(key);
        // The mask keeps what is cut off here from mattering.
        let mut at = usize::try_from(hash & mask as u64).unwrap_or(0);
        loop {
            let row = slots[at];
            if row == NONE || keys.kept.key(row as usize) == key {
                return at;
            }
            at = (at + 1) & mask;
        }
    }
}
