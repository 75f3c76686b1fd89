//! A request for some bytes of an object, and the answer to it. Each request has one answer: one that is
//! dropped says that nothing came.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Weak;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The number of the object.
    pub object: usize,
    /// Which of its bytes.
    pub range: Range<u64>,
}

/// Why bytes did not come.
#[derive(Debug)]
pub enum Missed {
    /// The object is no longer what it was when it was opened: what has changed.
    Changed(String),
    /// An error of the network or the store.
    Failed(io::Error),
    /// The request was given up.
    GivenUp,
}

/// Fetches bytes of objects by their number.
pub trait Fetcher: fmt::Debug + Send + Sync {
    /// Begins to fetch, and returns at once. The answer may be given on any thread.
    fn fetch(&self, request: Request, answer: Answer);
    /// Polled by a calling thread while it waits; an error ends the wait.
    fn poll(&self) -> io::Result<()>;
    /// Gives up all that has not come.
    fn cancel(&self);
}

/// Waits for answers.
pub trait Waits: fmt::Debug + Send + Sync {
    /// Takes the answer to the request of this number, which was made after so many further attempts.
    fn answered(&self, number: u64, came: Result<Vec<u8>, Missed>, retries: u64);
}

/// Takes what came of a request.
#[derive(Debug)]
pub struct Answer {
    waits: Weak<dyn Waits>,
    number: u64,
    is_given: bool,
}

impl Answer {
    /// The answer to the request for a part.
    pub fn new(waits: Weak<dyn Waits>, number: u64) -> Self {
        Self {
            waits,
            number,
            is_given: false,
        }
    }

    /// Takes it, after so many further attempts.
    pub fn give(mut self, came: Result<Vec<u8>, Missed>, retries: u64) {
        self.is_given = true;
        self.pass(came, retries);
    }

    fn pass(&self, came: Result<Vec<u8>, Missed>, retries: u64) {
        if let Some(waits) = self.waits.upgrade() {
            waits.answered(self.number, came, retries);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.is_given {
            self.pass(Err(Missed::GivenUp), 0);
        }
    }
}
