//! Questions about columns, answered from the rows of a share in one pass over its memory.

use std::sync::Mutex;

use ndarray::{ArrayView2, Axis};

use crate::error::Result;
use crate::fit::gaps::scarce;
use crate::fit::shared::message::{Reader, Writer};
use crate::kernel::Real;
use crate::kernel::median::rounds::{Answer, Question, Wanted};
use crate::workers::{Team, lock};

/// Bytes of rows that all questions are asked of while they are in the cache.
const BLOCK: usize = 256 << 10;
/// Values of a column that is contiguous, which are counted at a time.
const VALUES: usize = 64 << 10;

/// What is asked of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The columns, ascending, and the question about each.
    pub questions: Vec<(usize, Question)>,
}

impl Look {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.count(self.questions.len());
        for (column, question) in &self.questions {
            to.count(*column);
            to.number(question.low);
            to.number(question.high);
            match question.wanted {
                Wanted::Counts { shift } => {
                    to.number(0);
                    to.number(shift.into());
                }
                Wanted::Keys { most } => {
                    to.number(1);
                    to.count(most);
                }
            }
        }
        to.finish()
    }

    /// Reads one about some of so many columns.
    pub fn from_bytes(bytes: &[u8], columns: usize) -> Result<Self> {
        let mut from = Reader::new(bytes, 0);
        let count = from.count(1)?;
        let mut questions = Vec::with_capacity(count);
        for _ in 0..count {
            let column = from.count(0)?;
            let (low, high) = (from.number()?, from.number()?);
            let wanted = match (from.number()?, from.number()?) {
                (0, shift) => Wanted::Counts {
                    shift: u32::try_from(shift).map_err(|_| from.strange())?,
                },
                (1, most) => Wanted::Keys {
                    most: usize::try_from(most).map_err(|_| from.strange())?,
                },
                _ => return Err(from.strange()),
            };
            let question = Question { low, high, wanted };
            let is_one = low <= high && column < columns && is_small(&question);
            let ascends = questions.last().is_none_or(|(last, _)| *last < column);
            if !is_one || !ascends {
                return Err(from.strange());
            }
            questions.push((column, question));
        }
        from.end()?;
        Ok(Self { questions })
    }

    /// Answers as bytes; keys have so many bytes.
    pub fn write(&self, answers: &[Answer], width: usize) -> Vec<u8> {
        let mut to = Writer::default();
        to.count(answers.len());
        for answer in answers {
            to.number(answer.below);
            to.number(answer.inside);
            to.number(answer.above);
            answer.bins.iter().for_each(|count| to.number(*count));
            to.count(answer.kept.len());
            answer.kept.iter().for_each(|key| to.fixed(*key, width));
        }
        to.finish()
    }

    /// Reads the answers of a share, whose keys have so many bytes.
    pub fn read(&self, bytes: &[u8], width: usize, share: usize) -> Result<Vec<Answer>> {
        let mut from = Reader::new(bytes, share);
        from.expect(self.questions.len())?;
        let mut answers = Vec::with_capacity(self.questions.len());
        for (_, question) in &self.questions {
            let (below, inside, above) = (from.number()?, from.number()?, from.number()?);
            let bins = (0..question.bins()).map(|_| from.number());
            let bins = bins.collect::<Result<Vec<u64>>>()?;
            let kept = from.count(width)?;
            let kept = (0..kept).map(|_| from.fixed(width));
            let kept = kept.collect::<Result<Vec<u64>>>()?;
            let sum = bins
                .iter()
                .try_fold(0_u64, |sum, bin| sum.checked_add(*bin));
            let is_whole = bins.is_empty() || sum == Some(inside);
            let fit = |key: &u64| (question.low..=question.high).contains(key);
            if !is_whole || !kept.iter().all(fit) || kept.len() as u64 > inside {
                return Err(from.strange());
            }
            answers.push(Answer {
                below,
                inside,
                above,
                bins,
                kept,
            });
        }
        from.end()?;
        Ok(answers)
    }
}

/// Whether a question has no more bins than a search asks for.
const fn is_small(question: &Question) -> bool {
    match question.wanted {
        Wanted::Counts { shift } => shift < u64::BITS && question.bins() <= 1 << super::BITS,
        Wanted::Keys { .. } => true,
    }
}

/// Answers the questions from some rows; missing values are NaN.
pub fn look<T: Real>(
    rows: &ArrayView2<'_, T>,
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
    let bytes = asked.questions.len() * (size_of::<Answer>() + (size_of::<u64>() << super::BITS));
    lease.resize(bytes * (team.threads + 1)).map_err(scarce)?;
    let by_rows = rows.is_standard_layout();
    let height = if by_rows {
        BLOCK / (rows.ncols() * size_of::<T>()).max(1)
    } else {
        VALUES
    };
    let blocks = Mutex::new(rows.axis_chunks_iter(Axis(0), height.max(1)));
    let all = Mutex::new(unanswered());
    let workers = team.workers;
    team.run(|| {
        let mut answers = unanswered();
        while let Some(block) = { lock(&blocks).next() } {
            for ((column, question), answer) in asked.questions.iter().zip(&mut answers) {
                count(&block, *column, question, answer);
            }
            workers.check()?;
        }
        for (sum, answer) in lock(&all).iter_mut().zip(&answers) {
            sum.merge(answer);
        }
        Ok(())
    })?;
    Ok(all
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Counts a column of a block.
fn count<T: Real>(
    block: &ArrayView2<'_, T>,
    column: usize,
    question: &Question,
    answer: &mut Answer,
) {
    let keys = |value: &T| (!value.is_nan()).then(|| value.key());
    let width = block.ncols();
    if let Some(values) = block.as_slice() {
        let values = values[column..].iter().step_by(width);
        question.count(values.filter_map(keys), answer);
        return;
    }
    let values = block.column(column);
    match values.as_slice() {
        Some(values) => question.count(values.iter().filter_map(keys), answer),
        None => question.count(values.iter().filter_map(keys), answer),
    }
}
