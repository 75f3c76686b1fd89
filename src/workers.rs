//! The threads of one call, and the caller's view of them.
//!
//! Workers are scoped: none outlives the call, so a fork afterwards is safe. The calling thread
//! does no work of its own; it watches, so that Ctrl-C and a progress bar answer at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::error::{Error, Result, poison};
use crate::sys::pages::PageRelease;

/// How long the calling thread sleeps between two looks.
const LOOK: Duration = Duration::from_millis(40);
/// How often progress is told at most.
const TELL: Duration = Duration::from_millis(100);

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the keys of a source that tables are joined to.
    Keys,
    /// Decoding into the matrix.
    Pour,
    /// Fitting and writing fills.
    Fill,
    /// Targets, weights and groups.
    Extras,
    /// Writing files back.
    Write,
}

impl Stage {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Pour => "pour",
            Self::Fill => "fill",
            Self::Extras => "targets",
            Self::Write => "write",
        }
    }
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Rows done, over all columns.
    pub rows_done: u64,
    /// Rows in all.
    pub rows_total: u64,
    /// Bytes read so far.
    pub bytes_done: u64,
    /// Seconds since the call began.
    pub seconds: f64,
}

/// The caller, asked from the calling thread while workers work.
pub trait Caller {
    /// Whether to go on; asked every few hundredths of a second.
    fn look(&mut self) -> Result<()>;
    /// Told at most ten times a second.
    fn tell(&mut self, progress: Progress) -> Result<()>;
}

/// A caller who only wants the result.
impl Caller for () {
    fn look(&mut self) -> Result<()> {
        Ok(())
    }
    fn tell(&mut self, _: Progress) -> Result<()> {
        Ok(())
    }
}

/// What the workers of one stage share.
#[derive(Debug)]
pub struct Workers {
    stage: Stage,
    began: Instant,
    bytes_before: u64,
    stopped: AtomicBool,
    cells_done: AtomicU64,
    cells_total: u64,
    rows_total: u64,
    bytes_done: AtomicU64,
    failure: Mutex<Option<Error>>,
    working: Mutex<usize>,
    left: Condvar,
}

impl Workers {
    /// A workers for a stage of `rows` rows in `columns` columns, of a call that began at `began` and
    /// has read some bytes before.
    pub fn new(stage: Stage, rows: usize, columns: usize, call: (Instant, u64)) -> Self {
        let (began, bytes_before) = call;
        Self {
            stage,
            began,
            bytes_before,
            stopped: AtomicBool::new(false),
            cells_done: AtomicU64::new(0),
            cells_total: (rows as u64).saturating_mul(columns as u64),
            rows_total: rows as u64,
            bytes_done: AtomicU64::new(0),
            failure: Mutex::new(None),
            working: Mutex::new(0),
            left: Condvar::new(),
        }
    }

    /// Counts finished cells, and tells a worker to leave where the call is over.
    pub fn done(&self, cells: usize) -> Result<()> {
        self.cells_done.fetch_add(cells as u64, Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    /// Counts bytes read.
    pub fn read(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes read by the whole workers.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_done.load(Ordering::Relaxed)
    }

    /// Runs `work` on `threads` threads until all are done, and returns what each made.
    pub fn run<R: Send>(
        &self,
        threads: usize,
        caller: &mut dyn Caller,
        work: impl Fn() -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let results = std::thread::scope(|scope| {
            let mut handles = Vec::with_capacity(threads);
            for _ in 0..threads {
                *lock(&self.working) += 1;
                let worker = std::thread::Builder::new().spawn_scoped(scope, || {
                    let _leaving = Leaving(self);
                    poison(self.stage.name());
                    work().map_err(|error| self.fail(error)).ok()
                });
                match worker {
                    Ok(handle) => handles.push(handle),
                    Err(error) => {
                        *lock(&self.working) -= 1;
                        // Those that there are do the work of all.
                        if handles.is_empty() {
                            self.fail(Error::io("a new thread".as_ref(), error));
                        }
                        break;
                    }
                }
            }
            self.supervise(caller);
            let joined = handles.into_iter().map(|handle| match handle.join() {
                Ok(result) => result,
                Err(panic) => {
                    self.fail(Error::Internal(panic_message(&*panic)));
                    None
                }
            });
            joined.collect::<Vec<_>>()
        });
        match lock(&self.failure).take() {
            Some(error) => Err(error),
            None => Ok(results.into_iter().flatten().collect()),
        }
    }

    fn supervise(&self, caller: &mut dyn Caller) {
        let mut told = Instant::now();
        let mut working = lock(&self.working);
        while *working > 0 {
            working = self
                .left
                .wait_timeout(working, LOOK)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if *working == 0 || self.stopped.load(Ordering::Relaxed) {
                continue;
            }
            drop(working);
            let mut answer = caller.look();
            if answer.is_ok() && told.elapsed() >= TELL {
                answer = caller.tell(self.progress());
                // From its end on, so that a call that comes late is not followed too soon.
                told = Instant::now();
            }
            if let Err(error) = answer {
                self.fail(error);
            }
            working = lock(&self.working);
        }
    }

    /// How far the stage has come.
    pub fn progress(&self) -> Progress {
        let done = u128::from(
            self.cells_done
                .load(Ordering::Relaxed)
                .min(self.cells_total),
        );
        let rows = done * u128::from(self.rows_total) / u128::from(self.cells_total.max(1));
        Progress {
            stage: self.stage,
            rows_done: u64::try_from(rows).unwrap_or(self.rows_total),
            rows_total: self.rows_total,
            bytes_done: self.bytes_before + self.bytes_read(),
            seconds: self.began.elapsed().as_secs_f64(),
        }
    }

    /// Keeps the first failure and sends everybody home. The failure is there before anybody can
    /// see the sign, so whoever only obeys it cannot be the first.
    fn fail(&self, error: Error) {
        let mut failure = lock(&self.failure);
        failure.get_or_insert(error);
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Threads, and what they work with.
pub struct Team<'a, 'w> {
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back the pages of a file that were looked at.
    pub returns: &'a PageRelease,
    /// How many work.
    pub threads: usize,
    /// Who works.
    pub workers: &'a Workers,
    /// Who watches.
    pub caller: &'w mut dyn Caller,
}

/// Says that a worker has left, also when it panics.
struct Leaving<'a>(&'a Workers);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        *lock(&self.0.working) -= 1;
        self.0.left.notify_all();
    }
}

/// What a panic said.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// Has something dropped that may take its time, by a thread that nobody waits for and that touches
/// nothing else.
pub fn drop_detached(what: impl Send + 'static) {
    // Where no thread can be had, it has been dropped here.
    let _ = std::thread::Builder::new().spawn(move || drop(what));
}

/// Lets the others go on for a moment.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}

/// Locks, whoever may have panicked while holding it: what is behind these locks stays whole.
pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
