//! Questions about columns, and the answers of a share, as messages.

use crate::error::Result;
use crate::fit::shared::message::{Reader, Writer};
use crate::kernel::median::rounds::{Answer, Question, Wanted};

/// What is asked of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// One row of so many is looked at; one where it is all of them.
    pub stride: usize,
    /// The columns, ascending, and the question about each.
    pub questions: Vec<(usize, Question)>,
}

impl Look {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.count(self.stride);
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
                Wanted::Above => {
                    to.number(2);
                    to.number(0);
                }
            }
        }
        to.finish()
    }

    /// Reads one about some of so many columns.
    pub fn from_bytes(bytes: &[u8], columns: usize) -> Result<Self> {
        let mut from = Reader::new(bytes, 0);
        let stride = from.count(0)?.max(1);
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
                (2, 0) => Wanted::Above,
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
        Ok(Self { stride, questions })
    }

    /// Answers as bytes; keys have so many bytes.
    pub fn write(&self, answers: &[Answer], width: usize) -> Vec<u8> {
        let mut to = Writer::default();
        to.count(answers.len());
        for answer in answers {
            to.number(answer.present);
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
            let (present, below) = (from.number()?, from.number()?);
            let (inside, above) = (from.number()?, from.number()?);
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
                present,
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

/// One message that says what the answers of several shares say; keys have so many bytes.
pub fn merged<M: AsRef<[u8]>>(asked: &Look, width: usize, answers: &[M]) -> Result<Vec<u8>> {
    let questions = asked.questions.iter();
    let mut sums: Vec<Answer> = questions
        .map(|(_, question)| question.unanswered())
        .collect();
    for (share, message) in answers.iter().enumerate() {
        let answers = asked.read(message.as_ref(), width, share)?;
        for (sum, answer) in sums.iter_mut().zip(&answers) {
            if sum
                .inside
                .checked_add(answer.inside)
                .is_none_or(|inside| inside > MOST)
            {
                return Err(Reader::new(&[], share).strange());
            }
            sum.merge(answer);
        }
    }
    for (sum, (_, question)) in sums.iter_mut().zip(&asked.questions) {
        if let Wanted::Keys { most } = question.wanted {
            // With too few of them all shares count again.
            sum.kept.truncate(most);
        }
    }
    Ok(asked.write(&sums, width))
}

/// More values than any column has.
const MOST: u64 = 1 << 48;

/// Whether a question has no more bins than a search asks for.
const fn is_small(question: &Question) -> bool {
    match question.wanted {
        Wanted::Counts { shift } => shift < u64::BITS && question.bins() <= 1 << super::BITS.1,
        Wanted::Keys { .. } | Wanted::Above => true,
    }
}
