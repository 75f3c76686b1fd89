//! The exact middle of a column that is read a few times, in pieces, in bounded memory.
//!
//! ```text
//! sort the values; take the middle one, or the two middle ones
//! ```
//!
//! Values are compared by their integer keys. A search keeps a range of keys that holds the lower
//! middle, and narrows it round by round; each round sees every value once, in any order.
//!
//! 1. A sorted sample gives the first range: the middle of the sample, six deviations to each side.
//!    It may be wrong; then the counts say so and the range is opened again.
//! 2. A *count* round splits the range into 2048 bins and counts the values below the range. The
//!    bin that holds the middle is the next range.
//! 3. When few enough values are left in the range, a *keep* round collects them and selects.
//!
//! Whatever the data, a count round divides the range by 2048, so there are at most six of them;
//! with a fair sample there are two rounds.
#![expect(
    clippy::cast_possible_truncation,
    reason = "bin numbers and ranks are bounded by the range and by what is kept"
)]

use crate::kernel::median::middle::Middle;

const BINS: usize = 2048;

/// The search for the middle of one column.
#[derive(Debug)]
pub struct RoundSearch {
    count: u64,
    room: usize,
    low: u64,
    high: u64,
    round: Round,
    below: u64,
    found: Option<Middle<u64>>,
}

#[derive(Debug)]
enum Round {
    Count {
        shift: u32,
        bins: Vec<u64>,
    },
    Keep {
        kept: Vec<u64>,
        inside: u64,
        above: u64,
    },
}

impl RoundSearch {
    /// The most bytes of one search that keeps `room` keys.
    pub const fn bytes(room: usize) -> usize {
        let kept = room * size_of::<u64>();
        let bins = BINS * size_of::<u64>();
        size_of::<Self>() + if kept > bins { kept } else { bins }
    }

    /// A search among `count` values (at least one) that keeps at most `room` keys. `sample` may
    /// hold any keys of the column, in any order.
    pub fn new(count: u64, room: usize, sample: &mut [u64]) -> Self {
        sample.sort_unstable();
        let half = sample.len() / 2;
        let reach = 3 * sample.len().isqrt() + 1;
        let bracket = half
            .checked_sub(reach)
            .and_then(|low| Some((*sample.get(low)?, *sample.get(half + reach)?)));
        let (low, high) = bracket.unwrap_or((0, u64::MAX));
        let expected = match bracket {
            Some(_) => count / sample.len() as u64 * (2 * reach as u64 + 1) * 5 / 4,
            None => count,
        };
        let mut search = Self {
            count,
            room,
            low,
            high,
            round: Round::Keep {
                kept: Vec::new(),
                inside: 0,
                above: u64::MAX,
            },
            below: 0,
            found: None,
        };
        search.begin(expected);
        search
    }

    /// The middle keys, once they are found.
    pub const fn found(&self) -> Option<Middle<u64>> {
        self.found
    }

    /// Takes the keys of some values. Every value of the column must be shown once in each round.
    #[inline]
    pub fn show(&mut self, keys: impl Iterator<Item = u64>) {
        let (low, high) = (self.low, self.high);
        match &mut self.round {
            Round::Count { shift, bins } => {
                for key in keys {
                    if key < low {
                        self.below += 1;
                    } else if key <= high {
                        bins[((key - low) >> *shift) as usize % BINS] += 1;
                    }
                }
            }
            Round::Keep {
                kept,
                inside,
                above,
            } => {
                for key in keys {
                    if key < low {
                        self.below += 1;
                    } else if key > high {
                        *above = key.min(*above);
                    } else {
                        *inside += 1;
                        if low != high && kept.len() < kept.capacity() {
                            kept.push(key);
                        }
                    }
                }
            }
        }
    }

    /// Ends a round: narrows the range, or finds the answer.
    pub fn advance(&mut self) {
        let (lower, upper) = ((self.count - 1) / 2, self.count / 2);
        let inside = match &self.round {
            Round::Count { bins, .. } => bins.iter().sum(),
            Round::Keep { inside, .. } => *inside,
        };
        if lower < self.below || lower - self.below >= inside {
            (self.low, self.high) = (0, u64::MAX);
            self.begin(self.count);
            return;
        }
        let rank = lower - self.below;
        match &mut self.round {
            Round::Count { shift, bins } => {
                let (bin, population) = bin_of(bins, rank);
                let low = self.low + ((bin as u64) << *shift);
                self.high = self.high.min(low.saturating_add((1 << *shift) - 1));
                self.low = low;
                self.begin(population);
            }
            Round::Keep {
                kept,
                inside,
                above,
            } => {
                if self.low != self.high && (kept.len() as u64) < *inside {
                    let inside = *inside;
                    self.begin(inside.max(self.room as u64 + 1));
                    return;
                }
                let single = self.low;
                let mut at = |rank: u64| {
                    if rank >= *inside {
                        *above
                    } else if kept.is_empty() {
                        single
                    } else {
                        *kept.select_nth_unstable(rank as usize).1
                    }
                };
                self.found = Some(Middle {
                    lower: at(rank),
                    upper: at(upper - self.below),
                });
            }
        }
    }

    /// Begins a round over a range that holds `expected` values.
    fn begin(&mut self, expected: u64) {
        self.below = 0;
        let mut kept = Vec::new();
        let single = self.low == self.high;
        let fits = expected <= self.room as u64
            // Without memory for them, counting finds the middle as well.
            && kept.try_reserve_exact(expected as usize).is_ok();
        self.round = if single || fits {
            Round::Keep {
                kept,
                inside: 0,
                above: u64::MAX,
            }
        } else {
            let width = u64::BITS - (self.high - self.low).leading_zeros();
            Round::Count {
                shift: width.saturating_sub(BINS.ilog2()),
                bins: vec![0; BINS],
            }
        };
    }
}

/// The bin that holds the value of rank `rank`, and how many values it holds.
fn bin_of(bins: &[u64], mut rank: u64) -> (usize, u64) {
    for (bin, population) in bins.iter().enumerate() {
        if rank < *population {
            return (bin, *population);
        }
        rank -= population;
    }
    (0, 0)
}
