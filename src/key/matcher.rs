//! From the keys of the source and of a table to matches, by the cheapest way that is sound.
//!
//! 1. A table whose keys are those of the source, row by row, needs no lookup.
//! 2. Keys that ascend on both sides are merged.
//! 3. The keys of any other table are looked up in an index of the source, which is made once and
//!    serves all tables.
//!
//! The keys of a table stream past; only those of the source are held.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::account::Account;
use crate::dataset::Table;
use crate::error::{Checkpoint, Fault, Result};
use crate::key::duplicates::{Duplicates, duplicate_key, has_duplicates};
use crate::key::index::RowIndex;
use crate::key::order::KeyOrder;
use crate::key::store::{BytesKeys, KeyStore, Keys, NumberKeys};
use crate::key::stream::{KeyFile, KeySpec};
use crate::key::{KeyForm, KeySlot, MatchKind, Matches, NONE};

/// A table to be matched with a source.
#[derive(Clone, Copy)]
pub struct MatchRequest<'a> {
    /// The keys of the table.
    pub keys: KeyFile<'a>,
    /// How duplicate keys in it are treated.
    pub duplicates: Duplicates,
}

/// Finds what tables have for the rows of a source.
pub trait Matcher: Send + Sync {
    /// The matches of a table.
    fn find(&self, table: &MatchRequest<'_>) -> Result<Matches>;
}

/// Which rows of a source are matched, and in which order: those of each part in turn.
pub struct SourceRows<'a> {
    /// The number of parts.
    pub parts: usize,
    /// The part of each row, in the order of the source; none for those that are left out.
    pub part_of: Box<dyn Iterator<Item = Option<usize>> + 'a>,
}

/// Reads the keys of a source, file by file, to match tables with them. `slots` has those of each
/// layout, and `checkpoint` is polled for cancellation, with the bytes read since the last call.
/// Without `rows` all are matched.
pub fn read_source_keys(
    spec: KeySpec<'_>,
    files: &[Table],
    slots: &[Vec<KeySlot>],
    rows: Option<SourceRows<'_>>,
    account: &Arc<Account>,
    checkpoint: Checkpoint<'_>,
) -> Result<Box<dyn Matcher>> {
    let keys = |file| KeyFile {
        spec,
        file,
        slots: &slots[file.layout],
        account,
        checkpoint,
    };
    let files: Vec<KeyFile<'_>> = files.iter().map(keys).collect();
    Ok(match KeyForm::key_bytes(spec.forms) {
        Some(8) => Box::new(SourceKeys::<NumberKeys<u64>>::new(&files, rows, account)?),
        Some(_) => Box::new(SourceKeys::<NumberKeys<u128>>::new(&files, rows, account)?),
        None => Box::new(SourceKeys::<BytesKeys>::new(&files, rows, account)?),
    })
}

/// The keys of a source.
struct SourceKeys<K> {
    keys: Keys<K>,
    /// Whether all rows have a key, and none is less than the one before.
    ascends: bool,
    /// Whether a row has the key of the one before.
    repeats: bool,
    index: Mutex<Option<Arc<RowIndex>>>,
}

