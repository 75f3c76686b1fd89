//! The parts of all objects of a source. Threads that need bytes wait here for them, and no lock is
//! held while anything is asked of the fetcher, which may wait for a lock of its own.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::io::input::Announced;
use crate::io::remote::fetch::{Answer, Fetcher, Missed, Request, Waits};
use crate::io::remote::footers::Footers;
use crate::io::remote::parts::{Parts, Stage};
use crate::io::remote::ranges::{Piece, pieces};
use crate::workers::{is_stopped, is_worker, lock};

/// The most bytes of one request.
pub const MOST: u64 = 8 << 20;
/// The least bytes that a request is cut to.
const LEAST: u64 = 64 << 10;
/// Parts that there is room for, at least.
const PARTS: u64 = 8;
/// Bytes that are fetched where nothing was announced.
const UNPLANNED: u64 = 1 << 20;
/// Bytes for parts while nothing says how many there may be.
const PLANNING: usize = 24 << 20;
/// How often a thread that waits asks whether to go on.
const POLL: Duration = Duration::from_millis(20);

/// What went over the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests, repeated ones among them.
    pub requests: u64,
    /// Bytes that came.
    pub bytes: u64,
    /// Those of them that were not wanted: what lies between wanted ranges.
    pub gaps: u64,
    /// Requests that were repeated.
    pub retries: u64,
}

impl Traffic {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            bytes: self.bytes + other.bytes,
            gaps: self.gaps + other.gaps,
            retries: self.retries + other.retries,
        }
    }

    /// What came on top since then.
    #[must_use]
    pub const fn since(self, then: Self) -> Self {
        Self {
            requests: self.requests - then.requests,
            bytes: self.bytes - then.bytes,
            gaps: self.gaps - then.gaps,
            retries: self.retries - then.retries,
        }
    }
}

/// What all objects of a source share.
#[derive(Debug)]
pub struct Session {
    fetcher: Box<dyn Fetcher>,
    state: Mutex<State>,
    arrived: Condvar,
    footers: Mutex<Footers>,
}

#[derive(Debug)]
struct State {
    parts: Parts,
    /// What each object is called, by its number.
    names: Vec<PathBuf>,
    traffic: Traffic,
    /// Calls that fetch.
    calls: usize,
}

/// A new object of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// Its number.
    pub(super) number: usize,
    /// How many bytes its footer has, with what says so.
    pub(super) footer: usize,
}

/// Where in an object something is.
#[derive(Debug, Clone, Copy)]
pub(super) struct ObjectSpot {
    /// The number of the object.
    pub(super) object: usize,
    /// Its size.
    pub(super) size: u64,
    /// The position.
    pub(super) position: u64,
}

/// Ranges that will be needed; when it is dropped, they are not.
#[derive(Debug)]
pub(super) struct Announcement {
    session: Arc<Session>,
    parts: Range<u64>,
}

/// Bytes that are fetched ahead as long as a call runs. All that is left is forgotten with it.
#[derive(Debug)]
pub struct Allowance(Arc<Session>);

impl Announced for Announcement {}

impl Drop for Announcement {
    fn drop(&mut self) {
        lock(&self.session.state).parts.release(self.parts.clone());
        self.session.fetch_ahead();
    }
}

impl Drop for Allowance {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.calls -= 1;
        if state.calls > 0 {
            return;
        }
        state.parts.clear();
        state.parts.allow(PLANNING);
        drop(state);
        self.0.fetcher.cancel();
    }
}

impl State {
    fn name(&self, object: usize) -> &Path {
        name_of(&self.names, object)
    }
}

fn name_of(names: &[PathBuf], object: usize) -> &Path {
    names
        .get(object)
        .map_or_else(|| Path::new(""), PathBuf::as_path)
}

impl Session {
    /// A session without objects.
    pub fn new(fetcher: Box<dyn Fetcher>) -> Arc<Self> {
        Arc::new(Self {
            fetcher,
            state: Mutex::new(State {
                parts: Parts::new(PLANNING),
                names: Vec::new(),
                traffic: Traffic::default(),
                calls: 0,
            }),
            arrived: Condvar::new(),
            footers: Mutex::new(Footers::default()),
        })
    }

    /// Adds an object with this name, whose last bytes are these.
    pub(super) fn add(&self, name: &Path, end: Vec<u8>) -> Added {
        let mut state = lock(&self.state);
        state.names.push(name.to_path_buf());
        Added {
            number: state.names.len() - 1,
            footer: lock(&self.footers).add(end),
        }
    }

    /// What is kept of the end of an object.
    pub(super) fn end(&self, object: usize) -> Arc<[u8]> {
        lock(&self.footers).end(object)
    }

    /// Lets footers and parts take so many bytes from now on; without a number as many as a plan may.
    pub fn allow(self: &Arc<Self>, bytes: Option<usize>) -> Allowance {
        let kept = bytes.map_or(0, |bytes| lock(&self.footers).keep(bytes / 4));
        let mut state = lock(&self.state);
        state.calls += 1;
        let bytes = bytes.map_or(PLANNING, |bytes| bytes - kept);
        state.parts.allow(bytes);
        drop(state);
        Allowance(Arc::clone(self))
    }

    /// What went over the network so far.
    pub fn traffic(&self) -> Traffic {
        lock(&self.state).traffic
    }

    /// The most bytes that parts took since it was said how many they may take.
    pub fn peak(&self) -> usize {
        lock(&self.state).parts.peak()
    }

    /// Bytes that may be announced before they are needed.
    pub(super) fn ahead(&self) -> u64 {
        lock(&self.state).parts.limit() as u64
    }

