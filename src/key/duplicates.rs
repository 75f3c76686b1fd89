//! Duplicate keys in a table: whether there are any, and which.

use crate::account::Scratch;
use crate::error::{Error, Fault, Result};
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

/// The duplicate keys of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DuplicateFacts {
    /// The one whose first row comes first, in words.
    pub key: String,
    /// How often it occurs.
    pub times: usize,
    /// How many keys occur more than once.
    pub keys: usize,
    /// How many rows have one of them.
    pub rows: usize,
}

/// Whether a key occurs twice among those of `keys`, which are from `file`.
pub(super) fn has_duplicates<K: KeyStore>(keys: &Keys<K>, file: &KeyFile<'_>) -> Result<bool> {
    let sorted = sorted(keys, file).map_err(|fault| file.error(fault))?;
    let mut pairs = sorted.all().windows(2);
    Ok(pairs.any(|pair| keys.get(pair[0] as usize) == keys.get(pair[1] as usize)))
}

/// The error for a table with a duplicate key.
pub(super) fn duplicate_key<K: KeyStore>(file: &KeyFile<'_>) -> Error {
    let facts = match facts::<K>(file) {
        Ok(facts) => Some(facts),
        // There is one; that not all could be counted must not hide it.
        Err(Error::Scarce { .. }) => None,
        Err(error) => return error,
    };
    Error::DuplicateKey {
        path: file.file.path.clone(),
        what: message(facts.as_ref()),
    }
}

fn message(facts: Option<&DuplicateFacts>) -> String {
    let found = match facts {
        None => "a key stands more than once".to_owned(),
        Some(facts) => {
            let found = format!("the key {} stands {} times", facts.key, facts.times);
            match (facts.keys, facts.rows) {
                (1, _) => found,
                (keys, rows) => {
                    format!("{found}; {keys} keys stand more than once, in {rows} rows")
                }
            }
        }
    };
    format!(
        "{found}, which would multiply rows; drop the extra rows, or pass duplicates=\"first\" \
         or duplicates=\"last\" to take one of them"
    )
}

/// Reads all keys of a table that has a duplicate one.
fn facts<K: KeyStore>(file: &KeyFile<'_>) -> Result<DuplicateFacts> {
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
    let mut count = 0;
    let mut rows = 0;
    for run in sorted.all().chunk_by(same).filter(|run| run.len() > 1) {
        count += 1;
        rows += run.len();
        first = Some(first.map_or(run, |first| if run[0] < first[0] { run } else { first }));
    }
    let gone = || Error::Internal("a duplicate key is gone".to_owned());
    let first = first.ok_or_else(gone)?;
    let key = K::borrowed(keys.store.key(first[0] as usize));
    Ok(DuplicateFacts {
        key: describe(&file.spec, key),
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
