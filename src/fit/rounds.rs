//! Medians by search in rounds: for the few columns whose bracket missed.

use std::sync::Mutex;

use ndarray::{ArrayView1, ArrayView2, Axis};

use crate::error::{Error, Result};
use crate::fit::fill::GapColumn;
use crate::fit::matrix::scarce;
use crate::kernel::Real;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rounds::RoundSearch;
use crate::workers::Team;
use crate::workers::{Workers, lock};

/// Rounds that no search needs: 6 of counting, one of keeping, and as many again after a bad guess.
const MOST_ROUNDS: usize = 32;
/// Values that are looked at between two looks at whether to go on.
const BLOCK: usize = 4096;

/// Searches in rounds, without a guess: for columns whose bracket missed.
pub fn search<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    passes: &mut Team<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    let bytes = passes.account.limit() / 2 / passes.threads;
    let room = bytes.saturating_sub(RoundSearch::bytes(0)) / size_of::<u64>();
    let room = room.clamp(256, out.nrows().max(256));
    let (workers, account) = (passes.workers, passes.account);
    let queue = Mutex::new(gaps.iter());
    let found = workers.run(passes.threads, &mut *passes.caller, || {
        let mut found = Vec::new();
        loop {
            let Some(gap) = lock(&queue).next() else {
                return Ok(found);
            };
            let mut lease = account.open();
            // The reserve covers the least that a search needs.
            lease
                .resize(RoundSearch::bytes(room).min(bytes))
                .map_err(scarce)?;
            found.push((
                gap.column,
                search_one(&out.column(gap.column), gap, room, workers)?,
            ));
        }
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn search_one<T: Real>(
    column: &ArrayView1<'_, T>,
    gap: &GapColumn,
    room: usize,
    workers: &Workers,
) -> Result<T> {
    let mut search = RoundSearch::new(gap.count, room, &mut []);
    for _ in 0..MOST_ROUNDS {
        for values in column.axis_chunks_iter(Axis(0), BLOCK) {
            let values = values.into_iter().filter(|value| !value.is_nan());
            search.show(values.map(|value| value.key()));
            workers.done(0)?;
        }
        search.advance();
        if let Some(middle) = search.found() {
            let middle = Middle {
                lower: T::from_key(middle.lower),
                upper: T::from_key(middle.upper),
            };
            return Ok(middle.median(gap.count));
        }
    }
    Err(Error::Internal("a median was not found".to_owned()))
}
