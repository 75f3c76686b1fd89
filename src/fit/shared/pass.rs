//! One pass over the rows of a share, in which the questions about columns are answered.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ndarray::ArrayView2;

use crate::error::Result;
use crate::fit::gaps::scarce;
use crate::fit::pieces::ColumnPieces;
use crate::fit::shared::{HeldRows, Look};
use crate::kernel::Real;
use crate::kernel::median::bracket::Bracket;
use crate::kernel::median::column::{InBracket, STRETCH};
use crate::kernel::median::counts::Counts;
use crate::kernel::median::rounds::{Answer, Question, Wanted};
use crate::kernel::median::rows::{BLOCK, Brackets, COLUMNS_AT_ONCE, InBrackets, Sieve, count};
use crate::workers::{Team, Workers, lock};

/// Strips that are compared row by row together, and blocks between two polls for cancellation: as where
/// all columns are sifted.
const TOGETHER: usize = 16;
const BLOCKS: usize = 16;
/// Rows of a column that are looked at together where not all are: about a line of memory.
const NEIGHBOURS: usize = 16;

/// Answers the questions from some rows; missing values are NaN. The least key above a range is looked
/// for only where it is asked for.
pub fn look<T: Real>(
    rows: &HeldRows<'_, T>,
    asked: &Look,
    team: &mut Team<'_>,
) -> Result<Vec<Answer>> {
    let unanswered = || -> Vec<Answer> {
        let questions = asked.questions.iter();
        questions
            .map(|(_, question)| question.unanswered())
            .collect()
    };
    let mut lease = team.account.open();
    let bytes = |question: &Question| size_of::<Answer>() + question.bins() * size_of::<u64>();
    let bytes: usize = asked
        .questions
        .iter()
        .map(|(_, question)| bytes(question))
        .sum();
    lease.resize(bytes * (team.threads + 1)).map_err(scarce)?;
    let pass = Pass {
        asked,
        sought: asked
            .questions
            .iter()
            .map(|(_, question)| Sought::new(*question))
            .collect(),
        next: AtomicUsize::new(0),
    };
    let all = Mutex::new(unanswered());
    let workers = team.workers;
    team.run(|| {
        let mut answers = unanswered();
        match rows {
            HeldRows::InRows(rows) => pass.along_rows(rows, &mut answers, workers)?,
            HeldRows::InPieces(pieces) => pass.along_pieces(*pieces, &mut answers, workers)?,
        }
        for (sum, answer) in lock(&all).iter_mut().zip(&answers) {
            sum.merge(answer);
        }
        Ok(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One pass over the rows of a share, by several threads.
struct Pass<'a, T> {
    asked: &'a Look,
    /// What each question is about, as values.
    sought: Vec<Sought<T>>,
    /// What the next thread takes.
    next: AtomicUsize,
}

impl<T: Real> Pass<'_, T> {
    /// Block after block of rows, of which neighbouring columns are compared together.
    fn along_rows(
        &self,
        rows: &ArrayView2<'_, T>,
        answers: &mut [Answer],
        workers: &Workers,
    ) -> Result<()> {
        let columns = rows.ncols();
        let rows = rows.to_slice().unwrap_or_default();
        let stride = columns.max(1).saturating_mul(self.asked.stride);
        let strips = self.strips(columns);
        let sieves: Vec<Sieve<T>> = strips.iter().map(|strip| strip.sieve).collect();
        let mut caught: Vec<InBrackets<T>> = Vec::new();
        caught.resize_with(sieves.len().min(TOGETHER), InBrackets::default);
        let height = stride.saturating_mul(BLOCKS * BLOCK);
        loop {
            let start = self.next.fetch_add(height, Ordering::Relaxed);
            if start >= rows.len() {
                return Ok(());
            }
            let end = rows.len().min(start.saturating_add(height));
            for rows in rows[start..end].chunks(stride.saturating_mul(BLOCK)) {
                for (strips, sieves) in strips.chunks(TOGETHER).zip(sieves.chunks(TOGETHER)) {
                    count(rows, stride, sieves, &mut caught);
                    for (strip, caught) in strips.iter().zip(&mut caught) {
                        caught.empty(strip.sieve.columns, |place, counts, inside| {
                            if let Some(at) = strip.questions[place] {
                                self.sought[at].tell(counts, inside, &mut answers[at]);
                            }
                        });
                    }
                }
                self.look_above(rows, stride, answers);
            }
            workers.check()?;
        }
    }

    /// Sheet after sheet, each column after column, so that memory is read in its own order; where there
    /// is one sheet, each thread takes a column at a time.
    fn along_pieces(
        &self,
        pieces: ColumnPieces<'_, T>,
        answers: &mut [Answer],
        workers: &Workers,
    ) -> Result<()> {
        let mut look = PieceLook {
            pieces,
            stride: self.asked.stride,
            caught: InBracket::default(),
            picked: Vec::with_capacity(STRETCH),
        };
        let columns = self.sought.len().max(1);
        let together = match pieces.sheets() {
            ..=1 => 1,
            _ => columns,
        };
        loop {
            let first = self.next.fetch_add(together, Ordering::Relaxed);
            let (sheet, first) = (first / columns, first % columns);
            let rows = pieces.sheet(sheet);
            if rows.is_empty() {
                return Ok(());
            }
            let asked = self
                .asked
                .questions
                .iter()
                .zip(&self.sought)
                .zip(&mut *answers);
            for (((column, _), sought), answer) in asked.skip(first).take(together) {
                look.count(*column, rows.clone(), sought, answer);
            }
            workers.check()?;
        }
    }

    /// The columns that are asked about, with their neighbours.
    fn strips(&self, all: usize) -> Vec<Strip<T>> {
        let mut strips: Vec<Strip<T>> = Vec::new();
        for (at, (column, _)) in self.asked.questions.iter().enumerate() {
            let first = column / COLUMNS_AT_ONCE * COLUMNS_AT_ONCE;
            if strips.last().is_none_or(|strip| strip.sieve.at != first) {
                strips.push(Strip {
                    sieve: Sieve {
                        at: first,
                        columns: COLUMNS_AT_ONCE.min(all - first),
                        brackets: Brackets::closed(),
                    },
                    questions: [None; COLUMNS_AT_ONCE],
                });
            }
            if let Some(strip) = strips.last_mut() {
                strip.questions[column - first] = Some(at);
                strip
                    .sieve
                    .brackets
                    .set(column - first, self.sought[at].bracket);
            }
        }
        strips
    }

    fn look_above(&self, rows: &[T], stride: usize, answers: &mut [Answer]) {
        let asked = self.asked.questions.iter().zip(&self.sought);
        for (((column, _), sought), answer) in asked.zip(answers) {
            sought.look_above(rows[*column..].iter().step_by(stride), answer);
        }
    }
}

/// One thread's look at columns that lie in pieces.
struct PieceLook<'a, T> {
    pieces: ColumnPieces<'a, T>,
    /// One row of so many is looked at.
    stride: usize,
    caught: InBracket<T>,
    /// Rows that are looked at where not all are.
    picked: Vec<T>,
}

impl<T: Real> PieceLook<'_, T> {
    /// Counts some rows of a column.
    fn count(&mut self, column: usize, rows: Range<usize>, sought: &Sought<T>, to: &mut Answer) {
        if self.stride == 1 {
            for values in self.pieces.values(column, rows) {
                for values in values.chunks(STRETCH) {
                    sought.count(values, &mut self.caught, to);
                }
            }
            return;
        }
        let stride = self.stride.saturating_mul(NEIGHBOURS);
        let first = rows.start.checked_next_multiple_of(stride);
        for first in (first.unwrap_or(rows.end)..rows.end).step_by(stride) {
            let run = first..rows.end.min(first + NEIGHBOURS);
            let values = self.pieces.values(column, run);
            values.for_each(|values| self.picked.extend(values));
            if self.picked.len() + NEIGHBOURS > STRETCH {
                sought.count(&self.picked, &mut self.caught, to);
                self.picked.clear();
            }
        }
        sought.count(&self.picked, &mut self.caught, to);
        self.picked.clear();
    }
}

