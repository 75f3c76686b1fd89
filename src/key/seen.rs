//! Which keys were seen before, also by earlier calls: a set that several sources share, one after the
//! other. What is held of a key is a hash with a key of its own, so that no file can be made in which two
//! keys meet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::account::Account;
use crate::key::canonical::KeyHasher;
use crate::key::distinct::DistinctSet;

/// Keys that were seen.
#[derive(Debug, Clone)]
pub struct SeenKeys {
    hasher: KeyHasher,
    hashes: Arc<Mutex<DistinctSet>>,
}

impl SeenKeys {
    /// No key was seen yet. They are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            hasher: KeyHasher::random(),
            hashes: Arc::new(Mutex::new(DistinctSet::new(account))),
        }
    }

    /// What makes hashes of keys.
    pub const fn hasher(&self) -> &KeyHasher {
        &self.hasher
    }

    /// The hashes.
    pub fn lock(&self) -> MutexGuard<'_, DistinctSet> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keys equal themselves alone.
impl PartialEq for SeenKeys {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.hashes, &other.hashes)
    }
}

impl Eq for SeenKeys {}
