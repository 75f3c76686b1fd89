//! Fills of columns that are never all in memory: their rows are shown window by window. Sums and
//! brackets take one look; a median that its bracket misses takes a few more.

use ndarray::ArrayViewMut2;

use crate::fit::gaps::FillKind;
use crate::fit::observer::Observer;
use crate::fit::streaming::{ShownRows, StreamingMedians};
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rounds::{Answer, MiddleSearch, Sought};
use crate::kernel::scalar::sum::ExactSum;

/// Keys that a search keeps.
const ROOM: usize = 1 << 14;

/// The most bytes for the brackets of all columns.
const BRACKETS: usize = 16 << 20;

/// Columns whose fills are found while rows are shown.
pub struct GradualFit<T> {
    columns: Vec<FittedColumn<T>>,
    medians: StreamingMedians<T>,
}

/// What is known of a column.
struct FittedColumn<T> {
    kind: Option<FillKind>,
    /// Values that are not missing.
    count: u64,
    sum: ExactSum,
    search: Option<MiddleSearch>,
    answer: Option<Answer>,
    fill: Option<T>,
}

/// What was found for a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedFill<T> {
    /// The fill; `None` where none is wanted, or it is not known yet.
    pub value: Option<T>,
    /// Whether all values are missing.
    pub is_empty: bool,
}

impl<T: Real> GradualFit<T> {
    /// For columns with these kinds of fills, of `rows` rows each.
    pub fn new(kinds: Vec<Option<FillKind>>, rows: usize) -> Self {
        let wanted: Vec<bool> = kinds.iter().map(|k| *k == Some(FillKind::Median)).collect();
        let shown = ShownRows {
            rows,
            is_whole: false,
        };
        let count = wanted.iter().filter(|wanted| **wanted).count();
        let bytes = count.saturating_mul(bracket::room(rows) * size_of::<T>() * 2);
        let columns = kinds.into_iter().map(|kind| FittedColumn {
            kind,
            count: 0,
            sum: ExactSum::default(),
            search: None,
            answer: None,
            fill: None,
        });
        Self {
            columns: columns.collect(),
            medians: StreamingMedians::new(&wanted, shown, bytes.min(BRACKETS)),
        }
    }

    /// Shows the next rows, in which missing values are NaN, for the first look.
    pub fn show(&mut self, mut rows: ArrayViewMut2<'_, T>) {
        for (at, mut values) in rows.columns_mut().into_iter().enumerate() {
            let Some(column) = self.columns.get_mut(at) else {
                return;
            };
            let present = values.iter().filter(|value| !value.is_nan());
            match column.kind {
                None => {}
                Some(FillKind::Mean) => {
                    present.for_each(|value| {
                        column.count += 1;
                        column.sum.add(value.to_f64());
                    });
                }
                Some(_) => {
                    column.count += present.count() as u64;
                    match values.as_slice_mut() {
                        Some(values) => self.medians.show(at, None, values),
                        None => self.medians.abandon(at),
                    }
                }
            }
        }
    }

    /// Ends the first look.
    pub fn finish(&mut self) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.fill = match column.kind {
                None => None,
                Some(_) if column.count == 0 => Some(T::nearest(0.0)),
                Some(FillKind::Mean) => Some(T::nearest(std::mem::take(&mut column.sum).mean())),
                Some(FillKind::Zero) => Some(T::nearest(0.0)),
                Some(FillKind::Median) => {
                    let found = self.medians.median(at, column.count);
                    found.map(|median| median.value)
                }
            };
            if column.kind == Some(FillKind::Median) && column.fill.is_none() {
                let sought = Sought::middle(column.count, T::INFINITY.key(), ROOM);
                column.search = Some(MiddleSearch::new(sought, &mut []));
            }
        }
    }

    /// Columns that have to be shown once more, from the first row on.
    pub fn unknown(&self) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let unknown = columns.filter(|(_, column)| column.search.is_some());
        unknown.map(|(at, _)| at).collect()
    }

    /// Shows rows of the unknown columns once more, in their order.
    pub fn show_again(&mut self, rows: &ArrayViewMut2<'_, T>) {
        let unknown = self.columns.iter_mut().filter(|c| c.search.is_some());
        for (values, column) in rows.columns().into_iter().zip(unknown) {
            let question = column.search.as_ref().and_then(MiddleSearch::question);
            if let Some(question) = question {
                let answer = column.answer.get_or_insert_with(|| question.unanswered());
                let present = values.iter().filter(|value| !value.is_nan());
                question.count(present.map(|value| value.key()), answer);
            }
        }
    }

    /// Ends another look.
    pub fn finish_again(&mut self) {
        for column in &mut self.columns {
            let Some(search) = &mut column.search else {
                continue;
            };
            if let Some(mut answer) = column.answer.take() {
                search.hear(&mut answer);
            }
            if let Some(middle) = search.found() {
                let middle = Middle {
                    lower: T::from_key(middle.lower),
                    upper: T::from_key(middle.upper),
                };
                column.fill = Some(middle.median(column.count));
                column.search = None;
            }
        }
    }

    /// What was found for each column.
    pub fn fills(&self) -> Vec<FittedFill<T>> {
        let columns = self.columns.iter();
        columns
            .map(|column| FittedFill {
                value: column.fill,
                is_empty: column.kind.is_some() && column.count == 0,
            })
            .collect()
    }
}
