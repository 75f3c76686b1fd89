//! Which keys were seen before, also by earlier calls: a set that several sources share, one after the
//! other. What is held of a key is a hash with a key of its own, so that no file can be made in which two
//! keys meet. The set is in parts, so that threads look up keys of different parts side by side.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::account::Account;
use crate::key::canonical::KeyHasher;
use crate::key::distinct::DistinctSet;
use crate::workers::lock;

/// Keys that were seen.
#[derive(Debug, Clone)]
pub struct SeenKeys {
    hasher: KeyHasher,
    parts: Arc<[Mutex<DistinctSet>; Self::PARTS]>,
}

impl SeenKeys {
    /// The number of parts. See `benchmarks/NOTES.md`.
    pub const PARTS: usize = 4;

    /// No key was seen yet. They are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        let part = |_| Mutex::new(DistinctSet::new(account));
        Self {
            hasher: KeyHasher::random(),
            parts: Arc::new(std::array::from_fn(part)),
        }
    }

    /// What makes hashes of keys.
    pub const fn hasher(&self) -> &KeyHasher {
        &self.hasher
    }

    /// The part that a hash belongs to.
    #[inline]
    pub fn part_of(hash: u128) -> usize {
        // Its upper half says where it stands in the part.
        usize::from(hash.to_le_bytes()[0]) % Self::PARTS
    }

    /// The hashes of a part.
    pub fn lock(&self, part: usize) -> MutexGuard<'_, DistinctSet> {
        lock(&self.parts[part])
    }
}

/// Keys equal themselves alone.
impl PartialEq for SeenKeys {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts)
    }
}

impl Eq for SeenKeys {}
