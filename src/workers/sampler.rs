//! A thread that watches how much memory the process holds, until it is told to stop. It needs nothing
//! of the interpreter, so it also sees what a learner holds meanwhile.

use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::sys::usage::Usage;
use crate::workers::threads::lock;

/// The time between two looks. One takes some 30 microseconds.
const PERIOD: Duration = Duration::from_millis(2);

#[derive(Debug, Default)]
struct Watch {
    is_over: Mutex<bool>,
    over: Condvar,
}

/// Watches the memory of this process from now on.
#[derive(Debug)]
pub struct Sampler {
    watch: Arc<Watch>,
    thread: Option<JoinHandle<Usage>>,
    process: u32,
}

impl Sampler {
    /// Begins; an error where there is no thread to be had.
    pub fn start() -> std::io::Result<Self> {
        let watch = Arc::new(Watch::default());
        let watched = Arc::clone(&watch);
        let thread = std::thread::Builder::new().spawn(move || sample(&watched))?;
        Ok(Self {
            watch,
            thread: Some(thread),
            process: std::process::id(),
        })
    }

    /// Ends, and returns the most that there was. `None` in a child that was forked meanwhile, which has
    /// no such thread.
    pub fn finish(mut self) -> Option<Usage> {
        self.stop();
        let thread = self.thread.take()?;
        if std::process::id() != self.process {
            return None;
        }
        thread.join().ok()
    }

    fn stop(&self) {
        if std::process::id() == self.process {
            *lock(&self.watch.is_over) = true;
            self.watch.over.notify_all();
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.stop();
    }
}

fn sample(watch: &Watch) -> Usage {
    let mut most = Usage::default();
    loop {
        most = most.most(Usage::now().unwrap_or_default());
        let is_over = lock(&watch.is_over);
        if *is_over {
            return most;
        }
        // A lock that a panic has poisoned is as good as any other here.
        drop(watch.over.wait_timeout(is_over, PERIOD));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_for_a_moment_is_seen() {
        let Some(before) = Usage::now() else { return };
        let sampler = Sampler::start().unwrap();
        // Much more than what tests beside this one let go of meanwhile.
        let held = vec![1_u8; 512 << 20];
        std::thread::sleep(20 * PERIOD);
        drop(std::hint::black_box(held));
        let most = sampler.finish().unwrap();
        assert!(most.anonymous > before.anonymous + (60 << 20), "{most:?}");
    }
}
