//! Medians by questions and answers, for the few columns whose bracket missed. If there are fewer
//! columns than threads, several threads count parts of one column, and their answers are added up.

use std::sync::Mutex;

use ndarray::{ArrayView1, ArrayView2, Axis, s};

use crate::error::{Error, Result};
use crate::fit::gaps::{ColumnFill, GapColumn, scarce};
use crate::kernel::Real;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rounds::{Answer, MiddleSearch, Question, Sought};
use crate::workers::{Team, Workers, lock};

/// More rounds than any search needs: six that count, one that keeps, and as many after a bad guess.
const MOST_ROUNDS: usize = 32;
/// Values that are read between two polls for cancellation.
const BLOCK: usize = 4096;
/// The least room for keys.
const LEAST_ROOM: usize = 256;

/// A column whose median is searched for.
struct SearchedColumn {
    gap: GapColumn,
    search: MiddleSearch,
}

/// Some rows of a column, which one thread counts.
struct ColumnPart<'a, T> {
    values: ArrayView1<'a, T>,
    question: Question,
    /// The answer of all parts.
    answer: &'a Mutex<Answer>,
}

/// Searches for the median of each column of `gaps`, without a first guess.
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
        let columns = gaps.iter().map(|gap| SearchedColumn {
            gap: *gap,
            search: MiddleSearch::new(Sought::middle(gap.count, T::INFINITY.key(), room), &mut []),
        });
        let mut columns: Vec<SearchedColumn> = columns.collect();
        for _ in 0..MOST_ROUNDS {
            if columns.iter().all(|column| column.search.found().is_some()) {
                break;
            }
            round(out, &mut columns, parts, team)?;
        }
        for SearchedColumn { gap, search } in columns {
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

/// Answers the questions of all searches that are not done, each counted in `parts` parts.
fn round<T: Real>(
    out: &ArrayView2<'_, T>,
    columns: &mut [SearchedColumn],
    parts: usize,
    team: &mut Team<'_>,
) -> Result<()> {
    let asking = columns.iter_mut().filter_map(|column| {
        let question = column.search.question()?;
        Some((column, question, Mutex::new(question.unanswered())))
    });
    let asking: Vec<(&mut SearchedColumn, Question, Mutex<Answer>)> = asking.collect();
    let height = out.nrows().div_ceil(parts.max(1)).max(1);
    let mut items = Vec::new();
    for (column, question, answer) in &asking {
        for start in (0..out.nrows()).step_by(height) {
            let end = out.nrows().min(start + height);
            items.push(ColumnPart {
                values: out.slice(s![start..end, column.gap.column]),
                question: *question,
                answer,
            });
        }
    }
    let workers = team.workers;
    team.for_each(items, || Ok(()), |(), part| part.count(workers))?;
    for (column, _, answer) in asking {
        column.search.hear(&mut lock(&answer));
    }
    Ok(())
}

impl<T: Real> ColumnPart<'_, T> {
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
