//! The rows of a whole source: for each row group none, all, or some of its rows, and the part that
//! each is in. A row that is left out of some takes a bit, or a few where there are several parts;
//! row groups that are taken or left as a whole take nothing.

use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Lease};
use crate::error::Fault;
use crate::kernel::bytes::unpack::ones;
use crate::select::parts::{PartRows, WORD};
use crate::select::rows::{ChosenRows, Rows, Run};

/// The rows of one row group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRows {
    /// No row.
    None,
    /// All rows, in one part.
    All(usize),
    /// The rows that are in a part.
    Some(PartRows),
}

/// The rows of a source.
#[derive(Debug)]
pub struct RowSelection {
    /// Rows of each row group, in the order of the source.
    lengths: Vec<usize>,
    groups: Vec<GroupRows>,
    /// Rows of each part.
    counts: Vec<usize>,
    lease: Lease,
}

impl RowSelection {
    /// All rows of row groups of these lengths, in one part. What it takes is leased from `account`.
    pub fn all(lengths: Vec<usize>, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut selection = Self {
            counts: vec![lengths.iter().sum()],
            groups: vec![GroupRows::All(0); lengths.len()],
            lengths,
            lease: account.open(),
        };
        selection.pay()?;
        Ok(selection)
    }

    /// The same row groups with other rows, in `parts` parts.
    pub fn choose(&mut self, groups: Vec<GroupRows>, parts: usize) -> Result<(), Fault> {
        self.groups = groups;
        self.pay()?;
        self.counts = vec![0; parts];
        for (group, rows) in self.groups.iter().zip(&self.lengths) {
            match group {
                GroupRows::None => {}
                GroupRows::All(part) => self.counts[*part] += rows,
                GroupRows::Some(rows) => {
                    for (part, count) in self.counts.iter_mut().enumerate() {
                        *count += rows.count(part);
                    }
                }
            }
        }
        Ok(())
    }

    fn pay(&mut self) -> Result<(), Fault> {
        let each = size_of::<GroupRows>() + size_of::<usize>();
        self.lease.resize(self.bytes() + self.groups.len() * each)
    }

    /// The number of row groups.
    pub const fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are no row groups.
    pub const fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The rows of a row group.
    pub fn group(&self, at: usize) -> &GroupRows {
        &self.groups[at]
    }

    /// How many rows a row group has, chosen or not.
    pub fn length(&self, at: usize) -> usize {
        self.lengths[at]
    }

    /// How many rows of a row group are chosen.
    pub fn chosen_of(&self, at: usize) -> usize {
        match &self.groups[at] {
            GroupRows::None => 0,
            GroupRows::All(_) => self.lengths[at],
            GroupRows::Some(rows) => rows.kept_count(),
        }
    }

    /// How many of them are in a part.
    pub fn count_of(&self, at: usize, part: usize) -> usize {
        match &self.groups[at] {
            GroupRows::All(own) if *own == part => self.lengths[at],
            GroupRows::None | GroupRows::All(_) => 0,
            GroupRows::Some(rows) => rows.count(part),
        }
    }

