//! A sample and the sums of a share, from the rows that fills are fitted on.

use ndarray::{ArrayView2, Axis};

use crate::error::Result;
use crate::fit::gaps::FillKind;
use crate::fit::shared::Sizes;
use crate::fit::shared::look::shared_key;
use crate::fit::shared::message::{Reader, Writer};
use crate::kernel::Real;
use crate::kernel::scalar::sum::ExactSum;
use crate::workers::Team;

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
}

impl Glimpse {
    /// What the rows of a share show of columns with these fills; other columns have none.
    pub fn of<T: Real>(
        rows: &ArrayView2<'_, T>,
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
        let places: Vec<usize> = at.places(rows.nrows(), sizes.sample).collect();
        let mut samples: Vec<Vec<u64>> = vec![Vec::new(); medians];
        for (done, place) in places.iter().enumerate() {
            let row = rows.row(*place);
            for (sample, column) in samples.iter_mut().zip(columns(FillKind::Median)) {
                if !row[column].is_nan() {
                    sample.push(shared_key(row[column]));
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
            |(), column| {
                let mut sum = ExactSum::default();
                for values in rows.column(column).axis_chunks_iter(Axis(0), BLOCK) {
                    let values = values.into_iter().filter(|value| !value.is_nan());
                    values.for_each(|value| sum.add(value.to_f64()));
                    workers.check()?;
                }
                Ok((column, sum))
            },
        )?;
        sums.sort_unstable_by_key(|(column, _)| *column);
        Ok(Self {
            samples,
            sums: sums.into_iter().map(|(_, sum)| sum).collect(),
        })
    }

    /// Adds what another share shows.
    pub fn merge(&mut self, other: Self) {
        if self.samples.is_empty() && self.sums.is_empty() {
            *self = other;
            return;
        }
        for (sample, more) in self.samples.iter_mut().zip(other.samples) {
            sample.extend(more);
        }
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            sum.merge(more);
        }
    }

    /// Writes it to a message; keys have so many bytes.
    pub fn write(self, width: usize, to: &mut Writer) {
        to.count(self.samples.len());
        for sample in self.samples {
            to.count(sample.len());
            for key in sample {
                to.fixed(key, width);
            }
        }
        to.count(self.sums.len());
        for sum in self.sums {
            for word in sum.to_words() {
                to.fixed(word, 8);
            }
        }
    }

    /// Reads one of columns with these fills, whose keys have so many bytes.
    pub fn read(fills: &[Option<FillKind>], width: usize, from: &mut Reader<'_>) -> Result<Self> {
        let count = |kind| fills.iter().filter(|fill| **fill == Some(kind)).count();
        let mut read = Self::default();
        from.expect(count(FillKind::Median))?;
        for _ in 0..count(FillKind::Median) {
            let keys = from.count(width)?;
            let keys = (0..keys).map(|_| from.fixed(width));
            read.samples.push(keys.collect::<Result<_>>()?);
        }
        from.expect(count(FillKind::Mean))?;
        for _ in 0..count(FillKind::Mean) {
            let words = (0..ExactSum::WORDS).map(|_| from.fixed(8));
            let words = words.collect::<Result<Vec<u64>>>()?;
            let sum = ExactSum::from_words(&words).ok_or_else(|| from.strange())?;
            read.sums.push(sum);
        }
        Ok(read)
    }
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
