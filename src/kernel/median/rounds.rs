//! The exact middle of a column by questions and answers: who decides does not count, and who counts
//! does not decide. So a column may be counted in parts, by many threads or machines, whose answers
//! add up in any order.
//!
//! ```text
//! sort the values; take the middle one, or the two middle ones
//! ```
//!
//! Values are compared by their integer keys. A search keeps a range of keys that holds the lower
//! middle, and narrows it question by question; every value of the column is counted once for each.
//!
//! 1. A sorted sample gives the first range: the middle of the sample, six deviations to each side.
//!    It may be wrong; then the counts say so and the range opens up again. What a larger sample
//!    counts may narrow it before all values are counted.
//! 2. A question that *counts* splits the range into bins, and counts the keys below it. The bin that
//!    holds the middle is the next range; the two bins, where the lower middle ends one and the upper
//!    begins the next.
//! 3. When few enough values are left in the range, a question that *keeps* collects them.
//! 4. If the upper middle is above all of these, and who kept did not look there, a last question asks
//!    for the least key *above*.
//!
//! Whatever the data, each count divides the range by the number of bins: with 2048 of them there are at
//! most six counts, and two where the sample is a fair one.
#![expect(
    clippy::cast_possible_truncation,
    reason = "bin numbers and ranks are bounded by the range and by what is kept"
)]

use crate::kernel::median::middle::Middle;

/// Bins, where nothing else is said, as a power of two.
const BITS: u32 = 11;

/// What is asked of the keys of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The least key of the range.
    pub low: u64,
    /// The greatest.
    pub high: u64,
    /// What is wanted of the keys within it.
    pub wanted: Wanted,
}

/// What is wanted of the keys within a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// How many there are in each bin, which is as wide as `1 << shift` keys.
    Counts {
        /// The width of a bin, in bits.
        shift: u32,
    },
    /// The keys themselves, but not more than so many.
    Keys {
        /// How many there may be.
        most: usize,
    },
    /// None of them, but the least key above the range.
    Above,
}

/// What was counted, of all keys or of a part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Keys that were looked at.
    pub present: u64,
    /// Keys below the range.
    pub below: u64,
    /// Keys within it.
    pub inside: u64,
    /// The least key above it; the greatest number where there is none, or nothing looked for it.
    pub above: u64,
    /// Keys in each bin, where counts are wanted.
    pub bins: Vec<u64>,
    /// The keys within it, in any order, where they are wanted and there are not too many.
    pub kept: Vec<u64>,
}

impl Question {
    /// How many bins there are.
    pub const fn bins(&self) -> usize {
        match self.wanted {
            Wanted::Counts { shift } => ((self.high - self.low) >> shift) as usize + 1,
            Wanted::Keys { .. } | Wanted::Above => 0,
        }
    }

    /// The bin of a key within the range.
    #[inline]
    pub const fn place(&self, key: u64, shift: u32) -> usize {
        ((key - self.low) >> shift) as usize
    }

    /// The answer before any key was counted.
    pub fn unanswered(&self) -> Answer {
        Answer {
            present: 0,
            below: 0,
            inside: 0,
            above: u64::MAX,
            bins: vec![0; self.bins()],
            kept: Vec::new(),
        }
    }

    /// Counts some keys.
    #[inline]
    pub fn count(&self, keys: impl Iterator<Item = u64>, answer: &mut Answer) {
        let low = self.low;
        let high = self.high;
        match self.wanted {
            Wanted::Counts { shift } => {
                let (mut present, mut below) = (0, 0);
                for key in keys {
                    present += 1;
                    below += u64::from(key < low);
                    let place = key.wrapping_sub(low);
                    if place <= high - low
                        && let Some(bin) = answer.bins.get_mut((place >> shift) as usize)
                    {
                        *bin += 1;
                        answer.inside += 1;
                    }
                }
                answer.present += present;
                answer.below += below;
            }
            Wanted::Keys { .. } | Wanted::Above => {
                let most = match self.wanted {
                    Wanted::Keys { most } => most,
                    Wanted::Counts { .. } | Wanted::Above => 0,
                };
                // What lies above is hard to foresee, so there is no branch on it.
                let (mut present, mut below, mut above) = (0, 0, answer.above);
                for key in keys {
                    present += 1;
                    below += u64::from(key < low);
                    above = above.min(if key > high { key } else { u64::MAX });
                    if key.wrapping_sub(low) <= high - low {
                        answer.inside += 1;
                        answer.keep(key, most);
                    }
                }
                answer.present += present;
                answer.below += below;
                answer.above = above;
            }
        }
    }
}