impl<K: KeyStore> SourceKeys<K> {
    fn new(
        files: &[KeyFile<'_>],
        rows: Option<SourceRows<'_>>,
        account: &Arc<Account>,
    ) -> Result<Self> {
        let parts = rows.as_ref().map_or(1, |rows| rows.parts);
        let mut part_of = rows.map(|rows| rows.part_of);
        let mut keys: Vec<Keys<K>> = (0..parts.max(1)).map(|_| Keys::new(account)).collect();
        let mut order: KeyOrder<K> = KeyOrder::new(account);
        if let Some(first) = files.first().filter(|_| part_of.is_none()) {
            let rows = files.iter().map(KeyFile::rows).sum();
            first.placed(keys[0].store.reserve(rows))?;
        }
        for file in files {
            file.stream::<K>(&mut |block| {
                let mut rows = 0..block.len();
                let added = match &mut part_of {
                    None => order
                        .add(block, |_| Ok(()))
                        .and_then(|()| rows.try_for_each(|at| keys[0].push(block.get(at)))),
                    Some(part_of) => rows.try_for_each(|at| match part_of.next().flatten() {
                        Some(part) => keys[part].push(block.get(at)),
                        None => Ok(()),
                    }),
                };
                file.placed(added).map(|()| true)
            })?;
        }
        let mut parts = keys.into_iter();
        let keys = parts.next().unwrap_or_else(|| Keys::new(account));
        match files.first() {
            Some(file) if part_of.is_some() => file.placed(Self::joined(keys, parts, order)),
            _ => Ok(Self::of(keys, &order)),
        }
    }

    /// The keys of all parts, one behind the other.
    fn joined(
        mut keys: Keys<K>,
        parts: impl Iterator<Item = Keys<K>>,
        mut order: KeyOrder<K>,
    ) -> Result<Self, Fault> {
        for part in parts {
            (0..part.len()).try_for_each(|at| keys.push(part.get(at)))?;
        }
        order.add(&keys, |_| Ok(()))?;
        Ok(Self::of(keys, &order))
    }

    fn of(keys: Keys<K>, order: &KeyOrder<K>) -> Self {
        let order = order.facts();
        Self {
            keys,
            ascends: order.ascends() && order.nulls == 0,
            repeats: order.repeats(),
            index: Mutex::new(None),
        }
    }

    /// The index of the source, made when it is first needed.
    fn index(&self, table: &KeyFile<'_>) -> Result<Arc<RowIndex>> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = &*index {
            return Ok(Arc::clone(index));
        }
        let made = RowIndex::new(&self.keys, table.account, table.checkpoint);
        let made = Arc::new(table.placed(made)?);
        *index = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Whether a table has the keys of the source, row by row, each once.
    fn equals(&self, table: &KeyFile<'_>) -> Result<bool> {
        if table.rows() != self.keys.len() || self.keys.null_count() > 0 || self.repeats {
            return Ok(false);
        }
        let mut row = 0;
        let mut equal = true;
        table.stream::<K>(&mut |block| {
            equal = row + block.len() <= self.keys.len();
            let own = |at: usize| self.keys.get(row + at);
            equal = equal && (0..block.len()).all(|at| block.get(at) == own(at));
            row += block.len();
            Ok(equal)
        })?;
        // Keys that do not ascend may repeat far apart.
        Ok(equal && (self.ascends || !self.index(table)?.has_duplicates()))
    }

    /// The matches of a table whose keys ascend, with a source whose keys ascend; `None` where those
    /// of the table do not.
    fn merge(&self, table: &MatchRequest<'_>) -> Result<Option<Matches>> {
        let file = &table.keys;
        let matches = Matches::none(self.keys.len(), MatchKind::Sorted, file.account);
        let mut matches = file.placed(matches)?;
        let mut last: Keys<K> = Keys::new(file.account);
        // The rows of the source that have the last key.
        let mut run = 0..0;
        let mut table_row = 0;
        let mut used = 0;
        let mut sorted = true;
        file.stream::<K>(&mut |block| {
            let mut before = (!last.is_empty()).then(|| last.store.key(0));
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
                    Ordering::Equal => match table.duplicates {
                        Duplicates::Raise => return Err(duplicate_key::<K>(file)),
                        Duplicates::First => {}
                        Duplicates::Last => matches.rows_mut()[run.clone()].fill(row),
                    },
                    Ordering::Greater => {
                        run = self.run(run.end, key);
                        matches.rows_mut()[run.clone()].fill(row);
                        used += u64::from(!run.is_empty());
                    }
                }
                before = Some(key);
                seen = Some(key);
            }
            if seen.is_some() {
                last.clear();
                file.placed(last.push(seen))?;
            }
            Ok(true)
        })?;
        matches.finish(file.file.rows, used);
        Ok(sorted.then_some(matches))
    }

    /// The rows from `row` on that have a key, in a source whose keys ascend.
    fn run(&self, row: usize, key: &K::Key) -> Range<usize> {
        let mut start = row;
        while start < self.keys.len() && self.keys.store.key(start) < key {
            start += 1;
        }
        let mut end = start;
        while end < self.keys.len() && self.keys.store.key(end) == key {
            end += 1;
        }
        start..end
    }

    /// The matches of any table.
    fn probe(&self, table: &MatchRequest<'_>) -> Result<Matches> {
        let file = &table.keys;
        let index = self.index(file)?;
        let matches = Matches::none(self.keys.len(), MatchKind::Unsorted, file.account);
        let mut matches = file.placed(matches)?;
        let raises = table.duplicates == Duplicates::Raise;
        // Keys that the source lacks may occur twice, too, and are held only where that matters.
        let mut unknown: Keys<K> = Keys::new(file.account);
        let mut table_row = 0_u32;
        let mut used = 0;
        file.stream::<K>(&mut |block| {
            for at in 0..block.len() {
                let row = table_row;
                table_row += 1;
                let Some(key) = block.get(at) else {
                    continue;
                };
                let Some(first) = index.first(&self.keys, key) else {
                    if raises {
                        file.placed(unknown.push(Some(key)))?;
                    }
                    continue;
                };
                if matches.rows()[first as usize] != NONE {
                    match table.duplicates {
                        Duplicates::Raise => return Err(duplicate_key::<K>(file)),
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
        if has_duplicates(&unknown, file)? {
            return Err(duplicate_key::<K>(file));
        }
        matches.finish(file.file.rows, used);
        Ok(matches)
    }
}

impl<K: KeyStore> Matcher for SourceKeys<K> {
    fn find(&self, table: &MatchRequest<'_>) -> Result<Matches> {
        if self.equals(&table.keys)? {
            return Ok(Matches::same(self.keys.len(), table.keys.account));
        }
        if self.ascends
            && let Some(matches) = self.merge(table)?
        {
            return Ok(matches);
        }
        self.probe(table)
    }
}
