//! Keys that fit no word: sorted by eight bytes at a time, and small groups whose beginnings are equal
//! byte by byte.
//!
//! A column is a byte 0 and its value as bytes that are ordered as values are, or a byte 1 for a null.
//! No key is the beginning of a different one, so zeros may stand for what is behind its end.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault};
use crate::key::column::KeyColumn;
use crate::key::sorting::packing::SortColumn;
use crate::key::sorting::words;
use crate::key::store::{BytesKeys, KeyStore};

/// Bytes of a key that are looked at together.
const PIECE: usize = 8;
/// Rows with equal beginnings that are sorted byte by byte.
const FEW: usize = 1 << 12;

/// Keys of rows, as bytes.
#[derive(Debug)]
pub(super) struct TextKeys {
    keys: BytesKeys,
    /// The key that is put together.
    bytes: Scratch<u8>,
}

/// Rows whose keys are equal in so many bytes.
struct Group {
    start: usize,
    end: usize,
    depth: usize,
}

impl TextKeys {
    /// Room for the keys of so many rows.
    pub(super) fn new(rows: usize, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut keys = BytesKeys::new(account);
        keys.reserve(rows)?;
        Ok(Self {
            keys,
            bytes: Scratch::new(account),
        })
    }

    /// Adds the key of a row of the block that the columns have read.
    pub(super) fn push(
        &mut self,
        forms: &[SortColumn],
        columns: &[KeyColumn],
        row: usize,
    ) -> Result<(), Fault> {
        let most: usize = columns
            .iter()
            .map(|column| 1 + column.most_bytes(row))
            .sum();
        let bytes = self.bytes.fit(most)?;
        let mut end = 0;
        for (form, column) in forms.iter().zip(columns) {
            let null = column.is_null(row);
            bytes[end] = null.into();
            end += 1;
            if null {
                form.null()?;
            } else {
                end += column.write(row, true, &mut bytes[end..]);
            }
        }
        self.keys.push_bytes(&bytes[..end])
    }

    /// Whether the key of a row is no less than the one before it.
    pub(super) fn ascends_at(&self, row: usize) -> bool {
        row == 0 || self.keys.key(row - 1) <= self.keys.key(row)
    }

    /// So many rows in the order of their keys, each in the second half of its word.
    pub(super) fn order(
        &self,
        rows: usize,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Scratch<[u64; 2]>, Fault> {
        let mut held = Scratch::new(account);
        let order: &mut [[u64; 2]] = held.fit(rows)?;
        for (word, row) in order.iter_mut().zip(0..) {
            word[1] = row;
        }
        // Only large groups wait here, and they have no rows in common.
        let mut waiting = vec![Group {
            start: 0,
            end: rows,
            depth: 0,
        }];
        while let Some(group) = waiting.pop() {
            let words = &mut order[group.start..group.end];
            for (at, word) in words.iter_mut().enumerate() {
                if at % words::WHOLE == 0 {
                    checkpoint.check()?;
                }
                word[0] = self.piece(word[1], group.depth);
            }
            words::sort(words, checkpoint)?;
            let mut start = group.start;
            for alike in words.chunk_by_mut(|one, other| one[0] == other[0]) {
                let depth = group.depth + PIECE;
                let end = start + alike.len();
                if self.key(alike[0][1]).len() > depth && alike.len() > 1 {
                    if alike.len() > FEW {
                        waiting.push(Group { start, end, depth });
                    } else {
                        checkpoint.check()?;
                        alike.sort_unstable_by(|one, other| {
                            let keys = self.rest(one[1], depth).cmp(self.rest(other[1], depth));
                            keys.then(one[1].cmp(&other[1]))
                        });
                    }
                }
                start = end;
            }
        }
        Ok(held)
    }

    fn key(&self, row: u64) -> &[u8] {
        self.keys.key(usize::try_from(row).unwrap_or(usize::MAX))
    }

    /// What is behind so many bytes of the key of a row.
    fn rest(&self, row: u64, depth: usize) -> &[u8] {
        self.key(row).get(depth..).unwrap_or_default()
    }

    /// The bytes behind so many of the key of a row, as a number.
    fn piece(&self, row: u64, depth: usize) -> u64 {
        let rest = self.rest(row, depth);
        if let Some(bytes) = rest.first_chunk() {
            return u64::from_be_bytes(*bytes);
        }
        let mut bytes = [0; PIECE];
        bytes[..rest.len()].copy_from_slice(rest);
        u64::from_be_bytes(bytes)
    }
}
