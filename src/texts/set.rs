//! Different texts, numbered as they come.
//!
//! Open addressing: a slot holds the number of a text, its length and some bits of its hash, so that
//! hardly any other text is compared. At most three quarters of the slots are taken. A text takes its own
//! bytes, 24 for where it ends and what it is compared by, and 11 to 22 for its slots, and a quarter more
//! of the first two at most.

use std::hint::select_unpredictable;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault};
use crate::texts::hash::{SHORT, TextHasher, are_equal, ends};

/// Texts that are placed between two polls for cancellation.
const CHECKPOINT_TEXTS: usize = 1 << 16;
/// A slot that holds nothing: no text has this number.
const FREE: u64 = u64::MAX;
/// Bits of a slot that hold a number.
const NUMBER: u64 = u32::MAX as u64;
/// Bits of a slot that hold a length, the greatest of which stands for all greater ones.
const LENGTH: u64 = 0xff << u32::BITS;
/// Texts that are looked up together, so that what one waits for does not hold up the others.
pub const TOGETHER: usize = 32;

/// Places where a text is looked for at once. See `benchmarks/NOTES.md`.
const LIKELY: usize = 4;

/// Different texts.
#[derive(Debug)]
pub struct TextSet {
    hasher: TextHasher,
    bytes: Scratch<u8>,
    /// Where each text ends.
    ends: Scratch<usize>,
    /// The words of each short text.
    words: Scratch<(u64, u64)>,
    /// A power of two of them, or none.
    slots: Scratch<u64>,
    len: usize,
}

