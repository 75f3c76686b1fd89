//! Different texts, numbered as they come; and in the end in the order of their bytes, so that codes do
//! not depend on the order of rows, nor on how rows are divided among files.
//!
//! Beside what the set of texts takes, each takes 32 bytes while they are sorted, and 8 afterwards.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault};
use crate::texts::hash::are_equal;
use crate::texts::set::{TOGETHER, TextSet};

/// Texts that are sorted, or merged, between two polls for cancellation.
const RUN: usize = 1 << 14;

/// Texts that are collected.
#[derive(Debug)]
pub struct Vocabulary {
    account: Arc<Account>,
    texts: TextSet,
    /// The number that was given last: neighbours are often equal.
    last: Option<u32>,
}

/// Different texts in the order of their bytes: the code of each is its place.
#[derive(Debug)]
pub struct Texts {
    known: TextSet,
    /// For each place, the number of the text.
    order: Scratch<u32>,
    /// For each number, the place of the text.
    codes: Scratch<u32>,
}

/// Texts that were known in their order, merged with others.
#[derive(Debug)]
pub(super) struct MergedTexts {
    /// All of them, in order.
    pub(super) texts: Texts,
    /// For the code of each text that was known, its number among all.
    pub(super) places: Scratch<u32>,
}

impl Vocabulary {
    /// No texts yet. They are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            account: Arc::clone(account),
            texts: TextSet::new(account),
            last: None,
        }
    }

    /// The number of a text: that of an equal one, or the next.
    ///
    /// Where memory is refused the vocabulary is what it was. `checkpoint` is polled for cancellation
    /// while it grows; after its error it is of no use any more.
    #[inline]
    pub fn number(&mut self, text: &[u8], checkpoint: Checkpoint<'_>) -> Result<u32, Fault> {
        if let Some(last) = self.last
            && are_equal(self.texts.text(last as usize), text)
        {
            return Ok(last);
        }
        let number = self.texts.insert(text, checkpoint)?;
        self.last = Some(number);
        Ok(number)
    }

    /// Whether a text is new, and has been added.
    #[inline]
    pub fn adds(&mut self, text: &[u8], checkpoint: Checkpoint<'_>) -> Result<bool, Fault> {
        let known = self.len();
        self.number(text, checkpoint)?;
        Ok(self.len() > known)
    }

    /// Makes room for `more` texts, so that there is none to be made text by text.
    pub fn reserve(&mut self, more: usize, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        self.texts.reserve(more, checkpoint)
    }

    /// Adds those of at most [`TOGETHER`] texts that are new, if `check` does not refuse them.
    pub fn add_together(
        &mut self,
        texts: &[&[u8]],
        check: impl Fn(&[u8]) -> Result<(), Fault>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), Fault> {
        let mut numbers = [None; TOGETHER];
        self.texts.find_together(texts, &mut numbers);
        for (text, number) in texts.iter().zip(numbers) {
            if number.is_none() {
                check(text)?;
                self.texts.insert(text, checkpoint)?;
            }
        }
        Ok(())
    }

    /// How many different texts there are.
    pub const fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no texts.
    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Drops all texts, and keeps the memory.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.last = None;
    }

    /// Drops all texts, and gives the memory back.
    pub fn release(&mut self) {
        self.texts = TextSet::new(&self.account);
        self.last = None;
    }

    /// The texts as they came.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|number| self.texts.text(number))
    }

    /// The texts in the order of their bytes.
    pub fn sorted(self, checkpoint: Checkpoint<'_>) -> Result<Texts, Fault> {
        Texts::of(self.texts, &self.account, checkpoint)
    }
}

/// A text while texts are sorted. Most are told apart by their first bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// The first bytes after those that all texts begin with; zeros where there are fewer.
    front: u64,
    number: u32,
}

impl Entry {
    fn new(number: u32, text: &[u8], common: usize) -> Self {
        let mut front = [0; size_of::<u64>()];
        let rest = &text[common..];
        let length = rest.len().min(front.len());
        front[..length].copy_from_slice(&rest[..length]);
        Self {
            front: u64::from_be_bytes(front),
            number,
        }
    }
}

