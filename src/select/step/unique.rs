//! Of rows with equal keys, the first or the last one. Row groups are hashed side by side. The keys of a
//! row group are divided into parts, and those of a part pass one row group after the other, in the order
//! of the source or the other way round; so threads follow each other from part to part.
//!
//! What is held of a key is its 128-bit hash, keyed anew in each call, or by the keys that were seen before,
//! so that no file can be made in which two keys meet.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::account::{Account, Scratch};
use crate::dataset::{RowGroup, StoredColumn};
use crate::error::{Checkpoint, Fault, Result};
use crate::key::SeenKeys;
use crate::select::parts::WORD;
use crate::select::read::blocks::BlockReader;
use crate::select::request::{Keep, UniqueRequest};
use crate::select::selection::{GroupRows, RowSelection};
use crate::workers::{Team, Workers, lock};

/// How long a thread waits for its turn before it asks whether to go on.
const WAIT: Duration = Duration::from_millis(20);
/// Words of rows between two polls for cancellation.
const WORDS: usize = 1 << 10;

/// Keeps one row of each key.
pub struct Unique<'a> {
    /// The rows that are chosen so far.
    pub selection: &'a RowSelection,
    /// Which row of a key stays.
    pub keep: Keep,
    /// The keys that were seen.
    keys: SeenKeys,
    /// Of each part, the row group whose turn it is.
    parts: [Turn; SeenKeys::PARTS],
    /// For each row group, how many with chosen rows come before it.
    turns: Vec<usize>,
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    at: Mutex<usize>,
    next: Condvar,
}

/// The keys of a row group; a thread keeps it from one to the next.
pub struct GroupKeys {
    hashes: Scratch<u128>,
    /// A bit for each row, part after part: whether it is there and its key belongs to the part.
    rows: Scratch<u64>,
}

impl GroupKeys {
    /// No keys yet; they are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            hashes: Scratch::new(account),
            rows: Scratch::new(account),
        }
    }

    /// Room for the keys of so many rows, none of which is there yet.
    fn fit(&mut self, rows: usize) -> Result<(), Fault> {
        self.hashes.fit(rows)?;
        let words = rows.div_ceil(WORD) * SeenKeys::PARTS;
        self.rows.fit(words)?.fill(0);
        Ok(())
    }
}

impl<'a> Unique<'a> {
    /// No key was seen yet, but those that the request knows.
    pub fn new(selection: &'a RowSelection, request: &UniqueRequest, team: &Team<'_>) -> Self {
        let keep = request.keep;
        let seen = request.seen.clone();
        let mut turn = 0;
        let mut turns = vec![0; selection.len()];
        let mut number = |at: usize| {
            turns[at] = turn;
            turn += usize::from(*selection.group(at) != GroupRows::None);
        };
        match keep {
            Keep::First => (0..selection.len()).for_each(&mut number),
            Keep::Last => (0..selection.len()).rev().for_each(&mut number),
        }
        Self {
            selection,
            keep,
            keys: seen.unwrap_or_else(|| SeenKeys::new(team.account)),
            parts: std::array::from_fn(|_| Turn::default()),
            turns,
        }
    }

    /// The rows of a row group that stay.
    pub fn visit(
        &self,
        reader: &mut BlockReader<'_>,
        keys: &mut GroupKeys,
        row_group: &RowGroup<Option<StoredColumn>>,
        workers: &Workers,
    ) -> Result<GroupRows> {
        let mut kept = self.selection.kept(row_group.at);
        let fault = |fault: Fault| fault.at(row_group.place(None));
        keys.fit(row_group.rows).map_err(fault)?;
        let (hashes, rows) = (keys.hashes.all_mut(), keys.rows.all_mut());
        let words = row_group.rows.div_ceil(WORD);
        let keyed = self.keys.hasher();
        reader.read(row_group, |block| {
            for row in block.kept(&kept) {
                let hash = keyed.hash(block.columns, row);
                let row = block.first + row;
                hashes[row] = hash;
                rows[SeenKeys::part_of(hash) * words + row / WORD] |= 1 << (row % WORD);
            }
            Ok(())
        })?;
        kept.fill(0);
        for (part, turn) in self.parts.iter().enumerate() {
            let rows = rows.get_mut(part * words..(part + 1) * words);
            let rows = rows.unwrap_or_default();
            let mut at = turn.wait(self.turns[row_group.at], workers)?;
            self.sift(part, hashes, rows, workers).map_err(fault)?;
            *at += 1;
            drop(at);
            turn.next.notify_all();
            for (kept, rows) in kept.iter_mut().zip(rows) {
                *kept |= *rows;
            }
        }
        Ok(GroupRows::of_mask(row_group.rows, kept))
    }

    /// Leaves the rows of a part whose keys are new.
    fn sift(
        &self,
        part: usize,
        hashes: &[u128],
        rows: &mut [u64],
        workers: &Workers,
    ) -> Result<(), Fault> {
        let mut seen = self.keys.lock(part);
        for done in 0..rows.len() {
            if done % WORDS == 0 {
                workers.check()?;
            }
            let (at, next) = match self.keep {
                Keep::First => (done, done + 1),
                Keep::Last => {
                    let at = rows.len() - 1 - done;
                    (at, at.wrapping_sub(1))
                }
            };
            // Where a key belongs is far from where the last one did.
            let mut ahead = rows.get(next).copied().unwrap_or(0);
            while ahead != 0 {
                seen.prefetch(hashes[next * WORD + ahead.trailing_zeros() as usize]);
                ahead &= ahead - 1;
            }
            let mut left = rows[at];
            while left != 0 {
                let bit = match self.keep {
                    Keep::First => left.trailing_zeros(),
                    Keep::Last => left.ilog2(),
                };
                left &= !(1 << bit);
                let hash = hashes[at * WORD + bit as usize];
                if !seen.insert(hash, Checkpoint::NONE)? {
                    rows[at] &= !(1 << bit);
                }
            }
        }
        Ok(())
    }
}

impl Turn {
    /// Waits until it is the turn of a row group. The one whose turn it is never waits.
    fn wait(&self, turn: usize, workers: &Workers) -> Result<MutexGuard<'_, usize>> {
        let mut current = lock(&self.at);
        while *current != turn {
            workers.check()?;
            let waited = self.next.wait_timeout(current, WAIT);
            current = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(current)
    }
}
