//! Keys of many rows, held one after the other: one word each where they fit one, two words, or as
//! many bytes as they need. However they are held, they are ordered as their values are.

use std::borrow::Cow;
use std::hash::Hash;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;

/// Keys one after the other, all held alike.
pub trait KeyStore: Send + Sync + Sized {
    /// One key.
    type Key: Ord + Hash + ?Sized;

    /// Holds no keys.
    fn new(account: &Arc<Account>) -> Self;
    /// Makes room for `rows` keys.
    fn reserve(&mut self, rows: usize) -> Result<(), Fault>;
    /// Drops all keys and keeps the memory.
    fn clear(&mut self);
    /// Adds a key that is held as a number.
    fn push_number(&mut self, key: u128) -> Result<(), Fault>;
    /// Adds a key that is held as bytes.
    fn push_bytes(&mut self, key: &[u8]) -> Result<(), Fault>;
    /// Adds a key that a store of this kind holds.
    fn push(&mut self, key: &Self::Key) -> Result<(), Fault>;
    /// The bytes of a key; one that is held as a number has zeros in front.
    fn bytes(key: &Self::Key) -> Cow<'_, [u8]>;
    /// The key of a row.
    fn key(&self, row: usize) -> &Self::Key;
}

/// Keys as words.
#[derive(Debug)]
pub struct NumberKeys<W> {
    words: Scratch<W>,
    len: usize,
}

impl<W> KeyStore for NumberKeys<W>
where
    W: Copy + Default + Ord + Hash + Send + Sync + TryFrom<u128> + Into<u128>,
{
    type Key = W;

    fn new(account: &Arc<Account>) -> Self {
        Self {
            words: Scratch::new(account),
            len: 0,
        }
    }

    fn reserve(&mut self, rows: usize) -> Result<(), Fault> {
        self.words.extend(rows, self.len).map(|_| ())
    }

    fn clear(&mut self) {
        self.len = 0;
    }

    #[inline]
    fn push_number(&mut self, key: u128) -> Result<(), Fault> {
        let key = W::try_from(key).map_err(|_| Fault::corrupt("a key is too wide"))?;
        self.push(&key)
    }

    fn push_bytes(&mut self, _: &[u8]) -> Result<(), Fault> {
        Err(Fault::corrupt("a key has no fixed width"))
    }

    #[inline]
    fn push(&mut self, key: &W) -> Result<(), Fault> {
        if self.len == self.words.all().len() {
            self.reserve(grown(self.len))?;
        }
        self.words.all_mut()[self.len] = *key;
        self.len += 1;
        Ok(())
    }

    fn bytes(key: &W) -> Cow<'_, [u8]> {
        let number: u128 = (*key).into();
        Cow::Owned(number.to_be_bytes().to_vec())
    }

    #[inline]
    fn key(&self, row: usize) -> &W {
        &self.words.all()[row]
    }
}

/// Keys as bytes, each as long as it is.
#[derive(Debug)]
pub struct BytesKeys {
    bytes: Scratch<u8>,
    /// Where each key ends.
    ends: Scratch<usize>,
    len: usize,
}

impl KeyStore for BytesKeys {
    type Key = [u8];

    fn new(account: &Arc<Account>) -> Self {
        Self {
            bytes: Scratch::new(account),
            ends: Scratch::new(account),
            len: 0,
        }
    }

    fn reserve(&mut self, rows: usize) -> Result<(), Fault> {
        self.ends.extend(rows, self.len).map(|_| ())
    }

    fn clear(&mut self) {
        self.len = 0;
    }

    fn push_number(&mut self, key: u128) -> Result<(), Fault> {
        self.push_bytes(&key.to_be_bytes())
    }

    fn push_bytes(&mut self, key: &[u8]) -> Result<(), Fault> {
        if self.len == self.ends.all().len() {
            self.reserve(grown(self.len))?;
        }
        let start = self.start(self.len);
        let end = start + key.len();
        if end > self.bytes.all().len() {
            self.bytes.extend(grown(end), start)?;
        }
        self.bytes.all_mut()[start..end].copy_from_slice(key);
        self.ends.all_mut()[self.len] = end;
        self.len += 1;
        Ok(())
    }

    fn push(&mut self, key: &[u8]) -> Result<(), Fault> {
        self.push_bytes(key)
    }

    fn bytes(key: &[u8]) -> Cow<'_, [u8]> {
        Cow::Borrowed(key)
    }

    fn key(&self, row: usize) -> &[u8] {
        &self.bytes.all()[self.start(row)..self.ends.all()[row]]
    }
}

impl BytesKeys {
    fn start(&self, row: usize) -> usize {
        if row == 0 {
            0
        } else {
            self.ends.all()[row - 1]
        }
    }
}

/// A larger capacity, for a buffer of `len` values that is full.
pub(super) fn grown(len: usize) -> usize {
    len + (len / 4).max(1024)
}

/// Keys of rows, some of which may have none.
#[derive(Debug)]
pub struct Keys<K> {
    /// The keys; that of a row without one is unspecified.
    pub store: K,
    /// Rows without a key; empty while there are none.
    nulls: Scratch<bool>,
    null_count: usize,
    len: usize,
}

impl<K: KeyStore> Keys<K> {
    /// No keys.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            store: K::new(account),
            nulls: Scratch::new(account),
            null_count: 0,
            len: 0,
        }
    }

    /// Drops all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.store.clear();
        self.null_count = 0;
        self.len = 0;
    }

    /// The number of rows.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of rows without a key.
    pub const fn null_count(&self) -> usize {
        self.null_count
    }

    /// The key of a row, if it has one.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&K::Key> {
        let null = self.null_count > 0 && self.nulls.all()[row];
        (!null).then(|| self.store.key(row))
    }

    /// Adds a row.
    #[inline]
    pub fn push(&mut self, key: Option<&K::Key>) -> Result<(), Fault> {
        match key {
            Some(key) => self.store.push(key)?,
            None => self.store.push_number(0)?,
        }
        self.count(key.is_none())
    }

    /// Counts the row whose key was added to the store last, or marks it as one without a key.
    pub fn count(&mut self, null: bool) -> Result<(), Fault> {
        let row = self.len;
        self.len += 1;
        if !null && self.null_count == 0 {
            return Ok(());
        }
        if self.null_count == 0 {
            self.nulls.fit(self.len.max(self.nulls.all().len()))?;
            self.nulls.all_mut()[..row].fill(false);
        } else if row == self.nulls.all().len() {
            self.nulls.extend(grown(row), row)?;
        }
        self.nulls.all_mut()[row] = null;
        self.null_count += usize::from(null);
        Ok(())
    }
}
