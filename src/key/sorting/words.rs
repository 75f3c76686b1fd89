//! Sorting of words, in place and with polls for cancellation: many words are parted by the first eight
//! bits in which they differ, and few are sorted whole.

use crate::error::{Checkpoint, Result};

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
    let first = words[0].number();
    let differ = words
        .iter()
        .fold(0, |differ, word| differ | (word.number() ^ first));
    if differ == 0 {
        return Ok(());
    }
    // Parts do not differ in these bits any more, so parts of parts come to an end.
    let shift = (u128::BITS - differ.leading_zeros()).saturating_sub(8);
    let ends = part(words, shift, checkpoint)?;
    let mut start = 0;
    for end in ends {
        sort(&mut words[start..end], checkpoint)?;
        start = end;
    }
    Ok(())
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
