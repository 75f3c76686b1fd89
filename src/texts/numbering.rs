//! Texts that threads number while they read them, so that none is read twice: their order, and with it
//! their codes, is known when all are there.
//!
//! Each thread knows the texts that it has met in its chunk, and asks the others for new ones only.

use std::sync::{Arc, Mutex, PoisonError};

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault};
use crate::texts::set::{TOGETHER, TextSet};
use crate::texts::vocabulary::{Texts, Vocabulary};

/// The number of a text that this thread has not asked the others for.
const UNASKED: u32 = u32::MAX;

/// The texts of a column, as all threads number them.
#[derive(Debug)]
pub struct SharedTexts {
    account: Arc<Account>,
    texts: Mutex<Vocabulary>,
}

/// The texts that one thread knows, and their numbers among those of all.
#[derive(Debug)]
pub struct Numbering {
    shared: Arc<SharedTexts>,
    known: TextSet,
    /// For each text that is known the number that all threads give it.
    numbers: Scratch<u32>,
}

impl SharedTexts {
    /// No texts yet. They are leased from `account`, and so is what threads know of them.
    pub fn new(account: &Arc<Account>) -> Self {
        Self {
            account: Arc::clone(account),
            texts: Mutex::new(Vocabulary::new(account)),
        }
    }

    /// Takes the texts, in the order of their bytes, when no thread adds to them any more.
    pub fn sorted(&self, checkpoint: Checkpoint<'_>) -> Result<Texts, Fault> {
        let none = Vocabulary::new(&self.account);
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *texts, none).sorted(checkpoint)
    }

    fn number(&self, text: &[u8]) -> Result<u32, Fault> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.number(text, Checkpoint::NONE)
    }
}

impl Numbering {
    /// That of a thread that knows none of the texts.
    pub fn new(shared: &Arc<SharedTexts>) -> Self {
        Self {
            known: TextSet::new(&shared.account),
            numbers: Scratch::new(&shared.account),
            shared: Arc::clone(shared),
        }
    }

    /// The number of a text. Where the thread meets it for the first time, `check` may refuse it.
    #[inline]
    pub fn number(
        &mut self,
        text: &[u8],
        check: impl FnOnce(&[u8]) -> Result<(), Fault>,
    ) -> Result<u32, Fault> {
        let count = self.known.len();
        self.reserve(count)?;
        let known = self.known.insert(text, Checkpoint::NONE)? as usize;
        if known == count {
            self.numbers.all_mut()[known] = UNASKED;
        }
        match self.numbers.all()[known] {
            UNASKED => {
                check(text)?;
                let number = self.shared.number(text)?;
                self.numbers.all_mut()[known] = number;
                Ok(number)
            }
            number => Ok(number),
        }
    }

    /// The numbers of at most [`TOGETHER`] texts.
    pub fn number_together(
        &mut self,
        texts: &[&[u8]],
        numbers: &mut [f64],
        check: impl Fn(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut known = [None; TOGETHER];
        self.known.find_together(texts, &mut known);
        for ((text, known), place) in texts.iter().zip(known).zip(numbers) {
            let number = known.map(|known| self.numbers.all()[known as usize]);
            let number = match number.filter(|number| *number != UNASKED) {
                Some(number) => number,
                None => self.number(text, &check)?,
            };
            *place = f64::from(number);
        }
        Ok(())
    }

    /// Makes room for the number of one more text.
    fn reserve(&mut self, count: usize) -> Result<(), Fault> {
        if count >= self.numbers.all().len() {
            let length = count + (count / 4).max(64);
            self.numbers.extend(length, count)?;
        }
        Ok(())
    }
}
