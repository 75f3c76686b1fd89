//! The whole account for one thread at a time.
//!
//! Work that finds too little scratch left is repeated: first without the buffers of earlier work,
//! then while no other thread holds any. No thread waits for an account, so none can deadlock.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::workers::threads::pause;

/// How often work is repeated with the whole account.
const TRIES: usize = 8;

/// A worker whose buffers can be given back between two tasks.
pub trait ReleaseBuffers {
    /// Whether the worker may hold buffers of earlier work.
    fn holds_buffers(&self) -> bool;
    /// Gives all buffers back to the account.
    fn release_buffers(&mut self);
}

/// Shared by the workers of one account.
#[derive(Debug, Default)]
pub struct Exclusive {
    /// Whether the account has ever been too small: from then on no worker keeps idle buffers.
    is_tight: AtomicBool,
    /// Held shared by workers that work, and exclusively by one that needs the whole account.
    account: RwLock<()>,
}

impl Exclusive {
    /// Runs `work`, and repeats it if it fails for want of scratch, so it must be repeatable.
    pub fn run<W: ReleaseBuffers, R>(
        &self,
        worker: &mut W,
        mut work: impl FnMut(&mut W) -> Result<R>,
    ) -> Result<R> {
        let shared = self.account.try_read().or_else(|_| {
            // Another worker needs the whole account: buffers held here would be in its way.
            worker.release_buffers();
            self.account.read()
        });
        let holds_more = worker.holds_buffers();
        let mut done = work(worker);
        if holds_more && is_scarce(&done) {
            // Buffers of earlier work may be larger than this one needs.
            worker.release_buffers();
            done = work(worker);
        }
        drop(shared);
        for _ in 0..TRIES {
            if !is_scarce(&done) {
                break;
            }
            self.is_tight.store(true, Ordering::Relaxed);
            worker.release_buffers();
            let alone = self.account.write();
            done = work(worker);
            worker.release_buffers();
            drop(alone);
            if is_scarce(&done) {
                // A worker between two tasks still held buffers, and releases them now.
                pause();
            }
        }
        if self.is_tight.load(Ordering::Relaxed) {
            worker.release_buffers();
        }
        done
    }
}

const fn is_scarce<R>(done: &Result<R>) -> bool {
    matches!(done, Err(Error::Scarce { .. }))
}