impl Answer {
    /// Adds what was counted of another part, for the same question.
    pub fn merge(&mut self, other: &Self) {
        self.present += other.present;
        self.below += other.below;
        self.inside += other.inside;
        self.above = self.above.min(other.above);
        for (bin, others) in self.bins.iter_mut().zip(&other.bins) {
            *bin += others;
        }
        if self.kept.try_reserve(other.kept.len()).is_ok() {
            self.kept.extend(&other.kept);
        }
    }

    /// Counts some keys in a bin.
    #[inline]
    pub fn bin(&mut self, at: usize, count: u64) {
        if let Some(bin) = self.bins.get_mut(at) {
            *bin += count;
        }
    }

    /// Keeps a key, while there are fewer than `most` and there is memory. With too few of them the
    /// search counts again.
    #[inline]
    pub fn keep(&mut self, key: u64, most: usize) {
        let has_room = self.kept.len() < self.kept.capacity();
        if self.kept.len() < most && (has_room || self.kept.try_reserve(1).is_ok()) {
            self.kept.push(key);
        }
    }
}

/// What is searched for, and how.
#[derive(Debug, Clone, Copy)]
pub struct Sought {
    /// How many values the column has; at least one.
    pub count: u64,
    /// The greatest key that a value can have.
    pub greatest: u64,
    /// The most keys that are kept.
    pub room: usize,
    /// The number of bins, as a power of two.
    pub bits: u32,
}

impl Sought {
    /// The middle of `count` values, with the usual number of bins.
    pub const fn middle(count: u64, greatest: u64, room: usize) -> Self {
        Self {
            count,
            greatest,
            room,
            bits: BITS,
        }
    }
}

/// The search for the middle of one column.
#[derive(Debug)]
pub struct MiddleSearch {
    sought: Sought,
    question: Question,
    /// The lower middle, where only the upper one is still unknown.
    lower: Option<u64>,
    found: Option<Middle<u64>>,
}

impl MiddleSearch {
    /// Bytes that the answers to one search hold at most, with `room` keys kept by each of `parts`.
    pub const fn bytes(room: usize, parts: usize) -> usize {
        let kept = room * size_of::<u64>();
        let bins = size_of::<u64>() << BITS;
        size_of::<Self>() + (parts + 1) * if kept > bins { kept } else { bins }
    }

    /// A search. `sample` may hold any keys of the column, in any order.
    pub fn new(sought: Sought, sample: &mut [u64]) -> Self {
        let count = sought.count;
        sample.sort_unstable();
        let half = sample.len() / 2;
        let reach = 3 * sample.len().isqrt() + 1;
        let bracket = half
            .checked_sub(reach)
            .and_then(|low| Some((*sample.get(low)?, *sample.get(half + reach)?)));
        let (low, high) = bracket.unwrap_or((0, sought.greatest));
        let expected = match bracket {
            Some(_) => count / sample.len() as u64 * (2 * reach as u64 + 1) * 5 / 4,
            None => count,
        };
        let wanted = Wanted::Keys { most: 0 };
        let mut search = Self {
            sought,
            question: Question { low, high, wanted },
            lower: None,
            found: None,
        };
        search.ask_again(expected);
        search
    }

    /// Whether bins are asked for.
    pub const fn wants_counts(&self) -> bool {
        matches!(self.question.wanted, Wanted::Counts { .. })
    }

