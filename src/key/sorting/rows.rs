//! Rows that come in blocks, and their order by several keys.
//!
//! Rows are numbered as they come, from 0 on, only those counted that were chosen. The order says which
//! row goes to each place. Where the rows came in order, which costs one comparison a row to notice,
//! there is no order to tell.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault, Result};

use crate::key::column::KeyColumn;
use crate::key::sorting::packing::{Packing, SortColumn};
use crate::key::sorting::text::TextKeys;
use crate::key::sorting::words;
use crate::workers::Team;

/// Rows between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 20;

/// What rows are sorted by.
#[derive(Debug)]
enum Held {
    /// Key and row in one word.
    Narrow(PackedKeys<u64>),
    /// In two words, the upper one first.
    Wide(PackedKeys<[u64; 2]>),
    /// Keys as bytes.
    Text(TextKeys),
}

/// Keys as numbers, each with its row behind it.
#[derive(Debug)]
struct PackedKeys<W> {
    packing: Packing,
    words: Scratch<W>,
}

/// Keys of rows that are to be sorted.
#[derive(Debug)]
pub struct SortKeys {
    account: Arc<Account>,
    columns: Vec<SortColumn>,
    held: Held,
    /// The most rows.
    rows: usize,
    /// Bits of the number of a row.
    row_bits: u32,
    len: usize,
    ascends: bool,
    /// Whether the words are sorted already.
    is_sorted: bool,
}

impl SortKeys {
    /// Room for the keys of so many rows, the first column being the one that decides first.
    pub fn new(columns: &[SortColumn], rows: usize, account: &Arc<Account>) -> Result<Self, Fault> {
        let row_bits = usize::BITS - rows.saturating_sub(1).leading_zeros();
        let held = match Packing::new(columns) {
            Some(packing) if packing.bits() + row_bits <= u64::BITS => {
                Held::Narrow(PackedKeys::new(packing, rows, account)?)
            }
            Some(packing) if packing.bits() + row_bits <= u128::BITS => {
                Held::Wide(PackedKeys::new(packing, rows, account)?)
            }
            _ => Held::Text(TextKeys::new(rows, account)?),
        };
        Ok(Self {
            account: Arc::clone(account),
            columns: columns.to_vec(),
            held,
            rows,
            row_bits,
            len: 0,
            ascends: true,
            is_sorted: false,
        })
    }

    /// Adds `rows` rows of the block that the columns have read, or those of them that are chosen:
    /// one bit for each, the lowest bit of the first word for the first row.
    pub fn push_block(
        &mut self,
        columns: &[KeyColumn],
        rows: usize,
        chosen: Option<&[u64]>,
    ) -> Result<(), Fault> {
        let is_chosen =
            |row: usize| chosen.is_none_or(|bits| bits[row / 64] >> (row % 64) & 1 == 1);
        for row in (0..rows).filter(|row| is_chosen(*row)) {
            let at = self.len;
            if at == self.rows {
                return Err(Fault::corrupt("it has more rows than were counted"));
            }
            let ascends = match &mut self.held {
                Held::Narrow(keys) => {
                    let key = keys.packing.pack(columns, row)?;
                    let [_, word] = halves(key << self.row_bits | at as u128);
                    keys.push(at, word)
                }
                Held::Wide(keys) => {
                    let key = keys.packing.pack(columns, row)?;
                    keys.push(at, halves(key << self.row_bits | at as u128))
                }
                Held::Text(keys) => {
                    keys.push(&self.columns, columns, row)?;
                    keys.ascends_at(at)
                }
            };
            self.ascends &= ascends;
            self.len += 1;
        }
        Ok(())
    }

    /// The number of rows that were added.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether no rows were added.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether no key is less than the one before.
    pub const fn ascends(&self) -> bool {
        self.ascends
    }

    /// Sorts keys that fit words by several threads, so that `order` has little left to do.
    pub fn sort(&mut self, team: &mut Team<'_>) -> Result<()> {
        if self.ascends {
            return Ok(());
        }
        let len = self.len;
        match &mut self.held {
            Held::Narrow(keys) => words::sort_together(&mut keys.words.all_mut()[..len], team)?,
            Held::Wide(keys) => words::sort_together(&mut keys.words.all_mut()[..len], team)?,
            Held::Text(_) => return Ok(()),
        }
        self.is_sorted = true;
        Ok(())
    }

    /// The row that goes to each place; `None` where each row is in its place already.
    pub fn order(self, checkpoint: Checkpoint<'_>) -> Result<Option<Scratch<u64>>, Fault> {
        if self.ascends {
            return Ok(None);
        }
        let mask = 1_u64
            .checked_shl(self.row_bits)
            .map_or(u64::MAX, |bit| bit - 1);
        let mut order = match self.held {
            Held::Narrow(mut keys) => {
                let words = &mut keys.words.all_mut()[..self.len];
                if !self.is_sorted {
                    words::sort(words, checkpoint)?;
                }
                keys.words
            }
            Held::Wide(mut keys) => {
                let words = &mut keys.words.all_mut()[..self.len];
                if !self.is_sorted {
                    words::sort(words, checkpoint)?;
                }
                lower_halves(keys.words, self.len, checkpoint)?
            }
            Held::Text(keys) => {
                let words = keys.order(self.len, &self.account, checkpoint)?;
                drop(keys);
                lower_halves(words, self.len, checkpoint)?
            }
        };
        order.shorten(self.len);
        for chunk in order.all_mut().chunks_mut(CHECKPOINT_ROWS) {
            checkpoint.check()?;
            for word in chunk {
                *word &= mask;
            }
        }
        Ok(Some(order))
    }
}

impl<W: Copy + Default + PartialOrd> PackedKeys<W> {
    fn new(packing: Packing, rows: usize, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut words = Scratch::new(account);
        words.fit(rows)?;
        Ok(Self { packing, words })
    }

    /// Puts the word of a row, and returns whether it is larger than the one before.
    #[inline]
    fn push(&mut self, at: usize, word: W) -> bool {
        let words = self.words.all_mut();
        words[at] = word;
        at == 0 || words[at - 1] < word
    }
}

/// The upper half of a number, and the lower one.
#[inline]
fn halves(number: u128) -> [u64; 2] {
    let half = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0);
    [half(number >> 64), half(number)]
}

/// The lower halves of so many words, in the memory of the words.
fn lower_halves(
    words: Scratch<[u64; 2]>,
    len: usize,
    checkpoint: Checkpoint<'_>,
) -> Result<Scratch<u64>, Fault> {
    let mut halves = words.flattened();
    let all = halves.all_mut();
    for at in 0..len {
        if at % CHECKPOINT_ROWS == 0 {
            checkpoint.check()?;
        }
        all[at] = all[2 * at + 1];
    }
    Ok(halves)
}
