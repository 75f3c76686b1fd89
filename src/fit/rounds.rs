//! Medians by questions and answers, for the few columns whose bracket missed. A column is counted in
//! parts by several threads, where there are fewer columns than threads, and the answers add up.

use std::sync::Mutex;

use ndarray::{ArrayView1, ArrayView2, Axis, s};

use crate::error::{Error, Result};
use crate::fit::gaps::{ColumnFill, GapColumn, scarce};
use crate::kernel::Real;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rounds::{Answer, MiddleSearch, Question};
use crate::workers::{Team, Workers, lock};

/// More rounds than any search needs: six that count, one that keeps, and as many after a bad guess.
const MOST_ROUNDS: usize = 32;
/// Values that are read between two polls for cancellation.
const BLOCK: usize = 4096;
/// The fewest keys that there is room for.
const LEAST_ROOM: usize = 256;

/// A column whose median is searched for.
struct Searched {
    gap: GapColumn,
    search: MiddleSearch,
}

/// Some rows of a column that one thread counts.
struct Part<'a, T> {
    values: ArrayView1<'a, T>,
    question: Question,
    answer: &'a Mutex<Answer>,
}

/// Searches for the median of each column, without a guess.
pub fn search<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    team: &mut Team<'_>,
) -> Result<Vec<ColumnFill<T>>> {
    let mut fills = Vec::with_capacity(gaps.len());
    let account = team.account;
    for gaps in gaps.chunks(team.threads) {
        let parts = team.threads / gaps.len();
        let bytes = account.limit() / 2 / gaps.len();
        let spare = bytes.saturating_sub(MiddleSearch::bytes(0, parts));
        let room = spare / size_of::<u64>() / (parts + 1);
        let room = room.clamp(LEAST_ROOM, out.nrows().max(LEAST_ROOM));
        let mut lease = account.open();
        // The reserve covers the least that a search needs.
        let needed = MiddleSearch::bytes(room, parts).min(bytes);
        lease.resize(needed * gaps.len()).map_err(scarce)?;
        let mut searched: Vec<Searched> = Vec::with_capacity(gaps.len());
        searched.extend(gaps.iter().map(|gap| Searched {
            gap: *gap,
            search: MiddleSearch::new(gap.count, room, &mut []),
        }));
        for _ in 0..MOST_ROUNDS {
            if !round(out, &mut searched, parts, team)? {
                break;
            }
        }
        for Searched { gap, search } in searched {
            let lost = || Error::Internal("a median was not found".to_owned());
            let middle = search.found().ok_or_else(lost)?;
            let middle = Middle {
                lower: T::from_key(middle.lower),
                upper: T::from_key(middle.upper),
            };
            fills.push(ColumnFill {
                column: gap.column,
                value: middle.median(gap.count),
            });
        }
    }
    Ok(fills)
}

/// Asks each search its question and has it hear the answer; whether any had one.
fn round<T: Real>(
    out: &ArrayView2<'_, T>,
    searched: &mut [Searched],
    parts: usize,
    team: &mut Team<'_>,
) -> Result<bool> {
    let questions: Vec<Option<Question>> =
        searched.iter().map(|one| one.search.question()).collect();
    let answers = questions.iter().flatten().map(Question::unanswered);
    let answers: Vec<Mutex<Answer>> = answers.map(Mutex::new).collect();
    let asked = searched.iter().zip(&questions);
    let asked = asked.filter_map(|(one, question)| Some((one.gap.column, (*question)?)));
    let height = out.nrows().div_ceil(parts.max(1)).max(1);
    let mut items = Vec::new();
    for ((column, question), answer) in asked.zip(&answers) {
        for start in (0..out.nrows()).step_by(height) {
            let end = out.nrows().min(start + height);
            items.push(Part {
                values: out.slice(s![start..end, column]),
                question,
                answer,
            });
        }
    }
    let workers = team.workers;
    team.for_each(items, || Ok(()), |(), part| part.count(workers))?;
    let heard = searched.iter_mut().zip(&questions);
    let heard = heard.filter(|(_, question)| question.is_some());
    for ((one, _), answer) in heard.zip(&answers) {
        one.search.hear(&mut lock(answer));
    }
    Ok(!answers.is_empty())
}

impl<T: Real> Part<'_, T> {
    /// Counts the values that are not missing, and adds them to the answer.
    fn count(&self, workers: &Workers) -> Result<()> {
        let mut answer = self.question.unanswered();
        for values in self.values.axis_chunks_iter(Axis(0), BLOCK) {
            let values = values.into_iter().filter(|value| !value.is_nan());
            let keys = values.map(|value| value.key());
            self.question.count(keys, &mut answer);
            workers.check()?;
        }
        lock(self.answer).merge(&answer);
        Ok(())
    }
}
