//! Duplicate keys in a table: whether there are any, and which.

use crate::account::Scratch;
use crate::error::{Error, Fault, RepeatedKeys, Result};
use crate::key::describe::describe;
use crate::key::store::{KeyStore, Keys};
use crate::key::stream::KeyFile;

/// How duplicate keys in a joined table are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// They are an error.
    Raise,
    /// The first row with the key counts.
    First,
    /// The last row with the key counts.
    Last,
}

/// Whether a key occurs twice among those of `keys`, which are from `file`.
pub(super) fn has_duplicates<K: KeyStore>(keys: &Keys<K>, file: &KeyFile<'_>) -> Result<bool> {
    let sorted = sorted(keys, file).map_err(|fault| file.error(fault))?;
    let mut pairs = sorted.all().windows(2);
    Ok(pairs.any(|pair| keys.get(pair[0] as usize) == keys.get(pair[1] as usize)))
}

/// The error for a table with a duplicate key.
pub(super) fn duplicate_key<K: KeyStore>(file: &KeyFile<'_>) -> Error {
    let found = match repeated::<K>(file) {
        Ok(found) => Some(found),
        // There is one; that not all could be counted must not hide it.
        Err(Error::Scarce { .. }) => None,
        Err(error) => return error,
    };
    Error::DuplicateKey {
        path: file.file.path.clone(),
        found,
    }
}

/// Reads all keys of a table that has a duplicate one.
fn repeated<K: KeyStore>(file: &KeyFile<'_>) -> Result<RepeatedKeys> {
    let mut keys: Keys<K> = Keys::new(file.account);
    file.stream::<K>(&mut |block| {
        for key in (0..block.len()).filter_map(|row| block.get(row)) {
            keys.push(Some(key)).map_err(|fault| file.error(fault))?;
        }
        Ok(true)
    })?;
    let sorted = sorted(&keys, file).map_err(|fault| file.error(fault))?;
    let same = |a: &u32, b: &u32| keys.get(*a as usize) == keys.get(*b as usize);
    let mut first: Option<&[u32]> = None;
    let mut count = 0_u64;
    let mut rows = 0;
    for run in sorted.all().chunk_by(same).filter(|run| run.len() > 1) {
        count += 1;
        rows += run.len();
        first = Some(first.map_or(run, |first| if run[0] < first[0] { run } else { first }));
    }
    let gone = || Error::Internal("a duplicate key is gone".to_owned());
    let first = first.ok_or_else(gone)?;
    let key = K::bytes(keys.store.key(first[0] as usize));
    Ok(RepeatedKeys {
        key: describe(&file.spec, &key),
        times: first.len(),
        keys: count,
        rows,
    })
}

/// The rows that have a key, sorted by their keys, and rows with the same key by number.
fn sorted<K: KeyStore>(keys: &Keys<K>, file: &KeyFile<'_>) -> Result<Scratch<u32>, Fault> {
    let mut sorted = Scratch::new(file.account);
    let present = (0_u32..).zip(0..keys.len());
    let present = present.filter(|(_, row)| keys.get(*row).is_some());
    let rows = sorted.fit(keys.len() - keys.null_count())?;
    for (out, (row, _)) in rows.iter_mut().zip(present) {
        *out = row;
    }
    rows.sort_unstable_by(|a, b| {
        let key = |row: u32| keys.get(row as usize);
        key(*a).cmp(&key(*b)).then(a.cmp(b))
    });
    Ok(sorted)
}