impl TextSet {
    /// No texts yet. They are leased from `account`.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            hasher: TextHasher::random(),
            bytes: Scratch::new(account),
            ends: Scratch::new(account),
            words: Scratch::new(account),
            slots: Scratch::new(account),
            len: 0,
        }
    }

    /// How many different texts there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no texts.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Drops all texts, and keeps the memory.
    pub fn clear(&mut self) {
        self.slots.all_mut().fill(FREE);
        self.len = 0;
    }

    /// The text of a number.
    #[inline]
    pub fn text(&self, number: usize) -> &[u8] {
        &self.bytes.all()[self.start(number)..self.ends.all()[number]]
    }

    /// The number of a text, if it is there.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let slot = self.slot(text, self.hash(text));
        number(self.slots.all()[slot])
    }

    /// The numbers of at most [`TOGETHER`] texts, `None` for those that are not there.
    #[inline]
    pub fn find_together(&self, texts: &[&[u8]], numbers: &mut [Option<u32>]) {
        let slots = self.slots.all();
        if self.len == 0 {
            numbers.fill(None);
            return;
        }
        let mut likely = [(0, FREE); TOGETHER];
        for (text, likely) in texts.iter().zip(&mut likely) {
            let hash = self.hash(text);
            let places = self.places(hash).map(|at| slots[at]);
            // In which place a text is cannot be foreseen, so no branch asks for it.
            let slot = places
                .into_iter()
                .rev()
                .reduce(|later, slot| select_unpredictable(is_alike(slot, hash), slot, later));
            *likely = (hash, slot.unwrap_or(FREE));
        }
        for ((text, (hash, slot)), found) in texts.iter().zip(&likely).zip(numbers) {
            *found = number(*slot).filter(|at| {
                let is_short = is_alike(*slot, *hash) && text.len() <= SHORT;
                is_short && self.words.all()[*at as usize] == ends(text)
            });
            if found.is_none() {
                *found = number(slots[self.slot(text, *hash)]);
            }
        }
    }

    /// The number of a text: that of an equal one, or the next.
    ///
    /// Where memory is refused the set is what it was. `checkpoint` is polled for cancellation while it
    /// grows; after its error the set is of no use any more.
    #[inline]
    pub fn insert(&mut self, text: &[u8], checkpoint: Checkpoint<'_>) -> Result<u32, Fault> {
        if self.len >= self.slots.all().len() / 4 * 3 {
            self.grow(self.len + 1, checkpoint)?;
        }
        let hash = self.hash(text);
        let slot = self.slot(text, hash);
        match number(self.slots.all()[slot]) {
            Some(number) => Ok(number),
            None => self.add(text, slot, hash),
        }
    }

    /// Makes room for `more` texts, so that there is none to be made text by text.
    pub fn reserve(&mut self, more: usize, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        let len = self.len + more;
        if len > self.slots.all().len() / 4 * 3 {
            self.grow(len, checkpoint)?;
        }
        Ok(())
    }

    fn add(&mut self, text: &[u8], slot: usize, hash: u64) -> Result<u32, Fault> {
        let number = u32::try_from(self.len).ok().filter(|at| *at != u32::MAX);
        let too_many = || Fault::unsupported(format!("more than {} different texts", u32::MAX));
        let number = number.ok_or_else(too_many)?;
        if self.len == self.ends.all().len() {
            self.ends.extend(grown(self.len), self.len)?;
        }
        if self.len == self.words.all().len() {
            self.words.extend(grown(self.len), self.len)?;
        }
        let start = self.start(self.len);
        let end = start + text.len();
        if end > self.bytes.all().len() {
            self.bytes.extend(grown(end), start)?;
        }
        self.bytes.all_mut()[start..end].copy_from_slice(text);
        self.ends.all_mut()[self.len] = end;
        self.words.all_mut()[self.len] = if text.len() <= SHORT {
            ends(text)
        } else {
            (0, 0)
        };
        self.slots.all_mut()[slot] = entry(hash, number);
        self.len += 1;
        Ok(number)
    }

    fn start(&self, number: usize) -> usize {
        number
            .checked_sub(1)
            .map_or(0, |last| self.ends.all()[last])
    }

    /// The hash of a text, whose bits of a length are its length.
    #[inline]
    fn hash(&self, text: &[u8]) -> u64 {
        let length = (text.len() as u64) << u32::BITS;
        self.hasher.hash(text) & !LENGTH | length.min(LENGTH)
    }

    /// The places that hold nine texts of ten of a hash. There have to be slots.
    #[inline]
    fn places(&self, hash: u64) -> [usize; LIKELY] {
        let mask = self.slots.all().len() - 1;
        let first = self.first(hash);
        std::array::from_fn(|further| (first + further) & mask)
    }

    /// The first place of a hash. There have to be slots.
    #[inline]
    fn first(&self, hash: u64) -> usize {
        let mask = self.slots.all().len() - 1;
        // The mask keeps what is cut off here from mattering.
        usize::try_from(hash & mask as u64).unwrap_or(0)
    }

    /// The slot that holds a text of this hash, or the free one where it belongs. There have to be
    /// slots.
    #[inline]
    fn slot(&self, text: &[u8], hash: u64) -> usize {
        let slots = self.slots.all();
        let mask = slots.len() - 1;
        let mut at = self.first(hash);
        loop {
            let slot = slots[at];
            match number(slot) {
                None => return at,
                Some(number) if is_alike(slot, hash) && self.is(number, text) => return at,
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    /// Whether a text of a number, whose hash is alike, is this one.
    #[inline]
    fn is(&self, number: u32, text: &[u8]) -> bool {
        if text.len() <= SHORT {
            self.words.all()[number as usize] == ends(text)
        } else {
            are_equal(self.text(number as usize), text)
        }
    }

    /// Makes at least twice the slots that `len` texts take at least, and finds one for each text anew.
    fn grow(&mut self, len: usize, checkpoint: Checkpoint<'_>) -> Result<(), Fault> {
        let length = (len / 3 * 4 + 8).next_power_of_two();
        self.slots.extend(length, self.slots.all().len())?;
        self.slots.all_mut().fill(FREE);
        let mask = length - 1;
        for (at, number) in (0..self.len).zip(0..) {
            if at % CHECKPOINT_TEXTS == 0 {
                checkpoint.check()?;
            }
            let hash = self.hash(self.text(at));
            let slots = self.slots.all_mut();
            let mut slot = usize::try_from(hash & mask as u64).unwrap_or(0);
            while slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            slots[slot] = entry(hash, number);
        }
        Ok(())
    }
}

#[inline]
fn entry(hash: u64, number: u32) -> u64 {
    hash & !NUMBER | u64::from(number)
}

/// Whether the text of a slot may have this hash; then it has this length, too, if that is short.
#[inline]
const fn is_alike(slot: u64, hash: u64) -> bool {
    slot & !NUMBER == hash & !NUMBER
}

#[inline]
fn number(slot: u64) -> Option<u32> {
    u32::try_from(slot & NUMBER)
        .ok()
        .filter(|_| slot & NUMBER != NUMBER)
}

/// A larger capacity, for a buffer of `len` values that is full.
fn grown(len: usize) -> usize {
    len + (len / 4).max(64)
}
