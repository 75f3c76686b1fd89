//! Sorting of words, in place and with polls for cancellation: many words are parted by the first eight
//! bits in which they differ, and few are sorted whole.

use std::cmp::Reverse;
use std::sync::Mutex;

use crate::error::{Checkpoint, Result};
use crate::workers::{Team, lock};

/// Words that are sorted without a poll: some milliseconds of work, in the second cache.
pub(super) const WHOLE: usize = 1 << 17;
/// Words that are moved between two polls.
const CHECKPOINT_WORDS: usize = 1 << 20;
/// Parts at a time.
const PARTS: usize = 256;

/// What is sorted: an unsigned number.
pub(super) trait Word: Copy {
    /// The number.
    fn number(self) -> u128;
}

impl Word for u64 {
    #[inline]
    fn number(self) -> u128 {
        self.into()
    }
}

/// The upper half and the lower one.
impl Word for [u64; 2] {
    #[inline]
    fn number(self) -> u128 {
        u128::from(self[0]) << 64 | u128::from(self[1])
    }
}

/// Sorts words. After an error of the checkpoint they are of no use any more.
pub(super) fn sort<W: Word>(words: &mut [W], checkpoint: Checkpoint<'_>) -> Result<()> {
    checkpoint.check()?;
    if words.len() <= WHOLE {
        words.sort_unstable_by_key(|word| word.number());
        return Ok(());
    }
    // Parts do not differ in these bits any more, so parts of parts come to an end.
    let Some(ends) = first_parts(words, checkpoint)? else {
        return Ok(());
    };
    let mut start = 0;
    for end in ends {
        sort(&mut words[start..end], checkpoint)?;
        start = end;
    }
    Ok(())
}

/// Sorts words by several threads: one parts them, and then all sort parts.
pub(super) fn sort_together<W: Word + Send>(words: &mut [W], team: &mut Team<'_>) -> Result<()> {
    let workers = team.workers;
    let parted = {
        let words = Mutex::new(&mut *words);
        let ends = workers.run(1, team.caller, || {
            let poll = |bytes| workers.check_after(bytes);
            first_parts(&mut lock(&words), Checkpoint::new(&poll))
        })?;
        ends.into_iter().flatten().next()
    };
    let mut parts = Vec::new();
    let mut rest = words;
    let mut start = 0;
    for end in parted.into_iter().flatten() {
        let (part, others) = rest.split_at_mut(end - start);
        parts.push(part);
        rest = others;
        start = end;
    }
    parts.push(rest);
    // The largest first, so that no thread is left with one at the end.
    parts.sort_by_key(|part| Reverse(part.len()));
    let sort = |(): &mut (), part: &mut [W]| {
        let poll = |bytes| workers.check_after(bytes);
        sort(part, Checkpoint::new(&poll))
    };
    team.for_each(parts, || Ok(()), sort)?;
    Ok(())
}

/// Parts words by the first eight bits in which they differ; none where they are few or alike.
fn first_parts<W: Word>(
    words: &mut [W],
    checkpoint: Checkpoint<'_>,
) -> Result<Option<[usize; PARTS]>> {
    if words.len() <= WHOLE {
        return Ok(None);
    }
    match differing(words) {
        0 => Ok(None),
        differ => {
            let shift = (u128::BITS - differ.leading_zeros()).saturating_sub(8);
            part(words, shift, checkpoint).map(Some)
        }
    }
}

/// The bits in which not all words are alike.
fn differing<W: Word>(words: &[W]) -> u128 {
    let first = words.first().map_or(0, |word| word.number());
    let words = words.iter();
    words.fold(0, |differ, word| differ | (word.number() ^ first))
}

/// Parts words by eight bits, and returns where each part ends.
fn part<W: Word>(
    words: &mut [W],
    shift: u32,
    checkpoint: Checkpoint<'_>,
) -> Result<[usize; PARTS]> {
    let digit = |word: W| (word.number() >> shift & 0xff) as usize;
    let mut ends = [0; PARTS];
    for word in &*words {
        ends[digit(*word)] += 1;
    }
    let mut next = [0; PARTS];
    let mut end = 0;
    for (next, count) in next.iter_mut().zip(&mut ends) {
        *next = end;
        end += *count;
        *count = end;
    }
    let mut moved = 0_usize;
    for own in 0..PARTS {
        while next[own] < ends[own] {
            // The word goes to its part, and the one that was there goes on, until one comes back.
            let mut word = words[next[own]];
            loop {
                let part = digit(word);
                let place = next[part];
                next[part] += 1;
                std::mem::swap(&mut words[place], &mut word);
                moved += 1;
                if moved.is_multiple_of(CHECKPOINT_WORDS) {
                    checkpoint.check()?;
                }
                if part == own {
                    break;
                }
            }
        }
    }
    Ok(ends)
}
