//! A sample and the sums of a share, from the rows that fills are fitted on.

use ndarray::{ArrayView1, Axis};

use crate::error::Result;
use crate::fit::gaps::FillKind;
use crate::fit::shared::message::{Reader, Writer};
use crate::fit::shared::pass::shared_key;
use crate::fit::shared::{HeldRows, MESSAGE, Sizes};
use crate::kernel::Real;
use crate::kernel::scalar::sum::ExactSum;
use crate::workers::{Team, Workers};

/// Values that are read between two polls for cancellation.
const BLOCK: usize = 32 << 10;
/// Rows of a sample between two polls.
const SURVEYED: usize = 256;

/// Where the rows of a share are among all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedRows {
    /// The number of its first row.
    pub first: usize,
    /// How many rows the largest share has.
    pub most: usize,
}

/// A sample of the values of each column whose fill is a median, and the sum of each whose fill is a
/// mean.
#[derive(Debug, Default)]
pub struct Glimpse {
    /// For each median some keys.
    pub samples: Vec<Vec<u64>>,
    /// For each mean the sum.
    pub sums: Vec<ExactSum>,
    /// Each key of a sample stands for as many as two to this power do in one that is not thinned.
    pub level: u32,
}

/// The highest level of a sample.
const MOST_LEVEL: u32 = 32;

impl Glimpse {
    /// What the rows of a share show of columns with these fills; other columns have none.
    pub fn of<T: Real>(
        rows: &HeldRows<'_, T>,
        at: SharedRows,
        fills: &[Option<FillKind>],
        team: &mut Team<'_>,
    ) -> Result<Self> {
        let columns = |kind: FillKind| {
            let columns = fills.iter().enumerate();
            columns.filter_map(move |(at, fill)| (*fill == Some(kind)).then_some(at))
        };
        let medians = columns(FillKind::Median).count();
        let sizes = Sizes::new(medians, size_of::<T>());
        let places: Vec<usize> = at.places(rows.rows(), sizes.sample).collect();
        let mut samples: Vec<Vec<u64>> = vec![Vec::new(); medians];
        for (done, place) in places.iter().enumerate() {
            for (sample, column) in samples.iter_mut().zip(columns(FillKind::Median)) {
                let value = rows.value(*place, column);
                if !value.is_nan() {
                    sample.push(shared_key(value));
                }
            }
            if done % SURVEYED == 0 {
                team.workers.check()?;
            }
        }
        let workers = team.workers;
        let mut sums = team.for_each(
            columns(FillKind::Mean),
            || Ok(()),
            |(), column| Ok((column, sum(rows, column, workers)?)),
        )?;
        sums.sort_unstable_by_key(|(column, _)| *column);
        Ok(Self {
            samples,
            sums: sums.into_iter().map(|(_, sum)| sum).collect(),
            level: 0,
        })
    }

    /// Whether another one is of as many columns.
    pub const fn is_like(&self, other: &Self) -> bool {
        self.samples.len() == other.samples.len() && self.sums.len() == other.sums.len()
    }

    /// Whether it is of columns with these fills.
    pub fn is_of(&self, fills: &[Option<FillKind>]) -> bool {
        let count = |kind| fills.iter().filter(|fill| **fill == Some(kind)).count();
        self.samples.len() == count(FillKind::Median) && self.sums.len() == count(FillKind::Mean)
    }

    /// Adds what another one of as many columns shows.
    pub fn merge(&mut self, mut other: Self) {
        let level = self.level.max(other.level);
        self.thin(level);
        other.thin(level);
        for (sample, more) in self.samples.iter_mut().zip(other.samples) {
            sample.extend(more);
        }
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            sum.merge(more);
        }
    }

    /// Thins the samples until their keys, of so many bytes each, fit a message.
    pub fn fit(&mut self, width: usize) {
        let keys = |samples: &[Vec<u64>]| samples.iter().map(Vec::len).sum::<usize>();
        while self.level < MOST_LEVEL && keys(&self.samples) * width > MESSAGE {
            self.thin(self.level + 1);
        }
    }

    /// Thins the samples to a level.
    fn thin(&mut self, level: u32) {
        let of = 1_usize << level.saturating_sub(self.level).min(MOST_LEVEL);
        if of > 1 {
            for sample in &mut self.samples {
                *sample = sample.iter().copied().step_by(of).collect();
            }
            self.level = level;
        }
    }

    /// Writes it to a message; keys have so many bytes.
    pub fn write(&self, width: usize, to: &mut Writer) {
        to.number(self.level.into());
        to.count(self.samples.len());
        for sample in &self.samples {
            to.count(sample.len());
            for key in sample {
                to.fixed(*key, width);
            }
        }
        to.count(self.sums.len());
        for sum in &self.sums {
            for word in sum.clone().to_words() {
                to.fixed(word, 8);
            }
        }
    }

    /// Reads one whose keys have so many bytes.
    pub fn read(width: usize, from: &mut Reader<'_>) -> Result<Self> {
        let level = u32::try_from(from.number()?).unwrap_or(u32::MAX);
        if level > MOST_LEVEL {
            return Err(from.strange());
        }
        let mut read = Self {
            level,
            ..Self::default()
        };
        for _ in 0..from.count(1)? {
            let keys = from.count(width)?;
            let keys = (0..keys).map(|_| from.fixed(width));
            read.samples.push(keys.collect::<Result<_>>()?);
        }
        for _ in 0..from.count(ExactSum::WORDS * 8)? {
            let words = (0..ExactSum::WORDS).map(|_| from.fixed(8));
            let words = words.collect::<Result<Vec<u64>>>()?;
            let sum = ExactSum::from_words(&words).ok_or_else(|| from.strange())?;
            read.sums.push(sum);
        }
        Ok(read)
    }
}

/// The sum of a column.
fn sum<T: Real>(rows: &HeldRows<'_, T>, column: usize, workers: &Workers) -> Result<ExactSum> {
    let mut sum = ExactSum::default();
    let mut add = |values: ArrayView1<'_, T>| {
        let values = values.into_iter().filter(|value| !value.is_nan());
        values.for_each(|value| sum.add(value.to_f64()));
        workers.check()
    };
    match rows {
        HeldRows::InRows(rows) => {
            let column = rows.column(column);
            column
                .axis_chunks_iter(Axis(0), BLOCK)
                .try_for_each(&mut add)?;
        }
        HeldRows::InPieces(pieces) => {
            let pieces = pieces.values(column, 0..pieces.fitted());
            let mut blocks = pieces.flat_map(|piece| piece.chunks(BLOCK));
            blocks.try_for_each(|values| add(values.into()))?;
        }
    }
    Ok(sum)
}

impl SharedRows {
    /// The places of a sample among `length` rows of a share, about `most` where the share is one of the
    /// largest. One row of each stride, at varying places in it, so that a period in the data does not
    /// bias the sample.
    fn places(self, length: usize, most: usize) -> impl Iterator<Item = usize> {
        let stride = self.most.div_ceil(most.max(1)).max(1);
        let before = self.first / stride * stride;
        let end = self.first + length;
        let strides = (end - before).div_ceil(stride);
        let all = (0..strides).map(move |at| before + at * stride);
        let places = all.filter_map(move |start| {
            let mixed = (start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            let inside = usize::try_from(mixed).unwrap_or_default() % stride;
            (start + inside).checked_sub(self.first)
        });
        places.filter(move |place| *place < length)
    }
}