    /// Announces that ranges of an object will be needed, in this order.
    pub(super) fn announce(self: &Arc<Self>, object: usize, ranges: &[Range<u64>]) -> Announcement {
        let mut state = lock(&self.state);
        let mut numbers = 0..0;
        for piece in pieces(ranges, largest_request(state.parts.limit())) {
            let number = state.parts.plan(object, piece, true);
            if numbers.is_empty() {
                numbers.start = number;
            }
            numbers.end = number + 1;
        }
        drop(state);
        self.fetch_ahead();
        Announcement {
            session: Arc::clone(self),
            parts: numbers,
        }
    }

    /// Fills `buffer` from a position of an object, and waits until it can.
    pub(super) fn read(self: &Arc<Self>, mut at: ObjectSpot, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            let count = self.read_some(at, buffer)?;
            at.position += count as u64;
            buffer = &mut buffer[count..];
            self.fetch_ahead();
        }
        Ok(())
    }

    fn read_some(self: &Arc<Self>, at: ObjectSpot, buffer: &mut [u8]) -> Result<usize> {
        let ObjectSpot {
            object,
            size,
            position,
        } = at;
        let mut state = lock(&self.state);
        let (mut clock, mut since) = (state.parts.clock, Instant::now());
        loop {
            let parts = &mut state.parts;
            if parts.clock != clock {
                (clock, since) = (parts.clock, Instant::now());
            }
            let known = parts.at(object, position);
            let number = known.unwrap_or_else(|| {
                let bytes = (buffer.len() as u64)
                    .max(UNPLANNED)
                    .min(largest_request(parts.limit()));
                let range = position..size.min(position + bytes);
                let ends = vec![range.end];
                let wanted = range.end - range.start;
                let piece = Piece {
                    range,
                    ends,
                    wanted,
                };
                parts.plan(object, piece, false)
            });
            if let Some(count) = parts.take(number, position, buffer) {
                return Ok(count);
            }
            if let Some(error) = parts.take_error(number) {
                return Err(error);
            }
            let is_planned = parts
                .part(number)
                .is_some_and(|part| matches!(part.stage, Stage::Planned));
            // Parts that are being read may go only when no read has happened for a while.
            if is_planned && parts.begin(number, since.elapsed() >= POLL) {
                drop(state);
                self.ask(number);
                state = lock(&self.state);
                continue;
            }
            state = self.wait_for(state, number, object)?;
        }
    }

    /// Waits for a part for a moment, or until something has come.
    fn wait_for<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        number: u64,
        object: usize,
    ) -> Result<MutexGuard<'a, State>> {
        if let Some(part) = state.parts.part(number) {
            part.waiting += 1;
        }
        let waited = self.arrived.wait_timeout(state, POLL);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        let going_on = if timeout.timed_out() {
            self.may_go_on()
        } else {
            Ok(())
        };
        let mut state = lock(&self.state);
        if let Some(part) = state.parts.part(number) {
            part.waiting = part.waiting.saturating_sub(1);
        }
        state.parts.settle(number);
        match going_on {
            Ok(()) => Ok(state),
            Err(None) => Err(Error::Interrupted),
            Err(Some(error)) => Err(Error::io(state.name(object), error)),
        }
    }

    /// Whether to wait on; else the reason, if there is one.
    fn may_go_on(&self) -> Result<(), Option<io::Error>> {
        if is_worker() {
            return if is_stopped() { Err(None) } else { Ok(()) };
        }
        self.fetcher.poll().map_err(Some)
    }

    /// Fetches what will be needed next, as far as there is room.
    fn fetch_ahead(self: &Arc<Self>) {
        loop {
            let begun = lock(&self.state).parts.begin_next();
            match begun {
                Some(number) => self.ask(number),
                None => return,
            }
        }
    }

    /// Asks for a part that has begun.
    fn ask(self: &Arc<Self>, number: u64) {
        let mut state = lock(&self.state);
        let Some(part) = state.parts.part(number) else {
            return;
        };
        let request = Request {
            object: part.object,
            range: part.range.clone(),
        };
        state.traffic.requests += 1;
        drop(state);
        let waits: Arc<dyn Waits> = Arc::<Self>::clone(self);
        let answer = Answer::new(Arc::downgrade(&waits), number);
        self.fetcher.fetch(request, answer);
    }
}

impl Waits for Session {
    fn answered(&self, number: u64, came: Result<Vec<u8>, Missed>, retries: u64) {
        let mut state = lock(&self.state);
        let State {
            parts,
            names,
            traffic,
            ..
        } = &mut *state;
        traffic.requests += retries;
        traffic.retries += retries;
        if let Some(part) = parts.part(number) {
            let path = name_of(names, part.object);
            let wanted = part.bytes();
            let outcome = match came {
                Ok(bytes) if bytes.len() == wanted => {
                    traffic.bytes += bytes.len() as u64;
                    traffic.gaps += part.gaps();
                    Stage::Here(bytes)
                }
                Ok(bytes) => {
                    let what = format!("{} of {wanted} bytes came", bytes.len());
                    Stage::Failed(Error::io(path, io::Error::other(what)))
                }
                Err(Missed::Changed(what)) => Stage::Failed(Error::changed(path, what)),
                Err(Missed::Failed(error)) => Stage::Failed(Error::io(path, error)),
                Err(Missed::GivenUp) => Stage::Planned,
            };
            parts.arrive(number, outcome);
        }
        drop(state);
        self.arrived.notify_all();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.fetcher.cancel();
    }
}

/// The most bytes of a request, of so many that all parts may take.
pub fn largest_request(limit: usize) -> u64 {
    (limit as u64 / PARTS).clamp(LEAST, MOST)
}