/// Neighbouring columns, and the question about each.
struct Strip<T> {
    sieve: Sieve<T>,
    questions: [Option<usize>; COLUMNS_AT_ONCE],
}

/// A question in terms of values.
#[derive(Debug, Clone, Copy)]
struct Sought<T> {
    question: Question,
    bracket: Bracket<T>,
}

impl<T: Real> Sought<T> {
    fn new(question: Question) -> Self {
        let value = |key: u64| T::from_key(key.max(T::NEG_INFINITY.key()).min(T::INFINITY.key()));
        Self {
            question,
            bracket: Bracket {
                low: value(question.low),
                high: value(question.high),
            },
        }
    }

    /// Counts some values of a column, at most `STRETCH`.
    fn count(&self, values: &[T], caught: &mut InBracket<T>, answer: &mut Answer) {
        caught.count(values, self.bracket);
        self.tell(caught.counts, caught.inside(), answer);
        self.look_above(values.iter(), answer);
    }

    /// Adds what was counted of some values to an answer; `inside` are those between the ends.
    fn tell(&self, counts: Counts, inside: &[T], answer: &mut Answer) {
        let Bracket { low, high } = self.bracket;
        answer.present += counts.present;
        answer.below += counts.below;
        self.add(low, counts.at_low, answer);
        if low.order() != high.order() {
            self.add(high, counts.at_high, answer);
        }
        match self.question.wanted {
            Wanted::Counts { shift } => {
                answer.inside += inside.len() as u64;
                for value in inside {
                    answer.bin(self.question.place(shared_key(*value), shift), 1);
                }
            }
            Wanted::Keys { most } => {
                answer.inside += inside.len() as u64;
                for value in inside {
                    answer.keep(shared_key(*value), most);
                }
            }
            Wanted::Above => answer.inside += inside.len() as u64,
        }
    }

    /// Adds values that are equal to an end, if the range has it.
    fn add(&self, end: T, count: u64, answer: &mut Answer) {
        let key = shared_key(end);
        if count == 0 || !(self.question.low..=self.question.high).contains(&key) {
            return;
        }
        answer.inside += count;
        match self.question.wanted {
            Wanted::Counts { shift } => answer.bin(self.question.place(key, shift), count),
            Wanted::Keys { most } => {
                for _ in 0..count.min(most as u64) {
                    answer.keep(key, most);
                }
            }
            Wanted::Above => {}
        }
    }

    /// Looks for the least key above, where that is asked for.
    fn look_above<'v>(&self, values: impl Iterator<Item = &'v T>, answer: &mut Answer)
    where
        T: 'v,
    {
        if self.question.wanted == Wanted::Above {
            let keys = values
                .filter(|value| !value.is_nan())
                .map(|value| shared_key(*value));
            let above = keys.filter(|key| *key > self.question.high).min();
            answer.above = answer.above.min(above.unwrap_or(u64::MAX));
        }
    }
}

/// The key of a value; values that compare equal have the same.
pub(super) fn shared_key<T: Real>(value: T) -> u64 {
    // That of a zero whose sign bit is not set.
    let zero = 1 << (8 * size_of::<T>() - 1);
    if value.order() == T::from_key(zero).order() {
        zero
    } else {
        value.key()
    }
}
