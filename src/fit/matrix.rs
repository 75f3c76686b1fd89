//! Medians of the columns of an output, in one pass over its values: brackets from a sample of rows,
//! one pass that counts every value against them, and a search in rounds for the few columns whose
//! bracket missed.
//!
//! The pass follows the order in memory: in row-major order all columns at once, row by row; in
//! column-major order column by column.

use ndarray::{ArrayView2, s};

use crate::account::Scratch;
use crate::error::Result;
use crate::fit::gaps::{ColumnFill, GapColumn, scarce};
use crate::fit::rounds::search;
use crate::fit::sift::Sift;
use crate::fit::strips::{Strip, StripMedian, StripSizes};
use crate::kernel::Real;
use crate::kernel::median::bracket::{self, SURE};
use crate::kernel::median::rows::COLUMNS_AT_ONCE;
use crate::sys::pages::PageRelease;
use crate::workers::Team;

/// Returns the median of each column of `gaps`, in no particular order.
pub fn medians<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    release: &PageRelease,
    team: &mut Team<'_>,
) -> Result<Vec<ColumnFill<T>>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let sizes = StripSizes::new::<T>(out.nrows(), team.account.limit(), team.threads);
    let mut strips = Strip::all(out.ncols(), gaps, sizes, team.account);
    let mut fills = Vec::with_capacity(gaps.len());
    let mut missed = Vec::new();
    for strips in strips.chunks_mut(sizes.strips) {
        set_brackets(out, strips, sizes, team)?;
        let sift = Sift {
            strips,
            room: sizes.room,
            release,
        };
        sift.run(out, team)?;
        let medians = team.for_each(
            &*strips,
            || Ok(()),
            |(), strip| Ok(strip.medians(sizes.room)),
        )?;
        for StripMedian { gap, median } in medians.into_iter().flatten() {
            let column = gap.column;
            match median {
                Some(value) => fills.push(ColumnFill { column, value }),
                None => missed.push(gap),
            }
        }
    }
    fills.extend(search(out, &missed, team)?);
    Ok(fills)
}

/// Sets the brackets of the strips from a sample of rows.
fn set_brackets<T: Real>(
    out: &ArrayView2<'_, T>,
    strips: &mut [Strip<T>],
    sizes: StripSizes,
    team: &mut Team<'_>,
) -> Result<()> {
    let account = team.account;
    let workers = team.workers;
    let begin = || {
        let mut sample = Scratch::new(account);
        sample.fit(sizes.sample * COLUMNS_AT_ONCE).map_err(scarce)?;
        Ok(sample)
    };
    team.for_each(strips, begin, |sample: &mut Scratch<T>, strip| {
        let sample = sample.all_mut();
        let columns = out.slice(s![.., strip.sieve.at..strip.sieve.at + strip.sieve.columns]);
        let mut picked = 0;
        for row in bracket::places(out.nrows(), sizes.sample) {
            for (place, value) in columns.row(row).iter().enumerate() {
                sample[place * sizes.sample + picked] = *value;
            }
            picked += 1;
        }
        for (place, gap) in strip.wanted.iter().enumerate() {
            if gap.is_some() {
                let sample = &mut sample[place * sizes.sample..][..picked];
                let bracket = bracket::bracket(sample, SURE);
                strip.sieve.brackets.set(place, bracket);
            }
        }
        strip.reserve(sizes.room).map_err(scarce)?;
        workers.check()
    })?;
    Ok(())
}
