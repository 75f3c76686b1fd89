//! The rows of a table that belong to rows of the source, as a set that the shares of a load add up: a bit
//! for each row, in words, of which equal neighbours are one span.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Fault, Result};
use crate::fit::shared::message::{Reader, Writer};
use crate::key::matches::{Matches, NONE};

/// Rows of a word.
const WORD: u64 = 64;
/// A table has fewer rows.
const MOST_WORDS: u64 = (1 << 32) / WORD;
/// Bytes that a span takes at least.
const LEAST: usize = 9;

/// Rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedRows {
    spans: Vec<Span>,
}

/// Words that are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    word: u64,
    count: u64,
}

impl UsedRows {
    /// The rows that are matched, of so many. The bits are leased while they are put together.
    pub fn of(matches: &Matches, rows: u64, account: &Arc<Account>) -> Result<Self, Fault> {
        let mut used = Self::default();
        if matches.is_same() {
            used.push(u64::MAX, rows / WORD);
            used.push(
                (1 << (rows % WORD)) - 1,
                u64::from(!rows.is_multiple_of(WORD)),
            );
            return Ok(used);
        }
        let mut words = Scratch::new(account);
        let words = words.fit(usize::try_from(rows.div_ceil(WORD)).unwrap_or(usize::MAX))?;
        words.fill(0);
        for row in matches.rows().iter().filter(|row| **row != NONE) {
            if let Some(word) = words.get_mut((u64::from(*row) / WORD) as usize) {
                *word |= 1 << (u64::from(*row) % WORD);
            }
        }
        for word in words {
            used.push(*word, 1);
        }
        Ok(used)
    }

    /// How many rows there are, of a table that has `rows`; none where it is of another table.
    pub fn count(&self, rows: u64) -> Option<u64> {
        let count = self
            .spans
            .iter()
            .map(|span| u64::from(span.word.count_ones()) * span.count);
        let count = count.sum();
        (self.words() == rows.div_ceil(WORD) && count <= rows).then_some(count)
    }

    /// Adds the rows of another share; `false` where they are of another table.
    pub fn add(&mut self, other: &Self) -> bool {
        if self.words() != other.words() {
            return false;
        }
        let own = std::mem::take(self);
        let (mut ours, mut theirs) = (own.spans.iter().copied(), other.spans.iter().copied());
        let (mut our, mut their) = (ours.next(), theirs.next());
        while let (Some(one), Some(two)) = (&mut our, &mut their) {
            let count = one.count.min(two.count);
            self.push(one.word | two.word, count);
            one.count -= count;
            two.count -= count;
            if one.count == 0 {
                our = ours.next();
            }
            if two.count == 0 {
                their = theirs.next();
            }
        }
        true
    }

    /// Writes them to a message.
    pub fn write(&self, to: &mut Writer) {
        to.count(self.spans.len());
        for Span { word, count } in &self.spans {
            to.number(*count);
            to.fixed(*word, 8);
        }
    }

    /// Reads those of a share.
    pub fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut used = Self::default();
        let mut left = MOST_WORDS;
        for _ in 0..from.count(LEAST)? {
            let count = from.number()?;
            if count == 0 || count > left {
                return Err(from.strange());
            }
            left -= count;
            used.push(from.fixed(8)?, count);
        }
        Ok(used)
    }

    fn words(&self) -> u64 {
        self.spans.iter().map(|span| span.count).sum()
    }

    fn push(&mut self, word: u64, count: u64) {
        match self.spans.last_mut() {
            Some(last) if last.word == word => last.count += count,
            _ if count > 0 => self.spans.push(Span { word, count }),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::key::matches::MatchKind;

    fn used(rows: &[u32], all: u64) -> UsedRows {
        let account = Account::new(1 << 20);
        let mut matches = Matches::none(rows.len(), MatchKind::Unsorted, &account).unwrap();
        matches.rows_mut().copy_from_slice(rows);
        UsedRows::of(&matches, all, &account).unwrap()
    }

    fn sent(used: &UsedRows) -> UsedRows {
        let mut to = Writer::default();
        used.write(&mut to);
        let bytes = to.finish();
        let mut from = Reader::new(&bytes, 0);
        let read = UsedRows::read(&mut from).unwrap();
        from.end().unwrap();
        read
    }

    proptest! {
        #[test]
        fn shares_add_up(all in 1..400_u64, shares in vec(vec(any::<u32>(), 0..300), 1..5)) {
            let mut sum = used(&[], all);
            let mut expected: HashSet<u32> = HashSet::new();
            for share in shares {
                let rows: Vec<u32> = share
                    .iter()
                    .map(|row| if row % 5 == 0 { NONE } else { row % u32::try_from(all).unwrap() })
                    .collect();
                expected.extend(rows.iter().copied().filter(|row| *row != NONE));
                prop_assert!(sum.add(&sent(&used(&rows, all))));
            }
            prop_assert_eq!(sum.count(all), Some(expected.len() as u64));
            prop_assert_eq!(sum.count(all + WORD), None);
            prop_assert!(!sum.add(&used(&[], all + WORD)));
            let same = UsedRows::of(&Matches::same(9, &Account::new(0)), all, &Account::new(0));
            prop_assert_eq!(same.unwrap().count(all), Some(all));
        }

        #[test]
        fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..100)) {
            if let Ok(mut read) = UsedRows::read(&mut Reader::new(&bytes, 0)) {
                let _ = read.count(u64::from(u32::MAX));
                prop_assert!(read.add(&read.clone()));
            }
        }
    }
}
