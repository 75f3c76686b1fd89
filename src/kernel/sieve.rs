//! The middle of many columns in one look at each value: a bracket that holds the middle with near
//! certainty, counts of what lies below it, and the few values that lie inside.
//!
//! ```text
//! for each value: count it if it is below `low`, at `low` or at `high`; keep it if between
//! the middle is the value of rank (middle - below) among what is kept
//! ```
//!
//! 1. `LANES` values are looked at together: neighbours of a row, each with the bracket of its own
//!    column, or neighbours of one column.
//! 2. Values at the ends of a bracket are only counted, so that columns of few distinct values keep
//!    nothing.
//! 3. NaN is neither below nor between, so missing values need no test.

use super::Real;
use super::isa::Kernel;

/// Values that are looked at together.
pub const LANES: usize = 16;
/// Rows between two emptyings of a catch.
pub const BLOCK: usize = 256;

/// The brackets of `LANES` columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brackets<T> {
    /// The lower ends.
    pub low: [T; LANES],
    /// The upper ends.
    pub high: [T; LANES],
}

impl<T: Real> Brackets<T> {
    /// Brackets that catch nothing.
    pub const fn closed() -> Self {
        Self {
            low: [T::INFINITY; LANES],
            high: [T::NEG_INFINITY; LANES],
        }
    }

    /// The bracket of one column, on all lanes.
    pub const fn splat((low, high): (T, T)) -> Self {
        Self {
            low: [low; LANES],
            high: [high; LANES],
        }
    }
}

/// How many values lay where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not missing.
    pub present: u64,
    /// Below the bracket.
    pub below: u64,
    /// At its lower end.
    pub at_low: u64,
    /// At its upper end.
    pub at_high: u64,
}

impl Counts {
    /// Adds others.
    pub const fn add(&mut self, other: Self) {
        self.present += other.present;
        self.below += other.below;
        self.at_low += other.at_low;
        self.at_high += other.at_high;
    }
}

/// What a block of rows left in the brackets.
#[derive(Debug)]
pub struct Catch<T> {
    present: [u32; LANES],
    below: [u32; LANES],
    at_low: [u32; LANES],
    at_high: [u32; LANES],
    kept: Box<[[T; BLOCK]; LANES]>,
    lengths: [usize; LANES],
}

impl<T: Real> Default for Catch<T> {
    fn default() -> Self {
        Self {
            present: [0; LANES],
            below: [0; LANES],
            at_low: [0; LANES],
            at_high: [0; LANES],
            kept: Box::new([[T::MISSING; BLOCK]; LANES]),
            lengths: [0; LANES],
        }
    }
}

impl<T: Real> Catch<T> {
    /// Values that are kept.
    pub fn kept(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Hands over what was caught on each of the first `lanes` lanes, and begins anew.
    pub fn empty(&mut self, lanes: usize, mut take: impl FnMut(usize, Counts, &[T])) {
        for lane in 0..lanes {
            let counts = Counts {
                present: self.present[lane].into(),
                below: self.below[lane].into(),
                at_low: self.at_low[lane].into(),
                at_high: self.at_high[lane].into(),
            };
            take(lane, counts, &self.kept[lane][..self.lengths[lane]]);
        }
        self.present = [0; LANES];
        self.below = [0; LANES];
        self.at_low = [0; LANES];
        self.at_high = [0; LANES];
        self.lengths = [0; LANES];
    }

    #[expect(
        clippy::needless_bitwise_bool,
        reason = "a branch for each lane would keep them from being compared together"
    )]
    #[inline(always)]
    fn row(&mut self, row: &[T; LANES], brackets: &Brackets<T>) {
        let (low, high) = (&brackets.low, &brackets.high);
        let mut between = [false; LANES];
        let mut any = false;
        for lane in 0..LANES {
            self.present[lane] += u32::from(!row[lane].is_nan());
            let (value, low, high) = (row[lane].order(), low[lane].order(), high[lane].order());
            self.below[lane] += u32::from(value < low);
            self.at_low[lane] += u32::from(value == low);
            self.at_high[lane] += u32::from(value == high);
            between[lane] = (value > low) & (value < high);
            any |= between[lane];
        }
        if any {
            for lane in 0..LANES {
                // Written always and counted only if it belongs: no branch to guess.
                let length = self.lengths[lane];
                self.kept[lane][length % BLOCK] = row[lane];
                self.lengths[lane] = length + usize::from(between[lane]);
            }
        }
    }
}

/// Where the values of a strip lie in a row, and their brackets.
#[derive(Debug, Clone, Copy)]
pub struct Sieve<T> {
    /// The first one.
    pub at: usize,
    /// How many, at most `LANES`.
    pub lanes: usize,
    /// Their brackets.
    pub brackets: Brackets<T>,
}

/// Looks at at most `BLOCK` rows, each `stride` behind the last: along each row, with all sieves,
/// so that memory is read as it lies.
pub fn look<T: Real>(rows: &[T], stride: usize, sieves: &[Sieve<T>], catches: &mut [Catch<T>]) {
    let look = Look {
        rows,
        stride,
        sieves,
        catches,
    };
    look.dispatch();
}

