//! Of rows with equal keys, the first or the last one. Row groups are hashed side by side, and then
//! pass one by one, in the order of the source or the other way round.
//!
//! What is held of a key is its 128-bit hash, keyed anew in each call, or by the keys that were seen before,
//! so that no file can be made in which two keys meet.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::account::Scratch;
use crate::dataset::{RowGroup, StoredColumn};
use crate::error::{Checkpoint, Result};
use crate::key::SeenKeys;
use crate::select::parts::WORD;
use crate::select::read::blocks::BlockReader;
use crate::select::request::{Keep, UniqueRequest};
use crate::select::selection::{GroupRows, RowSelection};
use crate::workers::{Team, Workers, lock};

/// How many rows ahead the place of a key is fetched.
const AHEAD: usize = 12;

/// How long a thread waits for its turn before it asks whether to go on.
const WAIT: Duration = Duration::from_millis(20);

/// Keeps one row of each key.
pub struct Unique<'a> {
    /// The rows that are chosen so far.
    pub selection: &'a RowSelection,
    /// Which row of a key stays.
    pub keep: Keep,
    /// The keys that were seen.
    keys: SeenKeys,
    /// The row group whose turn it is.
    turn: Mutex<usize>,
    next: Condvar,
    /// For each row group, how many with chosen rows come before it.
    turns: Vec<usize>,
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
            turn: Mutex::new(0),
            next: Condvar::new(),
            turns,
        }
    }

    /// The rows of a row group that stay.
    pub fn visit(
        &self,
        reader: &mut BlockReader<'_>,
        hashes: &mut Scratch<u128>,
        row_group: &RowGroup<Option<StoredColumn>>,
        workers: &Workers,
    ) -> Result<GroupRows> {
        let mut kept = self.selection.kept(row_group.at);
        let keys = hashes.fit(row_group.rows);
        let keys = keys.map_err(|fault| fault.at(row_group.place(None)))?;
        let keyed = self.keys.hasher();
        reader.read(row_group, |block| {
            for row in block.kept(&kept) {
                keys[block.first + row] = keyed.hash(block.columns, row);
            }
            Ok(())
        })?;
        let mut turn = self.wait(self.turns[row_group.at], workers)?;
        let mut seen = self.keys.lock();
        let ahead = |row: usize| keys.get(row).copied().unwrap_or_default();
        let mut visit = |row: usize| -> Result<()> {
            // Where a key belongs is far from where the last one did.
            seen.prefetch(match self.keep {
                Keep::First => ahead(row + AHEAD),
                Keep::Last => ahead(row.wrapping_sub(AHEAD)),
            });
            let bit = 1 << (row % WORD);
            if kept[row / WORD] & bit != 0 {
                let is_new = seen.insert(keys[row], Checkpoint::NONE);
                if !is_new.map_err(|fault| fault.at(row_group.place(None)))? {
                    kept[row / WORD] &= !bit;
                }
            }
            if row.is_multiple_of(WORD << 10) {
                workers.check()?;
            }
            Ok(())
        };
        match self.keep {
            Keep::First => (0..row_group.rows).try_for_each(&mut visit)?,
            Keep::Last => (0..row_group.rows).rev().try_for_each(&mut visit)?,
        }
        *turn += 1;
        drop(seen);
        drop(turn);
        self.next.notify_all();
        Ok(GroupRows::of_mask(row_group.rows, kept))
    }

    /// Waits until it is the turn of a row group. The one whose turn it is never waits.
    fn wait(&self, turn: usize, workers: &Workers) -> Result<std::sync::MutexGuard<'_, usize>> {
        let mut current = lock(&self.turn);
        while *current != turn {
            workers.check()?;
            let waited = self.next.wait_timeout(current, WAIT);
            current = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(current)
    }
}
