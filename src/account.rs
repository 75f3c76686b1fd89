//! One account of scratch bytes for all threads of a load.
//!
//! Every buffer whose size depends on a file leases its bytes here before it allocates them. A
//! lease that does not fit is refused at once: no thread waits, so none can wait forever.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::Fault;

/// Bytes of the block that `keep` shows to the allocator. See `benchmarks/NOTES.md`.
const SHOWN: usize = 4 << 20;

/// A number of bytes, and how many of them are leased.
#[derive(Debug)]
pub struct Account {
    limit: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

impl Account {
    /// An account of `limit` bytes.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        })
    }

    /// Has the allocator keep freed memory for the next load, which would otherwise fault in each
    /// page again. glibc keeps twice the size of the largest block that it has seen freed; a block
    /// that is never written costs nothing.
    pub fn keep(&self) {
        let mut block = Vec::<u8>::new();
        // Only a hint: a failure changes no result.
        let _ = block.try_reserve_exact(SHOWN.min(self.limit));
        black_box(&block);
    }

    /// The most bytes that were ever leased at once.
    pub fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed)
    }

    /// The most bytes that can be leased at once.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// A new lease of no bytes.
    pub fn open(self: &Arc<Self>) -> Lease {
        Lease {
            account: Arc::clone(self),
            bytes: 0,
        }
    }
}

/// Bytes taken from an account, until the lease is dropped.
#[derive(Debug)]
pub struct Lease {
    account: Arc<Account>,
    bytes: usize,
}

impl Lease {
    /// The bytes that are leased.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes the lease to `bytes` bytes; on an error it stays as it is.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.bytes {
            let more = bytes - self.bytes;
            let scarce = || Fault::Scarce { needed: bytes };
            let take = |used: usize| {
                used.checked_add(more)
                    .filter(|used| *used <= self.account.limit)
            };
            let before = self
                .account
                .used
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                .map_err(|_| scarce())?;
            self.account
                .peak
                .fetch_max(before + more, Ordering::Relaxed);
        } else {
            self.account
                .used
                .fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.account.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A buffer that is reused, and leases its capacity.
#[derive(Debug)]
pub struct Scratch<T> {
    data: Vec<T>,
    lease: Lease,
}

impl<T: Copy + Default> Scratch<T> {
    /// An empty buffer.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            data: Vec::new(),
            lease: account.open(),
        }
    }

    /// Makes room for `len` values. A buffer that has to grow loses all values.
    pub fn fit(&mut self, len: usize) -> Result<&mut [T], Fault> {
        if len > self.data.len() {
            self.clear();
            self.grow(len)?;
        }
        Ok(&mut self.data[..len])
    }

    /// Makes room for `len` values, and keeps the first `kept`.
    pub fn extend(&mut self, len: usize, kept: usize) -> Result<&mut [T], Fault> {
        if len > self.data.len() {
            self.data.truncate(kept);
            self.grow(len)?;
        }
        Ok(&mut self.data[..len])
    }

    /// Gives the memory back.
    pub fn clear(&mut self) {
        self.data = Vec::new();
        // Shrinking a lease cannot fail.
        let _ = self.lease.resize(0);
    }

    /// All values.
    pub fn all(&self) -> &[T] {
        &self.data
    }

    /// All values, to change.
    pub fn all_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Keeps the first `len` values, and gives back the memory of the others.
    pub fn shorten(&mut self, len: usize) {
        self.data.truncate(len);
        self.data.shrink_to_fit();
        // Shrinking a lease cannot fail.
        let _ = self.lease.resize(size_of_val(self.all()));
    }

    fn grow(&mut self, len: usize) -> Result<(), Fault> {
        let needed = len.saturating_mul(size_of::<T>());
        self.lease.resize(needed)?;
        self.data
            .try_reserve_exact(len - self.data.len())
            .map_err(|_| Fault::Scarce { needed })?;
        self.data.resize(len, T::default());
        Ok(())
    }
}

impl<T, const N: usize> Scratch<[T; N]> {
    /// The same values one after the other, in the same memory.
    pub fn flattened(self) -> Scratch<T> {
        Scratch {
            data: self.data.into_flattened(),
            lease: self.lease,
        }
    }
}
