//! From the keys of the source and of a table to matches, by the cheapest way that is sound.
//!
//! 1. A table whose keys are those of the source, row by row, needs no lookup.
//! 2. Keys that ascend on both sides are gone along together.
//! 3. Any other table is looked up in an index of the source, which is made once and serves all.
//!
//! The keys of a table stream past; only those of the source are held.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::account::Account;
use crate::dataset::Table;
use crate::error::{Error, Fault, Place, Result};
use crate::key::KeyForm;
use crate::key::KeySlot;
use crate::key::duplicates::Duplicates;
use crate::key::duplicates::{any_twice, duplicate_key};
use crate::key::index::RowIndex;
use crate::key::store::{BytesKeys, KeyStore, Keys, NumberKeys};
use crate::key::stream::{KeySpec, KeyStream};
use crate::key::{MatchKind, Matches, NONE};

/// A table whose matches are asked for.
#[derive(Clone, Copy)]
pub struct MatchRequest<'a> {
    /// What its key is.
    pub shape: KeySpec<'a>,
    /// The file.
    pub file: &'a Table,
    /// Where its key is.
    pub slots: &'a [KeySlot],
    /// What a key is that stands twice in it.
    pub duplicates: Duplicates,
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// MatchRequest now and then whether to go on, and describe of bytes that were read.
    pub look: &'a (dyn Fn(u64) -> Result<()> + Sync),
}

/// Finds what tables have for the rows of a source.
pub trait Matcher: Send + Sync {
    /// The matches of a table.
    fn find(&self, asked: &MatchRequest<'_>) -> Result<Matches>;
}

/// Reads the keys of a source, file by file.
pub fn lookup(
    shape: KeySpec<'_>,
    files: &[Table],
    slots: &[Vec<KeySlot>],
    account: &Arc<Account>,
    look: &(dyn Fn(u64) -> Result<()> + Sync),
) -> Result<Box<dyn Matcher>> {
    let asked = |file| MatchRequest {
        shape,
        file,
        slots: &slots[file.layout],
        duplicates: Duplicates::First,
        account,
        look,
    };
    let files: Vec<MatchRequest<'_>> = files.iter().map(asked).collect();
    Ok(match KeyForm::key_bytes(shape.forms) {
        Some(8) => Box::new(SourceKeys::<NumberKeys<u64>>::new(&files, account)?),
        Some(_) => Box::new(SourceKeys::<NumberKeys<u128>>::new(&files, account)?),
        None => Box::new(SourceKeys::<BytesKeys>::new(&files, account)?),
    })
}

/// The keys of a source.
struct SourceKeys<K> {
    keys: Keys<K>,
    /// Whether all rows have a key, and none is less than the one before.
    ascends: bool,
    /// Whether a key follows itself.
    repeats: bool,
    index: Mutex<Option<Arc<RowIndex>>>,
}

/// Streams the keys of a table past `each`, block by block, until that says stop.
pub(super) fn stream<K: KeyStore>(
    asked: &MatchRequest<'_>,
    each: &mut dyn FnMut(&Keys<K>) -> Result<bool>,
) -> Result<()> {
    let mut stream = KeyStream::new(asked.shape, asked.file, asked.slots, asked.account)?;
    let mut block = Keys::new(asked.account);
    let source = Arc::clone(stream.source());
    let mut read = || {
        while stream.next(&mut block)? > 0 {
            (asked.look)(source.bytes_read())?;
            if !each(&block)? {
                break;
            }
            block.clear();
        }
        Ok(())
    };
    let done = read();
    (asked.look)(source.bytes_read())?;
    // Damage found in a file that has changed meanwhile is not the file's fault.
    source.verify()?;
    done
}

impl MatchRequest<'_> {
    pub(super) fn place(&self, fault: Fault) -> Error {
        fault.at(Place::file(&self.file.path))
    }

    fn rows(&self) -> usize {
        usize::try_from(self.file.rows).unwrap_or(usize::MAX)
    }
}

