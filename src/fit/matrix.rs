//! Medians of columns as they stand in the output, in one look at each value: brackets from a
//! sample of rows, one pass with a sieve, and a search in rounds for the few that a bracket missed.
//!
//! In row-major order a pass goes along the rows, all columns at once, as they lie in memory; in
//! column-major order it goes column by column.

use std::sync::{Arc, Mutex};

use ndarray::{ArrayView2, s};

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Place, Result, Shortage};
use crate::fit::fill::GapColumn;
use crate::fit::rounds::search;
use crate::fit::sift::sift;
use crate::kernel::Real;
use crate::kernel::median::bracket;
use crate::kernel::median::bracket::median;
use crate::kernel::median::bracket::{Counts, SURE};
use crate::kernel::median::column::InBracket;
use crate::kernel::median::rows::{Brackets, Catch, LANES, Sieve};
use crate::workers::Team;
use crate::workers::lock;

/// One row of so many is in the sample, and no fewer rows than the second where there is room.
const SAMPLE: (usize, usize) = (32, 1024);

/// How large samples and catches are.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// Rows of the sample.
    sample: usize,
    /// Values that are kept of a column.
    room: usize,
    /// Columns of a strip that are sifted together, and strips.
    lanes: usize,
    strips: usize,
}

impl Sizes {
    fn new<T>(rows: usize, limit: usize, threads: usize) -> Self {
        let item = size_of::<T>();
        // Half of what there is goes to values that are kept, and a quarter to samples.
        let affordable = (limit / 4 / (threads * LANES * item)).max(1);
        let wanted = (rows / SAMPLE.0).max(SAMPLE.1).min(rows);
        let sample = wanted.min(affordable);
        let room = bracket::expected(rows, sample, SURE);
        let room = room.min(limit / 2 / item).max(1);
        let columns = limit / 2 / (room * item);
        Self {
            sample,
            room,
            lanes: columns.clamp(1, LANES),
            strips: (columns / LANES).max(1),
        }
    }
}

/// Up to `LANES` neighbouring columns, and which of them want their median.
pub struct Strip<T> {
    /// The columns that want their median.
    pub wanted: [Option<GapColumn>; LANES],
    /// Where the columns are, and their brackets.
    pub sieve: Sieve<T>,
    caught: Mutex<Caught<T>>,
}

/// What was caught in all blocks of a strip, of the columns that want their median.
struct Caught<T> {
    counts: [Counts; LANES],
    kept: Scratch<T>,
    lengths: [usize; LANES],
}

/// The median of each gap's column.
pub fn medians<T: Real>(
    out: &ArrayView2<'_, T>,
    gaps: &[GapColumn],
    passes: &mut Team<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let sizes = Sizes::new::<T>(out.nrows(), passes.account.limit(), passes.threads);
    let mut strips = strips(out.ncols(), gaps, (sizes, passes.account));
    let mut fills = Vec::with_capacity(gaps.len());
    let mut missed = Vec::new();
    for group in strips.chunks_mut(sizes.strips) {
        set_brackets(out, group, sizes, passes)?;
        sift(out, group, sizes.room, passes)?;
        for (gap, median) in settle(group, sizes, passes)? {
            match median {
                Some(median) => fills.push((gap.column, median)),
                None => missed.push(gap),
            }
        }
    }
    fills.extend(search(out, &missed, passes)?);
    Ok(fills)
}

fn strips<T: Real>(
    columns: usize,
    gaps: &[GapColumn],
    (sizes, account): (Sizes, &Arc<Account>),
) -> Vec<Strip<T>> {
    let mut strips: Vec<Strip<T>> = Vec::new();
    for gap in gaps {
        let first = gap.column / LANES * LANES;
        let is_open =
            |strip: &Strip<T>| strip.sieve.at == first && strip.wanted().count() < sizes.lanes;
        if !strips.last().is_some_and(is_open) {
            strips.push(Strip {
                wanted: [None; LANES],
                sieve: Sieve {
                    at: first,
                    lanes: columns.min(first + LANES) - first,
                    brackets: Brackets::closed(),
                },
                caught: Mutex::new(Caught {
                    counts: [Counts::default(); LANES],
                    kept: Scratch::new(account),
                    lengths: [0; LANES],
                }),
            });
        }
        if let Some(strip) = strips.last_mut() {
            strip.wanted[gap.column - first] = Some(*gap);
        }
    }
    strips
}