    /// Narrows the range by what was counted in a sample of the column, larger than the first one.
    pub fn narrow(&mut self, sample: &Answer) {
        let Wanted::Counts { shift } = self.question.wanted else {
            return;
        };
        let count = sample.present;
        let reach = 3 * count.isqrt() + 1;
        let Question { low, high, .. } = self.question;
        let bin = |rank: Option<u64>| {
            let rank = rank?.checked_sub(sample.below)?;
            (rank < sample.inside).then(|| bin_of(&sample.bins, rank).0 as u64)
        };
        if let Some(bin) = bin((count / 2).checked_sub(reach)) {
            self.question.low = low + (bin << shift);
        }
        if let Some(bin) = bin(Some(count / 2 + reach)) {
            let last = low.saturating_add((bin << shift) + (1 << shift) - 1);
            self.question.high = high.min(last);
        }
        let held = 2 * reach + 1;
        let share = u128::from(self.sought.count) * u128::from(held) / u128::from(count.max(1));
        self.ask_again(u64::try_from(share * 5 / 4).unwrap_or(u64::MAX));
    }

    /// What every value of the column is to be counted for, or `None` once the middle is found.
    pub fn question(&self) -> Option<Question> {
        self.found.is_none().then_some(self.question)
    }

    /// The middle, once it is found.
    pub const fn found(&self) -> Option<Middle<u64>> {
        self.found
    }

    /// Takes the answer of all parts: narrows the range, or finds the middle.
    pub fn hear(&mut self, answer: &mut Answer) {
        let Sought {
            count, greatest, ..
        } = self.sought;
        let lower = (count - 1) / 2;
        let upper = count / 2;
        if let Some(lower) = self.lower {
            let upper = answer.above;
            self.found = Some(Middle { lower, upper });
            return;
        }
        if lower < answer.below || lower - answer.below >= answer.inside {
            (self.question.low, self.question.high) = (0, greatest);
            self.ask_again(count);
            return;
        }
        let rank = lower - answer.below;
        match self.question.wanted {
            Wanted::Counts { shift } => self.take_bins(answer, shift),
            Wanted::Keys { .. } | Wanted::Above => {
                let single = self.question.low == self.question.high;
                if !single && (answer.kept.len() as u64) < answer.inside {
                    // More than were expected: counting narrows the range further.
                    self.ask_again(answer.inside.max(self.sought.room as u64 + 1));
                    return;
                }
                let low = self.question.low;
                let mut at = |rank: u64| {
                    if rank >= answer.inside {
                        answer.above
                    } else if single {
                        low
                    } else {
                        *answer.kept.select_nth_unstable(rank as usize).1
                    }
                };
                let middle = Middle {
                    lower: at(rank),
                    upper: at(upper - answer.below),
                };
                if middle.upper == u64::MAX {
                    self.lower = Some(middle.lower);
                    self.question.wanted = Wanted::Above;
                } else {
                    self.found = Some(middle);
                }
            }
        }
    }

    /// Narrows the range to the bin that holds the lower middle. The upper one may begin the next bin that
    /// holds any: then both are kept, if there is room.
    fn take_bins(&mut self, answer: &Answer, shift: u32) {
        let Sought { count, room, .. } = self.sought;
        let (lower, upper) = ((count - 1) / 2 - answer.below, count / 2 - answer.below);
        let (bin, mut expected) = bin_of(&answer.bins, lower);
        let mut last = bin;
        if upper < answer.inside {
            let (next, population) = bin_of(&answer.bins, upper);
            let together = expected.saturating_add(population);
            if next != bin && together <= room as u64 {
                (last, expected) = (next, together);
            }
        }
        let Question { low, high, .. } = self.question;
        let end = low.saturating_add((last as u64) << shift);
        self.question.high = high.min(end.saturating_add((1 << shift) - 1));
        self.question.low = low + ((bin as u64) << shift);
        self.ask_again(expected);
    }

    /// Asks about a range that holds `expected` values.
    const fn ask_again(&mut self, expected: u64) {
        let Question { low, high, .. } = self.question;
        self.question.wanted = if low == high {
            Wanted::Keys { most: 0 }
        } else if expected <= self.sought.room as u64 {
            Wanted::Keys {
                most: expected as usize,
            }
        } else {
            let width = u64::BITS - (high - low).leading_zeros();
            Wanted::Counts {
                shift: width.saturating_sub(self.sought.bits),
            }
        };
    }
}

/// The bin that holds the key of rank `rank`, and how many keys it holds.
fn bin_of(bins: &[u64], mut rank: u64) -> (usize, u64) {
    for (bin, population) in bins.iter().enumerate() {
        if rank < *population {
            return (bin, *population);
        }
        rank -= population;
    }
    (0, 0)
}
