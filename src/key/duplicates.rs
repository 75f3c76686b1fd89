//! Keys that stand twice in a table: whether there are any, and which.

use crate::account::Scratch;
use crate::error::{Error, Fault, RepeatedKeys, Result};
use crate::key::MatchRequest;
use crate::key::describe::describe;
use crate::key::matcher::stream;
use crate::key::store::{KeyStore, Keys};

/// What a key is that stands twice in a joined table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// An error.
    Raise,
    /// Its first row counts.
    First,
    /// Its last row counts.
    Last,
}

/// Whether a key stands twice among some.
pub(super) fn any_twice<K: KeyStore>(keys: &Keys<K>, asked: &MatchRequest<'_>) -> Result<bool> {
    let sorted = sorted(keys, asked).map_err(|fault| asked.place(fault))?;
    let mut pairs = sorted.all().windows(2);
    Ok(pairs.any(|pair| keys.get(pair[0] as usize) == keys.get(pair[1] as usize)))
}

/// The rows that have a key, in the order of the keys, and of the rows where keys are equal.
fn sorted<K: KeyStore>(keys: &Keys<K>, asked: &MatchRequest<'_>) -> Result<Scratch<u32>, Fault> {
    let mut sorted = Scratch::new(asked.account);
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

/// The error for a table in which a key stands twice: which one, and how many there are.
pub(super) fn duplicate_key<K: KeyStore>(asked: &MatchRequest<'_>) -> Error {
    let found = match counted::<K>(asked) {
        Ok(found) => Some(found),
        // There is one; that not all could be counted must not hide it.
        Err(Error::Scarce { .. }) => None,
        Err(error) => return error,
    };
    Error::DuplicateKey {
        path: asked.file.path.clone(),
        found,
    }
}

fn counted<K: KeyStore>(asked: &MatchRequest<'_>) -> Result<RepeatedKeys> {
    let mut keys: Keys<K> = Keys::new(asked.account);
    stream::<K>(asked, &mut |block| {
        for key in (0..block.len()).filter_map(|row| block.get(row)) {
            let added = keys.kept.push(key).and_then(|()| keys.count(false));
            added.map_err(|fault| asked.place(fault))?;
        }
        Ok(true)
    })?;
    let sorted = sorted(&keys, asked).map_err(|fault| asked.place(fault))?;
    let (mut first, mut count, mut rows) = (None, 0_u64, 0);
    let same = |a: &u32, b: &u32| keys.get(*a as usize) == keys.get(*b as usize);
    for run in sorted.all().chunk_by(same).filter(|run| run.len() > 1) {
        count += 1;
        rows += run.len();
        let met = (run[0], run.len());
        first = Some(first.map_or(met, |first: (u32, usize)| first.min(met)));
    }
    let Some((row, times)) = first else {
        return Err(Error::Internal("a key that stood twice is gone".to_owned()));
    };
    let key = K::describe(keys.kept.key(row as usize));
    Ok(RepeatedKeys {
        key: describe(&asked.shape, key),
        times,
        keys: count,
        rows,
    })
}