impl<T: Real> Strip<T> {
    /// The lanes that want their median.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, GapColumn)> + '_ {
        let lanes = self.wanted.iter().enumerate();
        lanes.filter_map(|(lane, gap)| gap.map(|gap| (lane, gap)))
    }

    /// Takes over what a block of rows left.
    pub fn take(&self, catch: &mut Catch<T>, room: usize) {
        let mut caught = lock(&self.caught);
        catch.empty(self.sieve.lanes, |lane, counts, inside| {
            if self.wanted[lane].is_some() {
                caught.add(self.place(lane), counts, inside, room);
            }
        });
    }

    /// Takes over what a stretch of the column on `lane` left.
    pub fn take_along(&self, lane: usize, haul: &InBracket<T>, room: usize) {
        lock(&self.caught).add(self.place(lane), haul.counts, haul.inside(), room);
    }

    /// Where a lane stands among those that want their median.
    fn place(&self, lane: usize) -> usize {
        self.wanted[..lane].iter().flatten().count()
    }
}

impl<T: Real> Caught<T> {
    /// Keeps what fits, and counts it all.
    fn add(&mut self, place: usize, counts: Counts, inside: &[T], room: usize) {
        self.counts[place].add(counts);
        let start = place * room + self.lengths[place].min(room);
        let fitting = inside.len().min((place + 1) * room - start);
        self.kept.all_mut()[start..start + fitting].copy_from_slice(&inside[..fitting]);
        self.lengths[place] += inside.len();
    }
}

/// Sets the brackets of the strips.
fn set_brackets<T: Real>(
    out: &ArrayView2<'_, T>,
    strips: &mut [Strip<T>],
    sizes: Sizes,
    passes: &mut Team<'_, '_>,
) -> Result<()> {
    let account = passes.account;
    let queue = Mutex::new(strips.iter_mut());
    let (workers, caller) = (passes.workers, &mut *passes.caller);
    workers.run(passes.threads, caller, || {
        let mut sample = Scratch::new(account);
        let sample = sample.fit(sizes.sample * LANES).map_err(scarce)?;
        loop {
            let Some(strip) = lock(&queue).next() else {
                return Ok(());
            };
            let columns = out.slice(s![.., strip.sieve.at..strip.sieve.at + strip.sieve.lanes]);
            let mut picked = 0;
            for row in bracket::places(out.nrows(), sizes.sample) {
                for (lane, value) in columns.row(row).iter().enumerate() {
                    sample[lane * sizes.sample + picked] = *value;
                }
                picked += 1;
            }
            for (lane, gap) in strip.wanted.iter().enumerate() {
                if gap.is_some() {
                    let sample = &mut sample[lane * sizes.sample..][..picked];
                    let (low, high) = bracket::bracket(sample, SURE);
                    (
                        strip.sieve.brackets.low[lane],
                        strip.sieve.brackets.high[lane],
                    ) = (low, high);
                }
            }
            let wanted = strip.wanted().count();
            let kept = &mut lock(&strip.caught).kept;
            kept.fit(wanted * sizes.room).map_err(scarce)?;
            workers.done(0)?;
        }
    })?;
    Ok(())
}

/// The medians of what was caught; `None` where a bracket missed or more was caught than fits.
fn settle<T: Real>(
    strips: &mut [Strip<T>],
    sizes: Sizes,
    passes: &mut Team<'_, '_>,
) -> Result<Vec<(GapColumn, Option<T>)>> {
    let queue = Mutex::new(strips.iter_mut());
    let found = passes
        .workers
        .run(passes.threads, &mut *passes.caller, || {
            let mut found = Vec::new();
            loop {
                let Some(strip) = lock(&queue).next() else {
                    return Ok(found);
                };
                let mut caught = lock(&strip.caught);
                let Caught {
                    counts,
                    kept,
                    lengths,
                } = &mut *caught;
                for (place, (lane, gap)) in strip.wanted().enumerate() {
                    let bracket = (
                        strip.sieve.brackets.low[lane],
                        strip.sieve.brackets.high[lane],
                    );
                    let kept = kept.all_mut()[place * sizes.room..].get_mut(..lengths[place]);
                    let kept = kept.filter(|kept| kept.len() <= sizes.room);
                    let middle =
                        kept.and_then(|k| bracket::middle(gap.count, bracket, counts[place], k));
                    found.push((gap, middle.map(|middle| median(gap.count, middle))));
                }
                kept.clear();
            }
        })?;
    Ok(found.into_iter().flatten().collect())
}

/// Too little memory for medians is no fault of a file.
pub fn scarce(fault: Fault) -> Error {
    match fault {
        Fault::Scarce { needed } => Error::from(Shortage {
            needed: Some(needed),
            ..Shortage::new(format!(
                "medians need {needed} bytes at once, and less is free; raise memory_limit by \
                 {needed} bytes, or fill with fill=\"mean\" or a number"
            ))
        }),
        fault => fault.at(Place::default()),
    }
}
