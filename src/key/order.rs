//! The order of keys that stream past: whether they ascend, where and how often they do not, and
//! where each group of equal keys begins.
//!
//! Only the last key is held, so any number of rows can be watched. A row without a key comes
//! before all keys, and is equal to another one without.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::key::store::{KeyStore, Keys, grown};

/// What is known of the order of some keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderFacts {
    /// The number of rows.
    pub rows: u64,
    /// The number of rows without a key.
    pub nulls: u64,
    /// The number of runs of equal keys; that of different keys, where they ascend.
    pub groups: u64,
    /// The number of rows whose key is less than that of the row before.
    pub violations: u64,
    /// The first row whose key is less than that of the row before.
    pub first_violation: Option<u64>,
}

impl OrderFacts {
    /// Whether no key is less than the one before.
    pub const fn ascends(&self) -> bool {
        self.violations == 0
    }

    /// Whether a key is equal to the one before.
    pub const fn repeats(&self) -> bool {
        self.groups < self.rows
    }
}

/// The order of the keys seen so far.
#[derive(Debug)]
pub struct KeyOrder<K> {
    /// The key of the last row, as a single row.
    last: Keys<K>,
    facts: OrderFacts,
}

impl<K: KeyStore> KeyOrder<K> {
    /// The order of no keys.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            last: Keys::new(account),
            facts: OrderFacts::default(),
        }
    }

    /// What is known of the keys seen so far.
    pub const fn facts(&self) -> OrderFacts {
        self.facts
    }

    /// Adds the keys of the next rows. `each_group` gets the row of each key that differs from the
    /// one before it.
    pub fn add(
        &mut self,
        block: &Keys<K>,
        mut each_group: impl FnMut(u64) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Some(last) = block.len().checked_sub(1) else {
            return Ok(());
        };
        let before = (!self.last.is_empty()).then(|| self.last.get(0).cmp(&block.get(0)));
        // The first row of all begins a group, and follows nothing that it could be less than.
        let mut order = before.unwrap_or(Ordering::Less);
        for row in 0..block.len() {
            if row > 0 {
                order = block.get(row - 1).cmp(&block.get(row));
            }
            if order != Ordering::Equal {
                self.facts.groups += 1;
                each_group(self.facts.rows + row as u64)?;
            }
            if order == Ordering::Greater {
                self.facts.violations += 1;
                self.facts
                    .first_violation
                    .get_or_insert(self.facts.rows + row as u64);
            }
        }
        self.facts.rows += block.len() as u64;
        self.facts.nulls += block.null_count() as u64;
        self.last.clear();
        self.last.push(block.get(last))
    }
}

/// The first row of each group of equal neighbours, and after the last group the number of rows: 8
/// to 10 bytes a group.
#[derive(Debug)]
pub struct GroupOffsets {
    offsets: Scratch<i64>,
    len: usize,
}

impl GroupOffsets {
    /// No groups.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            offsets: Scratch::new(account),
            len: 0,
        }
    }

    /// Adds the first row of the next group, or after the last one the number of rows.
    pub fn push(&mut self, row: u64) -> Result<(), Fault> {
        let row = i64::try_from(row).map_err(|_| Fault::corrupt("more rows than 63 bits count"))?;
        if self.len == self.offsets.all().len() {
            self.offsets.extend(grown(self.len), self.len)?;
        }
        self.offsets.all_mut()[self.len] = row;
        self.len += 1;
        Ok(())
    }

    /// The offsets.
    pub fn all(&self) -> &[i64] {
        &self.offsets.all()[..self.len]
    }
}