/// The numbers of texts in their order.
fn sorted(
    texts: &TextSet,
    account: &Arc<Account>,
    checkpoint: Checkpoint<'_>,
) -> Result<Scratch<Entry>, Fault> {
    let mut entries = Scratch::new(account);
    let mut merged = Scratch::new(account);
    entries.fit(texts.len())?;
    merged.fit(texts.len())?;
    let text = |entry: &Entry| texts.text(entry.number as usize);
    let compare = |one: &Entry, other: &Entry| {
        let fronts = one.front.cmp(&other.front);
        fronts.then_with(|| text(one).cmp(text(other)))
    };
    let common = common(texts);
    let mut numbers = 0..;
    for run in entries.all_mut().chunks_mut(RUN) {
        checkpoint.check()?;
        for (entry, number) in run.iter_mut().zip(&mut numbers) {
            *entry = Entry::new(number, texts.text(number as usize), common);
        }
        // Most fronts differ, and are sorted without a branch for each.
        run.sort_unstable_by_key(|entry| entry.front);
        for alike in run.chunk_by_mut(|one, other| one.front == other.front) {
            if alike.len() > 1 {
                alike.sort_unstable_by(compare);
            }
        }
    }
    let mut width = RUN;
    while width < texts.len() {
        let pairs = entries.all().chunks(2 * width);
        for (pair, merged) in pairs.zip(merged.all_mut().chunks_mut(2 * width)) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, merged, compare, checkpoint)?;
        }
        std::mem::swap(&mut entries, &mut merged);
        width *= 2;
    }
    Ok(entries)
}

/// How many bytes all texts begin with.
fn common(texts: &TextSet) -> usize {
    let mut all = (0..texts.len()).map(|number| texts.text(number));
    let first = all.next().unwrap_or_default();
    all.fold(first.len(), |common, text| {
        let alike = first[..common].iter().zip(text);
        alike.take_while(|(one, other)| one == other).count()
    })
}

/// Merges two sorted runs.
fn merge<'a>(
    mut left: &'a [Entry],
    mut right: &'a [Entry],
    merged: &mut [Entry],
    compare: impl Fn(&Entry, &Entry) -> Ordering,
    checkpoint: Checkpoint<'_>,
) -> Result<(), Fault> {
    for (at, place) in merged.iter_mut().enumerate() {
        if at % RUN == 0 {
            checkpoint.check()?;
        }
        let from = match (left.first(), right.first()) {
            (Some(one), Some(other)) if compare(other, one).is_lt() => &mut right,
            (Some(_), _) => &mut left,
            (None, _) => &mut right,
        };
        if let Some((first, rest)) = from.split_first() {
            *place = *first;
            *from = rest;
        }
    }
    Ok(())
}

impl Texts {
    /// All texts of a set.
    fn of(
        known: TextSet,
        account: &Arc<Account>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self, Fault> {
        let sorted = sorted(&known, account, checkpoint)?;
        let mut order = Scratch::new(account);
        let mut codes = Scratch::new(account);
        order.fit(known.len())?;
        codes.fit(known.len())?;
        for ((code, place), entry) in (0..).zip(order.all_mut()).zip(sorted.all()) {
            *place = entry.number;
            codes.all_mut()[entry.number as usize] = code;
        }
        Ok(Self {
            known,
            order,
            codes,
        })
    }

    /// These and others, none of which is among them: each of the others has the number in which it
    /// comes, behind these.
    pub(super) fn with(
        self,
        others: &Vocabulary,
        checkpoint: Checkpoint<'_>,
    ) -> Result<MergedTexts, Fault> {
        let Self {
            mut known,
            order: places,
            codes,
        } = self;
        drop(codes);
        for text in others.iter() {
            known.insert(text, checkpoint)?;
        }
        let texts = Self::of(known, &others.account, checkpoint)?;
        Ok(MergedTexts { texts, places })
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The text of a code.
    pub fn get(&self, code: usize) -> &[u8] {
        self.known.text(self.order.all()[code] as usize)
    }

    /// The code of the text that had this number.
    #[inline]
    pub fn code(&self, number: u32) -> u32 {
        self.codes.all()[number as usize]
    }

    /// The code of a text; none where it is not among them.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        self.known.find(text).map(|number| self.code(number))
    }

    /// The codes of at most [`TOGETHER`] texts, NaN for those that are not among them.
    pub fn find_together(&self, texts: &[&[u8]], codes: &mut [f64]) {
        let mut numbers = [None; TOGETHER];
        self.known.find_together(texts, &mut numbers);
        for (code, number) in codes.iter_mut().zip(numbers) {
            *code = number.map_or(f64::NAN, |number| f64::from(self.code(number)));
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|code| self.get(code))
    }
}

impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