    /// Rows of each part.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Rows of all parts.
    pub fn rows(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Of the rows of some row groups those whose numbers, counted for each part from its first row in
    /// them, are in the range of the part.
    pub fn between(
        &self,
        groups: Range<usize>,
        numbers: &[Range<usize>],
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        let mut first = vec![0; numbers.len()];
        let mut between = Vec::with_capacity(groups.len());
        for at in groups.clone() {
            let length = self.lengths[at];
            let mut wanted = Vec::with_capacity(numbers.len());
            for (part, (numbers, first)) in numbers.iter().zip(&mut first).enumerate() {
                let count = self.count_of(at, part);
                let inside = |number: usize| number.clamp(*first, *first + count) - *first;
                wanted.push(inside(numbers.start)..inside(numbers.end));
                *first += count;
            }
            let is_whole = |wanted: &Range<usize>| wanted.len() == length;
            between.push(if wanted.iter().all(Range::is_empty) {
                GroupRows::None
            } else if let Some(part) = wanted.iter().position(is_whole) {
                GroupRows::All(part)
            } else {
                self.cut(at, wanted)
            });
        }
        let mut selection = Self::all(self.lengths[groups].to_vec(), account)?;
        selection.choose(between, numbers.len())?;
        Ok(selection)
    }

    /// Of the rows of a row group those whose numbers in their part are wanted.
    fn cut(&self, at: usize, wanted: Vec<Range<usize>>) -> GroupRows {
        let length = self.lengths[at];
        let mut rows = PartRows::none(length, wanted.len());
        for (part, wanted) in wanted.into_iter().enumerate() {
            let blocks = 0..length.div_ceil(WORD);
            let words = blocks.map(|block| self.groups[at].mask(block, length, part));
            for (block, mask) in cut(words.collect(), wanted).into_iter().enumerate() {
                rows.put(block, part, mask);
            }
        }
        GroupRows::Some(rows)
    }

    /// Row groups of which no row is chosen.
    pub fn skipped(&self) -> usize {
        let none = self
            .groups
            .iter()
            .filter(|group| **group == GroupRows::None);
        none.count()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        let some = self.groups.iter().map(|group| match group {
            GroupRows::Some(rows) => rows.bytes(),
            GroupRows::None | GroupRows::All(_) => 0,
        });
        some.sum()
    }

    /// The rows of a row group, as the pour follows them.
    pub fn chosen(&self, at: usize) -> ChosenRows {
        let rows = self.lengths[at];
        match &self.groups[at] {
            GroupRows::All(part) => ChosenRows {
                part: *part,
                rows: Rows::All(rows),
            },
            GroupRows::None => ChosenRows {
                part: 0,
                rows: Rows::Runs(vec![Run {
                    skip: rows,
                    take: 0,
                }]),
            },
            GroupRows::Some(rows) => ChosenRows::of(rows),
        }
    }

    /// The rows of a row group that are in any part, as bits of 64 rows each.
    pub fn kept(&self, at: usize) -> Vec<u64> {
        self.groups[at].mask_words(self.lengths[at]).collect()
    }

    /// The part of each row of the source, in order; none for those that are left out.
    pub fn parts(&self) -> impl Iterator<Item = Option<usize>> {
        self.groups
            .iter()
            .zip(&self.lengths)
            .flat_map(|(group, rows)| {
                (0..*rows).map(move |row| match group {
                    GroupRows::None => None,
                    GroupRows::All(part) => Some(*part),
                    GroupRows::Some(rows) => rows.part(row),
                })
            })
    }
}

/// Of the bits that are set those whose numbers are in a range.
fn cut(mut words: Vec<u64>, numbers: Range<usize>) -> Vec<u64> {
    let mut number = 0;
    for word in &mut words {
        let count = word.count_ones() as usize;
        let is_whole = numbers.start <= number && number + count <= numbers.end;
        if is_whole {
            number += count;
            continue;
        }
        let mut left = *word;
        while left != 0 {
            let lowest = left & left.wrapping_neg();
            if !numbers.contains(&number) {
                *word ^= lowest;
            }
            left ^= lowest;
            number += 1;
        }
    }
    words
}

impl GroupRows {
    /// Of so many rows those that are in any part, as bits of 64 rows each.
    pub fn mask_words(&self, rows: usize) -> impl Iterator<Item = u64> {
        (0..rows.div_ceil(WORD)).map(move |block| match self {
            Self::None => 0,
            Self::All(_) => u64::MAX >> (WORD - WORD.min(rows - block * WORD)),
            Self::Some(rows) => rows.kept(block),
        })
    }

    /// The rows of a block of 64 that are in a part, in a row group of so many rows.
    pub fn mask(&self, block: usize, rows: usize, part: usize) -> u64 {
        match self {
            Self::All(own) if *own == part => u64::MAX >> (WORD - WORD.min(rows - block * WORD)),
            Self::None | Self::All(_) => 0,
            Self::Some(rows) => rows.mask(block, part),
        }
    }

    /// The rows of some parts. Where all are in one, they need no bits.
    pub fn of(rows: PartRows) -> Self {
        let counts = (0..rows.most_parts()).map(|part| rows.count(part));
        let mut chosen = 0;
        for (part, count) in counts.enumerate() {
            if count == rows.rows() {
                return Self::All(part);
            }
            chosen += count;
        }
        if chosen == 0 {
            Self::None
        } else {
            Self::Some(rows)
        }
    }

    /// What bits of 64 rows each say, of so many rows: those that are set are in the only part.
    pub fn of_mask(rows: usize, words: Vec<u64>) -> Self {
        let count = ones(&words);
        if count == rows {
            Self::All(0)
        } else if count == 0 {
            Self::None
        } else {
            Self::Some(PartRows::of_mask(rows, words))
        }
    }
}
