//! The threads of one call, and the caller's view of them.
//!
//! Workers are scoped: none outlives the call, so a fork afterwards is safe. The calling thread
//! does no work of its own; it supervises, so that Ctrl-C and progress bars respond at once.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result, poison};
use crate::workers::stage::{Caller, Progress, Stage};

/// How often the caller is polled.
const POLL: Duration = Duration::from_millis(40);
/// The least time between two progress reports.
const REPORT: Duration = Duration::from_millis(100);

thread_local! {
    /// Whether the call is stopped that this thread works for; none where it works for itself.
    static STOPPED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// What happened before a stage in the same call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When the call began.
    pub began: Instant,
    /// Bytes that were read before the stage.
    pub bytes_read: u64,
}

impl Call {
    /// A call that begins now.
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            bytes_read: 0,
        }
    }
}

/// What the workers of one stage share.
#[derive(Debug)]
pub struct Workers {
    stage: Stage,
    call: Call,
    stopped: Arc<AtomicBool>,
    cells_done: AtomicU64,
    cells_total: u64,
    rows_total: u64,
    bytes_done: AtomicU64,
    failure: Mutex<Option<Error>>,
    working: Mutex<usize>,
    left: Condvar,
}

impl Workers {
    /// Workers for a stage of `call` that covers `rows` rows in `columns` columns.
    pub fn new(stage: Stage, rows: usize, columns: usize, call: Call) -> Self {
        Self {
            stage,
            call,
            stopped: Arc::default(),
            cells_done: AtomicU64::new(0),
            cells_total: (rows as u64).saturating_mul(columns as u64),
            rows_total: rows as u64,
            bytes_done: AtomicU64::new(0),
            failure: Mutex::new(None),
            working: Mutex::new(0),
            left: Condvar::new(),
        }
    }

    /// Counts finished cells; an error if the call was stopped.
    pub fn done(&self, cells: usize) -> Result<()> {
        self.cells_done.fetch_add(cells as u64, Ordering::Relaxed);
        self.check()
    }

    /// Polled between two steps of a worker; an error if the call was stopped.
    pub fn check(&self) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    /// Counts bytes read.
    pub fn read(&self, bytes: u64) {
        self.bytes_done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes read, and checks whether the call was stopped.
    pub fn check_after(&self, bytes: u64) -> Result<()> {
        self.read(bytes);
        self.check()
    }

    /// Bytes read by all workers.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_done.load(Ordering::Relaxed)
    }

    /// Runs `work` on `threads` threads until all are done, and returns the result of each.
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
                    STOPPED.set(Some(Arc::clone(&self.stopped)));
                    poison(self.stage.name());
                    work().map_err(|error| self.fail(error)).ok()
                });
                match worker {
                    Ok(handle) => handles.push(handle),
                    Err(error) => {
                        *lock(&self.working) -= 1;
                        // The threads that did start do the work of all.
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
        let mut reported = Instant::now();
        let mut working = lock(&self.working);
        while *working > 0 {
            working = self
                .left
                .wait_timeout(working, POLL)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if *working == 0 || self.stopped.load(Ordering::Relaxed) {
                continue;
            }
            drop(working);
            let mut answer = caller.check();
            if answer.is_ok() && reported.elapsed() >= REPORT {
                answer = caller.report(self.progress());
                // Counted from the end, so that a slow report is not followed at once by the next.
                reported = Instant::now();
            }
            if let Err(error) = answer {
                self.fail(error);
            }
            working = lock(&self.working);
        }
    }

    /// The progress of the stage.
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
            bytes_done: self.call.bytes_read + self.bytes_read(),
            seconds: self.call.began.elapsed().as_secs_f64(),
        }
    }

    /// Keeps the first failure and stops all workers. It is stored before the flag is set, so the
    /// error of a worker that stops because of the flag is never the first.
    fn fail(&self, error: Error) {
        let mut failure = lock(&self.failure);
        failure.get_or_insert(error);
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Counts a worker out, also when it panics.
struct Leaving<'a>(&'a Workers);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        *lock(&self.0.working) -= 1;
        self.0.left.notify_all();
    }
}

/// The message of a panic.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Drops a value on a detached thread, because dropping it may block.
pub fn drop_detached(what: impl Send + 'static) {
    // Where no thread can be started, the value is dropped here.
    let _ = std::thread::Builder::new().spawn(move || drop(what));
}

/// Whether this thread works for a call, whose caller supervises it.
pub fn is_worker() -> bool {
    STOPPED.with_borrow(Option::is_some)
}

/// Whether the call is stopped that this thread works for.
pub fn is_stopped() -> bool {
    let is_set = |stopped: &Arc<AtomicBool>| stopped.load(Ordering::Relaxed);
    STOPPED.with_borrow(|stopped| stopped.as_ref().is_some_and(is_set))
}

/// Sleeps for a moment, so that other threads can go on.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}

/// Locks, ignoring poisoning: the guarded data are consistent even if a holder panicked.
pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
