//! Which hashes were seen before: a set of 128-bit hashes that takes at most 24 bytes for each, also
//! while it grows.
//!
//! One table, whose hashes stand in ascending order with free slots between them. Each belongs to a home
//! slot that its upper half gives by a multiplication, so homes ascend as hashes do and need not be a
//! power of two; it stands there, or behind the lesser ones that are in its way. A table of which more
//! than 13 of 16 slots are taken is made an eighth longer, within its own memory: its hashes are
//! gathered at the end and scattered from there, in two sweeps.
//!
//! | slots taken | bytes of a hash |
//! | --- | --- |
//! | 13 of 16, before it grows | 19.7 |
//! | 13 of 18, when it has grown | 22.2 |
//!
//! A table begins with 16 KiB. Hashes that crowd at one home cost time and no memory: where they would
//! run over the end, homes are laid nearer to each other.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault, Result};

/// A slot that holds no hash.
const FREE: u128 = 0;
/// Slots of the first table.
const FIRST_SLOTS: usize = 1024;
/// Slots behind the last home, for hashes that are pushed there.
const OVERRUN: usize = 64;
/// Slots that are moved between two polls for cancellation.
const CHECKPOINT_SLOTS: usize = 1 << 20;

/// A set of hashes.
#[derive(Debug)]
pub struct DistinctSet {
    slots: Scratch<u128>,
    /// How many of the slots are homes.
    homes: usize,
    len: usize,
}

impl DistinctSet {
    /// An empty set.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            slots: Scratch::new(account),
            homes: 0,
            len: 0,
        }
    }

    /// Adds a hash, and returns whether it is new.
    ///
    /// Where memory is refused the set is what it was. `checkpoint` is polled for cancellation while
    /// the set grows; after its error the set is of no use any more.
    #[inline]
    pub fn insert(&mut self, hash: u128, checkpoint: Checkpoint<'_>) -> Result<bool, Fault> {
        // Two of 2^128 hashes become one; the other one marks a free slot.
        let hash = if hash == FREE { 1 } else { hash };
        loop {
            let place = self.place(hash);
            let slots = self.slots.all_mut();
            if slots.get(place) == Some(&hash) {
                return Ok(false);
            }
            if self.len >= slots.len() / 16 * 13 {
                self.grow(checkpoint)?;
                continue;
            }
            let behind = slots[place..].iter().position(|slot| *slot == FREE);
            let Some(pushed) = behind else {
                self.spread(self.homes / 2, checkpoint)?;
                continue;
            };
            slots.copy_within(place..place + pushed, place + 1);
            slots[place] = hash;
            self.len += 1;
            return Ok(true);
        }
    }

    /// The number of different hashes.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no hashes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that the set takes.
    pub fn bytes(&self) -> usize {
        size_of_val(self.slots.all())
    }

    /// The slot of a hash, or the one where it belongs, which may be behind the last one.
    #[inline]
    fn place(&self, hash: u128) -> usize {
        let slots = self.slots.all();
        let mut at = home(hash, self.homes);
        while let Some(slot) = slots.get(at)
            && *slot != FREE
            && *slot < hash
        {
            at += 1;
        }
        at
    }

    /// Adds an eighth to the slots.
    #[cold]
    fn grow(&mut self, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        let before = self.slots.all().len();
        // A multiple of 16, so that what `insert` allows is exact.
        let length = (before + before / 8).max(FIRST_SLOTS) / 16 * 16;
        self.slots.extend(length, before)?;
        self.spread(length - OVERRUN, checkpoint)?;
        Ok(())
    }

    /// Moves all hashes to where they belong with so many homes at most.
    #[cold]
    fn spread(&mut self, homes: usize, checkpoint: Checkpoint<'_>) -> Result<()> {
        self.homes = homes.max(1);
        self.gather(checkpoint)?;
        while !self.scatter(checkpoint)? {
            // With a single home all hashes stand side by side from the first slot on, and fit.
            self.homes = (self.homes / 2).max(1);
            self.gather(checkpoint)?;
        }
        Ok(())
    }

    /// Moves all hashes to the last slots, in order.
    fn gather(&mut self, checkpoint: Checkpoint<'_>) -> Result<()> {
        let slots = self.slots.all_mut();
        let mut first = slots.len();
        for at in (0..slots.len()).rev() {
            if at % CHECKPOINT_SLOTS == 0 {
                checkpoint.check()?;
            }
            if slots[at] != FREE {
                first -= 1;
                slots[first] = slots[at];
            }
        }
        slots[..first].fill(FREE);
        Ok(())
    }

    /// Moves all hashes from the last slots to where they belong; `false` where they would run over
    /// the end, and some are left where they were.
    fn scatter(&mut self, checkpoint: Checkpoint<'_>) -> Result<bool> {
        let homes = self.homes;
        let slots = self.slots.all_mut();
        let mut next = 0;
        for at in slots.len() - self.len..slots.len() {
            if at % CHECKPOINT_SLOTS == 0 {
                checkpoint.check()?;
            }
            let place = home(slots[at], homes).max(next);
            // What is left keeps the places behind it.
            if place > at {
                return Ok(false);
            }
            let hash = std::mem::replace(&mut slots[at], FREE);
            slots[place] = hash;
            next = place + 1;
        }
        Ok(true)
    }
}

/// The slot that a hash belongs to.
#[inline]
fn home(hash: u128, homes: usize) -> usize {
    // The product of its upper half and the homes, of which the upper half is less than the homes.
    usize::try_from(((hash >> 64) * homes as u128) >> 64).unwrap_or(0)
}