/// Looks at at most `BLOCK * LANES` neighbours of one column.
pub fn look_along<T: Real>(values: &[T], bracket: (T, T), catch: &mut Catch<T>) {
    let sieve = |lanes| Sieve {
        at: 0,
        lanes,
        brackets: Brackets::splat(bracket),
    };
    let (whole, rest) = values.split_at(values.len() / LANES * LANES);
    let catches = std::slice::from_mut(catch);
    look(whole, LANES, &[sieve(LANES)], catches);
    // The last few have a row of their own, and the other lanes of it nothing.
    look(rest, LANES, &[sieve(rest.len())], catches);
}

struct Look<'a, T> {
    rows: &'a [T],
    stride: usize,
    sieves: &'a [Sieve<T>],
    catches: &'a mut [Catch<T>],
}

impl<T: Real> Kernel for Look<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for row in self.rows.chunks(self.stride).take(BLOCK) {
            for (sieve, catch) in self.sieves.iter().zip(&mut *self.catches) {
                let values = row.get(sieve.at..).unwrap_or_default();
                if let Some(values) = values.first_chunk().filter(|_| sieve.lanes == LANES) {
                    catch.row(values, &sieve.brackets);
                } else {
                    let mut padded = [T::MISSING; LANES];
                    let lanes = sieve.lanes.min(values.len());
                    padded[..lanes].copy_from_slice(&values[..lanes]);
                    catch.row(&padded, &sieve.brackets);
                }
            }
        }
    }
}

/// How far from the middle of a sample the ends of a bracket are: six deviations.
pub const fn reach(sample: u64) -> u64 {
    3 * sample.isqrt() + 1
}

/// Values that a narrowing bracket keeps of a column of so many rows: six roots of them, and as many
/// again until it narrows.
pub const fn room(rows: usize) -> usize {
    10 * rows.isqrt() + 1024
}

/// The share of a column that a bracket from a sample of so many values is expected to hold.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub fn share(sample: usize) -> f64 {
    ((2 * reach(sample as u64) + 1) as f64 / sample.max(1) as f64).min(1.0)
}

/// A bracket for the middle of a column, from values picked all over it and NaNs, which are not
/// values; everything where the sample is too small to tell.
pub fn bracket<T: Real>(sample: &mut [T]) -> (T, T) {
    let mut length = 0;
    for at in 0..sample.len() {
        sample[length] = sample[at];
        length += usize::from(!sample[at].is_nan());
    }
    let sample = &mut sample[..length];
    let half = length / 2;
    let reach = usize::try_from(reach(length as u64)).unwrap_or(usize::MAX);
    if half < reach || length - half <= reach {
        return (T::NEG_INFINITY, T::INFINITY);
    }
    let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
    let (_, low, above) = sample.select_nth_unstable_by(half - reach, ordered);
    let low = *low;
    (low, *above.select_nth_unstable_by(2 * reach - 1, ordered).1)
}

/// The two middle values of `count`, equal where the count is odd; `None` where the bracket missed.
pub fn middle<T: Real>(
    count: u64,
    (low, high): (T, T),
    counts: Counts,
    kept: &mut [T],
) -> Option<(T, T)> {
    let ordered = |a: &T, b: &T| a.key().cmp(&b.key());
    let mut at = |rank: u64| {
        let rank = rank.checked_sub(counts.below)?;
        let Some(rank) = rank.checked_sub(counts.at_low) else {
            return Some(low);
        };
        if rank < kept.len() as u64 {
            let rank = usize::try_from(rank).ok()?;
            return Some(*kept.select_nth_unstable_by(rank, ordered).1);
        }
        (rank - (kept.len() as u64) < counts.at_high && low.order() != high.order()).then_some(high)
    };
    Some((at(count.checked_sub(1)? / 2)?, at(count / 2)?))
}

/// Writes `fills`, one for each column, over the NaNs of whole rows.
pub fn patch<T: Real>(rows: &mut [T], fills: &[T]) {
    Patch { rows, fills }.dispatch();
}

struct Patch<'a, T> {
    rows: &'a mut [T],
    fills: &'a [T],
}

impl<T: Real> Kernel for Patch<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let fills = self.fills.as_chunks::<LANES>().0;
        for row in self.rows.chunks_mut(self.fills.len().max(1)) {
            let (row, rest) = row.as_chunks_mut::<LANES>();
            for (values, fills) in row.iter_mut().zip(fills) {
                if values.iter().fold(false, |any, value| any | value.is_nan()) {
                    for (value, fill) in values.iter_mut().zip(fills) {
                        *value = if value.is_nan() { *fill } else { *value };
                    }
                }
            }
            let few = &self.fills[row.len() * LANES..];
            for (value, fill) in rest.iter_mut().zip(few) {
                if value.is_nan() {
                    *value = *fill;
                }
            }
        }
    }
}
