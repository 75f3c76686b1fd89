//! Many columns in one look at each value, along the rows: what lies below the bracket of its column
//! is counted, and what lies inside is kept.
//!
//! ```text
//! for each value: count it if it is below `low`, at `low` or at `high`; keep it if between
//! ```
//!
//! `LANES` neighbours of a row are looked at together, each with the bracket of its own column.

use crate::kernel::Real;
use crate::kernel::isa::Kernel;
use crate::kernel::median::bracket::Counts;

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
    let look = Checkpoint {
        rows,
        stride,
        sieves,
        catches,
    };
    look.dispatch();
}

struct Checkpoint<'a, T> {
    rows: &'a [T],
    stride: usize,
    sieves: &'a [Sieve<T>],
    catches: &'a mut [Catch<T>],
}

impl<T: Real> Kernel for Checkpoint<'_, T> {
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
