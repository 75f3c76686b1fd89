//! Parts by keys: all rows of a key are in one part, which its hash decides.
//!
//! A key is in the first part whose end, as a share of all 64-bit numbers, is above the upper half of
//! its hash. So its part depends on nothing but the key, the shares and the seed.

use crate::dataset::{RowGroup, StoredColumn};
use crate::error::Result;
use crate::key::canonical::{KeyHasher, key_of_seed};
use crate::select::parts::{PartRows, WORD};
use crate::select::read::blocks::BlockReader;
use crate::select::selection::{GroupRows, RowSelection};

/// The purpose of the key of the hash.
const SPLIT: u8 = 2;

/// Divides keys among parts.
#[derive(Debug)]
pub struct KeySplit {
    hasher: KeyHasher,
    /// Where each part ends; the last one may have no end.
    ends: Vec<Option<u64>>,
}

impl KeySplit {
    /// Parts that end at these shares of all keys.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share is between 0 and 1"
    )]
    pub fn new(ends: &[f64], seed: u64) -> Self {
        let end = |share: &f64| (*share < 1.0).then(|| (share * 2_f64.powi(64)) as u64);
        Self {
            hasher: KeyHasher::new(key_of_seed(seed, SPLIT)),
            ends: ends.iter().map(end).collect(),
        }
    }

    fn part(&self, hash: u128) -> Option<usize> {
        let place = (hash >> 64) as u64;
        self.ends
            .iter()
            .position(|end| end.is_none_or(|end| place < end))
    }

    /// The rows of a row group, divided.
    pub fn visit(
        &self,
        selection: &RowSelection,
        reader: &mut BlockReader<'_>,
        row_group: &RowGroup<Option<StoredColumn>>,
    ) -> Result<GroupRows> {
        let kept = selection.kept(row_group.at);
        let mut parts = PartRows::none(row_group.rows, self.ends.len());
        reader.read(row_group, |block| {
            for row in block.kept(&kept) {
                if let Some(part) = self.part(self.hasher.hash(block.columns, row)) {
                    let at = block.first + row;
                    parts.put(at / WORD, part, 1 << (at % WORD));
                }
            }
            Ok(())
        })?;
        Ok(GroupRows::of(parts))
    }
}