impl<K: KeyStore> SourceKeys<K> {
    fn new(files: &[MatchRequest<'_>], account: &Arc<Account>) -> Result<Self> {
        let mut keys: Keys<K> = Keys::new(account);
        let rows = files.iter().map(MatchRequest::rows).sum();
        if let Some(first) = files.first() {
            keys.kept.reserve(rows).map_err(|f| first.place(f))?;
        }
        let (mut ascends, mut repeats) = (true, false);
        for asked in files {
            stream::<K>(asked, &mut |block| {
                for row in 0..block.len() {
                    let key = block.get(row);
                    match key {
                        Some(key) => keys.kept.push(key),
                        None => keys.kept.push_number(0),
                    }
                    .and_then(|()| keys.count(key.is_none()))
                    .map_err(|fault| asked.place(fault))?;
                    let at = keys.len() - 1;
                    if at > 0 {
                        let order = keys.get(at - 1).cmp(&keys.get(at));
                        ascends &= order != Ordering::Greater;
                        repeats |= order == Ordering::Equal;
                    }
                }
                Ok(true)
            })?;
        }
        ascends &= keys.null_count() == 0;
        Ok(Self {
            keys,
            ascends,
            repeats,
            index: Mutex::new(None),
        })
    }

    /// The index of the source, made when it is first asked for.
    fn index(&self, asked: &MatchRequest<'_>) -> Result<Arc<RowIndex>> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*index {
            return Ok(Arc::clone(index));
        }
        let made = RowIndex::new(&self.keys, asked.account, &|| (asked.look)(0));
        let made = Arc::new(made.map_err(|fault| asked.place(fault))?);
        *index = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Whether a table has the keys of the source, row by row, each once.
    fn equals(&self, asked: &MatchRequest<'_>) -> Result<bool> {
        if asked.rows() != self.keys.len() || self.keys.null_count() > 0 || self.repeats {
            return Ok(false);
        }
        let (mut row, mut equal) = (0, true);
        stream::<K>(asked, &mut |block| {
            equal = row + block.len() <= self.keys.len();
            let own = |at: usize| self.keys.get(row + at);
            equal = equal && (0..block.len()).all(|at| block.get(at) == own(at));
            row += block.len();
            Ok(equal)
        })?;
        // Keys that do not ascend may repeat far apart.
        Ok(equal && (self.ascends || !self.index(asked)?.has_doubles()))
    }

    /// The matches of a table whose keys ascend as those of the source do; `None` where they do
    /// not.
    fn merge(&self, asked: &MatchRequest<'_>) -> Result<Option<Matches>> {
        let rows = self.keys.len();
        let made = Matches::none(rows, MatchKind::Sorted, asked.account);
        let mut matches = made.map_err(|fault| asked.place(fault))?;
        let mut last: Keys<K> = Keys::new(asked.account);
        // The rows of the source that have the last key, and the row behind them.
        let (mut run, mut table_row, mut used, mut sorted) = (0..0, 0, 0, true);
        stream::<K>(asked, &mut |block| {
            let mut before = (!last.is_empty()).then(|| last.kept.key(0));
            let mut seen = None;
            for at in 0..block.len() {
                let row = table_row;
                table_row += 1;
                let Some(key) = block.get(at) else {
                    continue;
                };
                match before.map_or(Ordering::Greater, |before| key.cmp(before)) {
                    Ordering::Less => {
                        sorted = false;
                        return Ok(false);
                    }
                    Ordering::Equal => match asked.duplicates {
                        Duplicates::Raise => return Err(duplicate_key::<K>(asked)),
                        Duplicates::First => {}
                        Duplicates::Last => matches.rows_mut()[run.clone()].fill(row),
                    },
                    Ordering::Greater => {
                        run = self.run(run.end, key);
                        matches.rows_mut()[run.clone()].fill(row);
                        used += u64::from(!run.is_empty());
                    }
                }
                (before, seen) = (Some(key), Some(key));
            }
            if let Some(key) = seen {
                last.clear();
                let kept = last.kept.push(key).and_then(|()| last.count(false));
                kept.map_err(|fault| asked.place(fault))?;
            }
            Ok(true)
        })?;
        matches.finish(asked.file.rows, used);
        Ok(sorted.then_some(matches))
    }

    /// The rows from `row` on that have a key, in a source whose keys ascend.
    fn run(&self, row: usize, key: &K::Key) -> Range<usize> {
        let mut start = row;
        while start < self.keys.len() && self.keys.kept.key(start) < key {
            start += 1;
        }
        let mut end = start;
        while end < self.keys.len() && self.keys.kept.key(end) == key {
            end += 1;
        }
        start..end
    }

    /// The matches of any table.
    fn probe(&self, asked: &MatchRequest<'_>) -> Result<Matches> {
        let index = self.index(asked)?;
        let made = Matches::none(self.keys.len(), MatchKind::Unsorted, asked.account);
        let mut matches = made.map_err(|fault| asked.place(fault))?;
        let raises = asked.duplicates == Duplicates::Raise;
        // Keys that no row has may still stand twice, and are only held where that matters.
        let mut unknown: Keys<K> = Keys::new(asked.account);
        let (mut table_row, mut used) = (0_u32, 0);
        stream::<K>(asked, &mut |block| {
            for at in 0..block.len() {
                let row = table_row;
                table_row += 1;
                let Some(key) = block.get(at) else {
                    continue;
                };
                let Some(first) = index.first(&self.keys, key) else {
                    if raises {
                        let added = unknown.kept.push(key).and_then(|()| unknown.count(false));
                        added.map_err(|fault| asked.place(fault))?;
                    }
                    continue;
                };
                if matches.rows()[first as usize] != NONE {
                    match asked.duplicates {
                        Duplicates::Raise => return Err(duplicate_key::<K>(asked)),
                        Duplicates::First => continue,
                        Duplicates::Last => used -= 1,
                    }
                }
                used += 1;
                let mut next = Some(first);
                while let Some(at) = next {
                    matches.rows_mut()[at as usize] = row;
                    next = index.next(at);
                }
            }
            Ok(true)
        })?;
        if any_twice(&unknown, asked)? {
            return Err(duplicate_key::<K>(asked));
        }
        matches.finish(asked.file.rows, used);
        Ok(matches)
    }
}

impl<K: KeyStore> Matcher for SourceKeys<K> {
    fn find(&self, asked: &MatchRequest<'_>) -> Result<Matches> {
        if self.equals(asked)? {
            return Ok(Matches::same(self.keys.len(), asked.account));
        }
        if self.ascends
            && let Some(matches) = self.merge(asked)?
        {
            return Ok(matches);
        }
        self.probe(asked)
    }
}
