//! A set of keys that grows, and remembers the first row of each.
//!
//! Open addressing over positions: a slot holds the position of a key among all keys, which are held
//! one after the other, so the table of slots can be made anew from them when it is full. At most
//! three quarters of the slots are taken. Hashes are seeded, so no file can be written to make them
//! collide.
//!
//! | bytes of a key | at least | at most |
//! | --- | --- | --- |
//! | slots | 5.3 | 10.7 |
//! | its first row | 8 | 10 |
//! | the key itself, of fixed width | 8 or 16 | 10 or 20 |
//!
//! That is at most 20.7 bytes beside the key itself, also while the table grows; up to some thousand
//! keys buffers have a least size instead.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault, Result};
use crate::key::store::{KeyStore, grown};

/// Keys that are placed between two polls for cancellation.
const CHECKPOINT_KEYS: usize = 1 << 16;
/// A slot that holds no position.
const FREE: u32 = u32::MAX;

/// From a key to its position among keys that are held elsewhere.
#[derive(Debug)]
pub(super) struct Positions {
    /// A power of two of them, or none.
    slots: Scratch<u32>,
    hashes: RandomState,
}

impl Positions {
    /// No room for keys yet.
    pub(super) fn new(account: &Arc<Account>) -> Self {
        Self {
            slots: Scratch::new(account),
            hashes: RandomState::new(),
        }
    }

    /// Makes room for `keys` keys at least, and frees all slots. Where memory is refused nothing
    /// changes.
    pub(super) fn reset(&mut self, keys: usize) -> Result<(), Fault> {
        let length = (keys / 3 * 4 + 4).next_power_of_two();
        self.slots.extend(length, self.slots.all().len())?;
        self.slots.all_mut().fill(FREE);
        Ok(())
    }

    /// Whether one more than `keys` keys would have too few slots.
    pub(super) fn is_full(&self, keys: usize) -> bool {
        keys >= self.slots.all().len() / 4 * 3
    }

    /// The slot that holds a key, or the free one where it belongs. There have to be slots.
    #[inline]
    pub(super) fn slot<K: KeyStore>(&self, keys: &K, key: &K::Key) -> usize {
        let slots = self.slots.all();
        let mask = slots.len() - 1;
        let hash = self.hashes.hash_one(key);
        // The mask keeps what is cut off here from mattering.
        let mut at = usize::try_from(hash & mask as u64).unwrap_or(0);
        loop {
            let position = slots[at];
            if position == FREE || keys.key(position as usize) == key {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// The position that a slot holds.
    #[inline]
    pub(super) fn get(&self, slot: usize) -> Option<u32> {
        let position = self.slots.all()[slot];
        (position != FREE).then_some(position)
    }

    /// Has a slot hold a position, which is less than the largest number of 32 bits.
    #[inline]
    pub(super) fn set(&mut self, slot: usize, position: u32) {
        self.slots.all_mut()[slot] = position;
    }
}

/// A set of keys.
#[derive(Debug)]
pub struct KeySet<K> {
    keys: K,
    first_rows: Scratch<u64>,
    positions: Positions,
    len: usize,
}

impl<K: KeyStore> KeySet<K> {
    /// An empty set.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            keys: K::new(account),
            first_rows: Scratch::new(account),
            positions: Positions::new(account),
            len: 0,
        }
    }

    /// Adds the key of a row. Returns `None` where it is new, else its first row, which stays.
    ///
    /// Where memory is refused the set is what it was. `checkpoint` is polled for cancellation while
    /// the set grows; after its error the set is of no use any more.
    pub fn insert(
        &mut self,
        key: &K::Key,
        row: u64,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Option<u64>, Fault> {
        if self.positions.is_full(self.len) {
            self.grow(checkpoint)?;
        }
        let slot = self.positions.slot(&self.keys, key);
        if let Some(position) = self.positions.get(slot) {
            return Ok(Some(self.first_rows.all()[position as usize]));
        }
        let position = u32::try_from(self.len).ok().filter(|at| *at != FREE);
        let too_many = || Fault::unsupported(format!("more than {FREE} different keys"));
        let position = position.ok_or_else(too_many)?;
        if self.len == self.first_rows.all().len() {
            self.first_rows.extend(grown(self.len), self.len)?;
        }
        self.keys.push(key)?;
        self.first_rows.all_mut()[self.len] = row;
        self.positions.set(slot, position);
        self.len += 1;
        Ok(None)
    }

    /// The first row of a key, if the set has it.
    pub fn first_row(&self, key: &K::Key) -> Option<u64> {
        if self.is_empty() {
            return None;
        }
        let position = self.positions.get(self.positions.slot(&self.keys, key))?;
        Some(self.first_rows.all()[position as usize])
    }

    /// The key that was new as number `position`, counted from 0.
    #[inline]
    pub fn key(&self, position: usize) -> &K::Key {
        self.keys.key(position)
    }

    /// The number of different keys.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no keys.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Doubles the slots, and finds one for each key anew.
    fn grow(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        self.positions.reset(self.len + 1)?;
        for (row, position) in (0..self.len).zip(0..) {
            if row % CHECKPOINT_KEYS == 0 {
                checkpoint.check()?;
            }
            let slot = self.positions.slot(&self.keys, self.keys.key(row));
            self.positions.set(slot, position);
        }
        Ok(())
    }
}
