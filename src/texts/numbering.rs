//! Texts that threads number while they read them, so that none is read twice: their order, and with it
//! their codes, is known when all are there.
//!
//! Texts that are foreseen have their codes for numbers: where no others come, the numbers are the codes.
//! Of the others each thread knows those that it has met in its chunk, and asks the other threads for new
//! ones only.

use std::sync::{Arc, Mutex, PoisonError};

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Error, Fault};
use crate::texts::set::{TOGETHER, TextSet};
use crate::texts::vocabulary::{MergedTexts, Texts, Vocabulary};

/// The number of a text that this thread has not asked the others for.
const UNASKED: u32 = u32::MAX;

/// The texts of a column, as all threads number them.
#[derive(Debug)]
pub struct SharedTexts {
    account: Arc<Account>,
    foreseen: Mutex<Option<Arc<Texts>>>,
    others: Mutex<Vocabulary>,
}

/// The texts of a column in the order of their bytes, and the code of each number.
#[derive(Debug)]
pub struct NumberedTexts {
    /// All texts.
    pub texts: Arc<Texts>,
    /// For the number of each text that was foreseen, which text it is; none where no others came.
    places: Option<Scratch<u32>>,
}

/// The texts that one thread knows, and their numbers among those of all.
#[derive(Debug)]
pub struct Numbering {
    shared: Arc<SharedTexts>,
    foreseen: Option<Arc<Texts>>,
    /// The others that it has met.
    known: TextSet,
    /// For each of these the number that all threads give it.
    numbers: Scratch<u32>,
}

impl SharedTexts {
    /// No texts yet but those that are foreseen. They are leased from `account`, and so is what threads
    /// know of them.
    pub fn new(foreseen: Option<Texts>, account: &Arc<Account>) -> Self {
        Self {
            account: Arc::clone(account),
            foreseen: Mutex::new(foreseen.map(Arc::new)),
            others: Mutex::new(Vocabulary::new(account)),
        }
    }

    /// Takes the texts, when no thread adds to them any more.
    pub fn take(&self, checkpoint: Checkpoint<'_>) -> Result<NumberedTexts, Fault> {
        let none = Vocabulary::new(&self.account);
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let others = std::mem::replace(&mut *others, none);
        let mut foreseen = self.foreseen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(foreseen) = foreseen.take() else {
            let texts = Arc::new(others.sorted(checkpoint)?);
            let places = Some(Scratch::new(&self.account));
            return Ok(NumberedTexts { texts, places });
        };
        if others.is_empty() {
            let places = None;
            let texts = foreseen;
            return Ok(NumberedTexts { texts, places });
        }
        let in_use = || Error::Internal("texts are still being numbered".to_owned());
        let foreseen = Arc::into_inner(foreseen).ok_or_else(in_use)?;
        let MergedTexts { texts, places } = foreseen.with(&others, checkpoint)?;
        Ok(NumberedTexts {
            texts: Arc::new(texts),
            places: Some(places),
        })
    }

    fn foreseen(&self) -> Option<Arc<Texts>> {
        let foreseen = self.foreseen.lock().unwrap_or_else(PoisonError::into_inner);
        foreseen.clone()
    }

    /// The number of a text that is not foreseen.
    fn number(&self, text: &[u8]) -> Result<u32, Fault> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.number(text, Checkpoint::NONE)
    }
}

impl NumberedTexts {
    /// Whether the numbers are the codes.
    pub const fn are_codes(&self) -> bool {
        self.places.is_none()
    }

    /// The code of the text that has a number.
    pub fn code(&self, number: u32) -> u32 {
        let Some(places) = &self.places else {
            return number;
        };
        let place = places.all().get(number as usize);
        self.texts.code(place.copied().unwrap_or(number))
    }
}

impl Numbering {
    /// That of a thread that knows no texts but those that are foreseen.
    pub fn new(shared: &Arc<SharedTexts>) -> Self {
        Self {
            foreseen: shared.foreseen(),
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
        let foreseen = self.foreseen.as_ref();
        if let Some(code) = foreseen.and_then(|foreseen| foreseen.find(text)) {
            return Ok(code);
        }
        let count = self.known.len();
        self.reserve(count)?;
        let known = self.known.insert(text, Checkpoint::NONE)? as usize;
        if known == count {
            self.numbers.all_mut()[known] = UNASKED;
        }
        match self.numbers.all()[known] {
            UNASKED => {
                check(text)?;
                let number = self.behind(self.shared.number(text)?)?;
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
        if let Some(foreseen) = &self.foreseen {
            foreseen.find_together(texts, numbers);
            for (text, number) in texts.iter().zip(numbers) {
                if number.is_nan() {
                    *number = f64::from(self.number(text, &check)?);
                }
            }
            return Ok(());
        }
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

    /// The number among all texts of one that is not foreseen.
    fn behind(&self, number: u32) -> Result<u32, Fault> {
        let foreseen = self.foreseen.as_ref().map_or(0, |texts| texts.len());
        let number = u32::try_from(foreseen)
            .ok()
            .and_then(|first| first.checked_add(number));
        number.ok_or_else(|| Fault::unsupported(format!("more than {} different texts", u32::MAX)))
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
