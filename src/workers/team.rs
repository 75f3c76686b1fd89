//! Threads, with what they share: an account, and a caller that is polled while they work.

use std::sync::{Arc, Mutex};

use crate::account::Account;
use crate::error::Result;
use crate::workers::stage::Caller;
use crate::workers::threads::{Workers, lock};

/// The threads of one stage, and what they share.
pub struct Team<'a> {
    /// The threads.
    pub workers: &'a Workers,
    /// Polled while they work.
    pub caller: &'a mut dyn Caller,
    /// The number of threads.
    pub threads: usize,
    /// Leases buffers.
    pub account: &'a Arc<Account>,
}

impl Team<'_> {
    /// Runs `work` on each thread, and returns the result of each.
    pub fn run<R: Send>(&mut self, work: impl Fn() -> Result<R> + Sync) -> Result<Vec<R>> {
        self.workers.run(self.threads, self.caller, work)
    }

    /// Has each thread take the next of `items` until none is left. `begin` makes what a thread keeps
    /// from one item to the next. Returns the result of each item, in no particular order.
    pub fn for_each<I, S, R>(
        &mut self,
        items: I,
        begin: impl Fn() -> Result<S> + Sync,
        work: impl Fn(&mut S, I::Item) -> Result<R> + Sync,
    ) -> Result<Vec<R>>
    where
        I: IntoIterator,
        I::IntoIter: Send,
        R: Send,
    {
        let items = Mutex::new(items.into_iter());
        let results = self.run(|| {
            let mut kept = begin()?;
            let mut results = Vec::new();
            loop {
                let Some(item) = lock(&items).next() else {
                    return Ok(results);
                };
                results.push(work(&mut kept, item)?);
            }
        })?;
        Ok(results.into_iter().flatten().collect())
    }
}
