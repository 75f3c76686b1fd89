//! Which hashes were seen before: a set of 128-bit hashes that takes at most 24 bytes for each, also
//! while it grows.
//!
//! One table, whose hashes stand in ascending order with free slots between them. Each belongs to a home
//! slot that its upper half gives by a multiplication, so homes ascend as hashes do and need not be a
//! power of two; it stands there, or behind the lesser ones that are in its way. A table of which more
//! than 13 of 16 slots are taken is made an eighth longer, within its own memory, in one sweep from its end
//! to its beginning: the hashes of some slots are gathered behind them, and scattered from there.
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
use crate::kernel::moves::uncached::prefetch;

/// A slot that holds no hash.
const FREE: u128 = 0;
/// Slots of the first table.
const FIRST_SLOTS: usize = 1024;
/// Slots behind the last home, for hashes that are pushed there.
const OVERRUN: usize = 64;
/// Slots whose hashes are moved together, between two polls for cancellation: half the second cache.
const STRETCH: usize = 1 << 14;

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

    /// Has the slots of a hash fetched, which will be looked at soon.
    #[inline]
    pub fn prefetch(&self, hash: u128) {
        let at = home(hash, self.homes);
        if let Some(slots) = self.slots.all().get(at..at + 1) {
            prefetch(slots);
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
        let mut stretch = STRETCH;
        while !self.shift(stretch, checkpoint)? {
            // All at once, nothing stands in the way of anything. With a single home all hashes
            // stand side by side from the first slot on, and fit.
            if stretch == usize::MAX {
                self.homes = (self.homes / 2).max(1);
            }
            stretch = usize::MAX;
        }
        Ok(())
    }

    /// Moves hashes to where they belong, about so many slots at a time, the last ones first, while
    /// they are in the cache. `false` where hashes are in each other's way: then all are still there,
    /// in order, but some are not where they belong.
    fn shift(&mut self, stretch: usize, checkpoint: Checkpoint<'_>) -> Result<bool> {
        let homes = self.homes;
        let slots = self.slots.all_mut();
        // Slots from `end` on are done, and those from `limit` on hold hashes.
        let mut end = slots.len();
        let mut limit = end;
        while end > 0 {
            checkpoint.check()?;
            let mut start = end.saturating_sub(stretch);
            while start > 0 && slots[start - 1] != FREE {
                start -= 1;
            }
            let mut first = limit;
            for at in (start..end).rev() {
                // Without a branch, which could not be foreseen: a free slot is written over.
                slots[first - 1] = slots[at];
                first -= usize::from(slots[at] != FREE);
            }
            slots[start..first.min(end).max(start)].fill(FREE);
            // The first hash of these belongs to no later slot than it is in.
            let least = slots.get(first).map_or(end, |hash| home(*hash, homes));
            let mut next = start;
            for at in first..limit {
                let own = home(slots[at], homes);
                // What comes later keeps the slots from `at` on, what is not done those before `start`.
                if own < start || own.max(next) > at {
                    return Ok(false);
                }
                let hash = std::mem::replace(&mut slots[at], FREE);
                slots[own.max(next)] = hash;
                next = own.max(next) + 1;
            }
            if first < limit {
                limit = least;
            }
            end = start;
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
