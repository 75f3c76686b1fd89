//! What is known of the columns of all shares, and what is asked next.

use crate::error::Result;
use crate::fit::gaps::{ColumnFill, FillKind, GapColumn};
use crate::fit::shared::glimpse::Glimpse;
use crate::fit::shared::look::Look;
use crate::fit::shared::message::Reader;
use crate::fit::shared::{COLUMNS, Keys, Sizes};
use crate::kernel::Real;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rounds::{MiddleSearch, Sought};
use crate::kernel::scalar::sum::ExactSum;

/// The fills of columns whose rows are divided.
#[derive(Debug)]
pub struct SharedFit {
    keys: Keys,
    found: Vec<(usize, Found)>,
    /// Columns that are still searched, ascending.
    searched: Vec<(GapColumn, MiddleSearch)>,
    /// How often all shares have looked.
    looks: usize,
    /// One row of so many is looked at first; none where all are few.
    stride: Option<usize>,
}

/// What is found of a column.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// Its mean, or zero where it is empty.
    Value(f64),
    /// The middle of so many values.
    Middle(Middle<u64>, u64),
}

/// Rows of a share that are looked at first, at least and at most; and of how many one is, at least. See
/// `benchmarks/NOTES.md`.
const FIRST: (usize, usize) = (1 << 12, 1 << 18);
const OF: usize = 16;

/// Of how many rows one is looked at first, where the largest share has so many: a number without small
/// factors, so that no period of the data is met again and again.
fn stride(rows: usize) -> Option<usize> {
    let first = (rows / OF).min(FIRST.1);
    let least = rows.checked_div(first).filter(|_| first >= FIRST.0)?;
    let has_factor = |number: usize| {
        [2, 3, 5, 7, 11, 13]
            .iter()
            .any(|factor| number.is_multiple_of(*factor))
    };
    (least..least + 1_000).find(|number| !has_factor(*number))
}

/// More looks than any data need.
const MOST_LOOKS: usize = 1 << 12;

impl SharedFit {
    /// The fills of `gaps`, in the order of their columns; the largest share has `most` rows. `glimpse`
    /// is of all shares: a sample for each column whose kind of fill is a median, and a sum for each whose
    /// kind is a mean.
    pub fn new(
        gaps: &[GapColumn],
        kinds: &[Option<FillKind>],
        keys: Keys,
        glimpse: Glimpse,
        most: usize,
    ) -> Self {
        let medians = kinds.iter().filter(|kind| **kind == Some(FillKind::Median));
        let sizes = Sizes::new(medians.count(), keys.width);
        let (mut samples, mut sums) = (glimpse.samples.into_iter(), glimpse.sums.into_iter());
        let mut gaps = gaps.iter().peekable();
        let mut fit = Self {
            keys,
            found: Vec::new(),
            searched: Vec::new(),
            looks: 0,
            stride: stride(most),
        };
        for (column, kind) in kinds.iter().enumerate() {
            let (mut sample, mut sum) = (None, None);
            match kind {
                Some(FillKind::Median) => sample = samples.next(),
                Some(FillKind::Mean) => sum = sums.next(),
                Some(FillKind::Zero) | None => {}
            }
            let Some(gap) = gaps.next_if(|gap| gap.column == column) else {
                continue;
            };
            if gap.fill == FillKind::Median && gap.count > 0 {
                let sought = Sought {
                    count: gap.count,
                    greatest: keys.greatest,
                    room: sizes.room,
                    bits: sizes.bits,
                };
                let search = MiddleSearch::new(sought, &mut sample.unwrap_or_default());
                fit.searched.push((*gap, search));
            } else {
                let mean = sum.filter(|_| gap.fill == FillKind::Mean && gap.count > 0);
                let value = Found::Value(mean.map_or(0.0, ExactSum::mean));
                fit.found.push((column, value));
            }
        }
        fit
    }

    /// What every share is asked next; nothing once all fills are found.
    pub fn look(&self) -> Option<Look> {
        let searched = self.searched.iter().take(COLUMNS);
        let questions = searched.filter_map(|(gap, search)| Some((gap.column, search.question()?)));
        let look = Look {
            stride: self.first_stride().unwrap_or(1),
            questions: questions.collect(),
        };
        (!look.questions.is_empty()).then_some(look)
    }

    /// Of how many rows one is looked at next, where it is not all.
    fn first_stride(&self) -> Option<usize> {
        let mut searched = self.searched.iter().take(COLUMNS);
        self.stride
            .filter(|_| searched.any(|(_, search)| search.wants_counts()))
    }

    /// Hears what each share has answered.
    pub fn hear<M: AsRef<[u8]>>(&mut self, answers: &[M]) -> Result<()> {
        let Some(look) = self.look() else {
            return Ok(());
        };
        let questions = look.questions.iter();
        let mut sums: Vec<_> = questions
            .map(|(_, question)| question.unanswered())
            .collect();
        for (share, answer) in answers.iter().enumerate() {
            let answers = look.read(answer.as_ref(), self.keys.width, share)?;
            for ((sum, answer), (gap, _)) in sums.iter_mut().zip(&answers).zip(&self.searched) {
                let counted = answer.below.checked_add(answer.inside);
                if counted.is_none_or(|counted| counted > gap.count) {
                    return Err(Reader::new(&[], share).strange());
                }
                sum.merge(answer);
            }
        }
        if self.first_stride().is_some() {
            self.stride = None;
            for ((_, search), sum) in self.searched.iter_mut().zip(&sums) {
                search.narrow(sum);
            }
            return Ok(());
        }
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return Err(Reader::new(&[], 0).strange());
        }
        for ((_, search), sum) in self.searched.iter_mut().zip(&mut sums) {
            search.hear(sum);
        }
        let found = &mut self.found;
        self.searched.retain(|(gap, search)| {
            let Some(middle) = search.found() else {
                return true;
            };
            found.push((gap.column, Found::Middle(middle, gap.count)));
            false
        });
        Ok(())
    }

    /// The fills that are found, in the order of the columns.
    pub fn fills<T: Real>(&self) -> Vec<ColumnFill<T>> {
        let fills = self.found.iter().map(|(column, found)| ColumnFill {
            column: *column,
            value: match *found {
                Found::Value(value) => T::nearest(value),
                Found::Middle(Middle { lower, upper }, count) => {
                    let (lower, upper) = (T::from_key(lower), T::from_key(upper));
                    Middle { lower, upper }.median(count)
                }
            },
        });
        let mut fills: Vec<ColumnFill<T>> = fills.collect();
        fills.sort_unstable_by_key(|fill| fill.column);
        fills
    }
}
