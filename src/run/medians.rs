//! Medians of columns as they stand in the output, in one look at each value: brackets from a
//! sample of rows, one pass with a sieve, and a search in rounds for the few that a bracket missed.
//!
//! In row-major order a pass goes along the rows, all columns at once, as they lie in memory; in
//! column-major order it goes column by column.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ndarray::{ArrayView1, ArrayView2, Axis, s};

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Place, Result};
use crate::kernel::Real;
use crate::kernel::select::Search;
use crate::kernel::sieve::{self, BLOCK, Brackets, Catch, Counts, LANES, Sieve};
use crate::output::mapping::Returns;
use crate::run::crew::{Crew, Watch, lock};
use crate::run::settle::Gap;

/// One row of so many is in the sample, and no fewer rows than the second.
const SAMPLE: (usize, usize) = (32, 1024);
/// Room for what a sieve keeps, beyond what the sample lets expect.
const SLACK: (f64, usize) = (1.25, 256);
/// Strips that are sifted together: half a page of a row.
const TOGETHER: usize = 32;
/// Blocks of rows that a thread takes at a time.
const BLOCKS: usize = 16;
/// Rounds that no search needs: 6 of counting, one of keeping, and as many again after a bad guess.
const MOST_ROUNDS: usize = 32;

/// What all passes need.
pub struct Passes<'a, 'w> {
    /// What buffers are leased from.
    pub account: &'a Arc<Account>,
    /// Takes back the pages of a file that were looked at.
    pub returns: &'a Returns,
    /// How many work.
    pub threads: usize,
    /// Who works.
    pub crew: &'a Crew,
    /// Who watches.
    pub watch: &'w mut dyn Watch,
}

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
        let affordable = limit / 4 / (threads * LANES * item);
        let sample = (rows / SAMPLE.0).min(affordable).max(SAMPLE.1).min(rows);
        let share = sieve::share(sample) * SLACK.0;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate"
        )]
        let room = (rows as f64 * share) as usize + SLACK.1;
        let room = room.min(rows).min(limit / 2 / item).max(1);
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
struct Strip<T> {
    wanted: [Option<Gap>; LANES],
    sieve: Sieve<T>,
    caught: Mutex<Caught<T>>,
}

/// What was caught in all blocks of a strip.
struct Caught<T> {
    counts: [Counts; LANES],
    kept: Scratch<T>,
    lengths: [usize; LANES],
}

/// The median of each gap's column.
pub fn medians<T: Real>(
    out: ArrayView2<'_, T>,
    gaps: &[Gap],
    passes: &mut Passes<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    if gaps.is_empty() {
        return Ok(Vec::new());
    }
    let sizes = Sizes::new::<T>(out.nrows(), passes.account.limit(), passes.threads);
    let mut strips = strips(out.ncols(), gaps, (sizes, passes.account));
    let mut fills = Vec::with_capacity(gaps.len());
    let mut missed = Vec::new();
    for group in strips.chunks_mut(sizes.strips) {
        bracket(out, group, sizes, passes)?;
        sift(out, group, sizes, passes)?;
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
    gaps: &[Gap],
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
    fn wanted(&self) -> impl Iterator<Item = (usize, Gap)> + '_ {
        let lanes = self.wanted.iter().enumerate();
        lanes.filter_map(|(lane, gap)| gap.map(|gap| (lane, gap)))
    }

    /// Takes over what a block left on lanes that `column` tells the column of.
    fn take(
        &self,
        catch: &mut Catch<T>,
        lanes: usize,
        room: usize,
        column: impl Fn(usize) -> usize,
    ) {
        let mut caught = lock(&self.caught);
        let Caught {
            counts,
            kept,
            lengths,
        } = &mut *caught;
        catch.empty(lanes, |lane, count, values| {
            let column = column(lane);
            counts[column].add(count);
            if self.wanted[column].is_some() {
                let start = column * room + lengths[column].min(room);
                let fitting = values.len().min((column + 1) * room - start);
                kept.all_mut()[start..start + fitting].copy_from_slice(&values[..fitting]);
                lengths[column] += values.len();
            }
        });
    }
}

/// Sets the brackets of the strips.
fn bracket<T: Real>(
    out: ArrayView2<'_, T>,
    strips: &mut [Strip<T>],
    sizes: Sizes,
    passes: &mut Passes<'_, '_>,
) -> Result<()> {
    let account = passes.account;
    let queue = Mutex::new(strips.iter_mut());
    let (crew, watch) = (passes.crew, &mut *passes.watch);
    crew.run(passes.threads, watch, || {
        let mut sample = Scratch::new(account);
        let sample = sample.fit(sizes.sample * LANES).map_err(nowhere)?;
        loop {
            let Some(strip) = lock(&queue).next() else {
                return Ok(());
            };
            let columns = out.slice(s![.., strip.sieve.at..strip.sieve.at + strip.sieve.lanes]);
            for (at, row) in sampled(out.nrows(), sizes.sample).enumerate() {
                for (lane, value) in columns.row(row).iter().enumerate() {
                    sample[lane * sizes.sample + at] = *value;
                }
            }
            for (lane, gap) in strip.wanted.iter().enumerate() {
                if gap.is_some() {
                    let sample = &mut sample[lane * sizes.sample..][..sizes.sample];
                    let (low, high) = sieve::bracket(sample);
                    (
                        strip.sieve.brackets.low[lane],
                        strip.sieve.brackets.high[lane],
                    ) = (low, high);
                }
            }
            let lanes = strip.sieve.lanes;
            let kept = &mut lock(&strip.caught).kept;
            kept.fit(lanes * sizes.room).map_err(nowhere)?;
            crew.done(0)?;
        }
    })?;
    Ok(())
}

/// Rows from all over the column, always the same ones.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a row is below the number of rows"
)]
fn sampled(rows: usize, count: usize) -> impl Iterator<Item = usize> {
    let edge = move |at: usize| (at as u128 * rows as u128 / count as u128) as usize;
    (0..count).map(move |at| {
        // Somewhere in its stride, so that a period in the data does not show.
        let (start, end) = (edge(at), edge(at + 1));
        let mixed = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        start + mixed as usize % (end - start).max(1)
    })
}

/// Shows every value to the sieves.
fn sift<T: Real>(
    out: ArrayView2<'_, T>,
    strips: &[Strip<T>],
    sizes: Sizes,
    passes: &mut Passes<'_, '_>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (crew, room) = (passes.crew, sizes.room);
    let returns = passes.returns;
    crew.run(passes.threads, &mut *passes.watch, || {
        if let Some(rows) = out.to_slice() {
            sift_rows(rows, out.ncols(), (strips, room), (&next, returns, crew))
        } else {
            sift_columns(out, (strips, room), &next, crew)
        }
    })?;
    Ok(())
}

fn sift_rows<T: Real>(
    rows: &[T],
    columns: usize,
    (strips, room): (&[Strip<T>], usize),
    (next, returns, crew): (&AtomicUsize, &Returns, &Crew),
) -> Result<()> {
    let sieves: Vec<Sieve<T>> = strips.iter().map(|strip| strip.sieve).collect();
    let wanted: usize = strips.iter().map(|strip| strip.wanted().count()).sum();
    let mut catches: Vec<Catch<T>> = Vec::new();
    catches.resize_with(sieves.len().min(TOGETHER), Catch::default);
    loop {
        let start = next.fetch_add(BLOCKS * BLOCK * columns, Ordering::Relaxed);
        if start >= rows.len() {
            return Ok(());
        }
        let end = rows.len().min(start + BLOCKS * BLOCK * columns);
        for rows in rows[start..end].chunks(BLOCK * columns) {
            for (strips, sieves) in strips.chunks(TOGETHER).zip(sieves.chunks(TOGETHER)) {
                sieve::look(rows, columns, sieves, &mut catches);
                for (strip, catch) in strips.iter().zip(&mut catches) {
                    strip.take(catch, strip.sieve.lanes, room, |lane| lane);
                }
            }
        }
        returns.give_back(start * size_of::<T>()..end * size_of::<T>());
        crew.done((end - start) / columns * wanted)?;
    }
}

fn sift_columns<T: Real>(
    out: ArrayView2<'_, T>,
    (strips, room): (&[Strip<T>], usize),
    next: &AtomicUsize,
    crew: &Crew,
) -> Result<()> {
    let mut catch = [Catch::default()];
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(strip) = strips.get(at / LANES) else {
            return Ok(());
        };
        let lane = at % LANES;
        if strip.wanted[lane].is_none() {
            continue;
        }
        let column = out.column(strip.sieve.at + lane);
        let column = column.to_slice().ok_or_else(strange)?;
        let brackets = &strip.sieve.brackets;
        let sieve = [Sieve {
            at: 0,
            lanes: LANES,
            brackets: Brackets::splat((brackets.low[lane], brackets.high[lane])),
        }];
        for values in column.chunks(BLOCK * LANES) {
            let (whole, rest) = values.split_at(values.len() / LANES * LANES);
            sieve::look(whole, LANES, &sieve, &mut catch);
            // The last few have a row of their own, and the other lanes of it nothing.
            let rest_of = [Sieve {
                lanes: rest.len(),
                ..sieve[0]
            }];
            if !rest.is_empty() {
                sieve::look(rest, LANES, &rest_of, &mut catch);
            }
            strip.take(&mut catch[0], LANES, room, |_| lane);
            crew.done(values.len())?;
        }
    }
}

/// The medians of what was caught; `None` where a bracket missed or more was caught than fits.
fn settle<T: Real>(
    strips: &mut [Strip<T>],
    sizes: Sizes,
    passes: &mut Passes<'_, '_>,
) -> Result<Vec<(Gap, Option<T>)>> {
    let queue = Mutex::new(strips.iter_mut());
    let found = passes.crew.run(passes.threads, &mut *passes.watch, || {
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
            for (lane, gap) in strip.wanted() {
                let bracket = (
                    strip.sieve.brackets.low[lane],
                    strip.sieve.brackets.high[lane],
                );
                let kept = kept.all_mut()[lane * sizes.room..].get_mut(..lengths[lane]);
                let kept = kept.filter(|kept| kept.len() <= sizes.room);
                let middle = kept.and_then(|k| sieve::middle(gap.count, bracket, counts[lane], k));
                found.push((gap, middle.map(|middle| median(&gap, middle))));
            }
            kept.clear();
        }
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The median of a column from its two middle values. The mean of two is taken as NumPy has it,
/// overflow included.
#[expect(
    clippy::manual_midpoint,
    reason = "midpoint avoids the overflow that NumPy has"
)]
pub fn median<T: Real>(gap: &Gap, (lower, upper): (T, T)) -> T {
    if gap.count % 2 == 1 {
        lower
    } else {
        T::nearest((lower.to_f64() + upper.to_f64()) / 2.0)
    }
}

/// Searches in rounds, without a guess: for columns whose bracket missed.
fn search<T: Real>(
    out: ArrayView2<'_, T>,
    gaps: &[Gap],
    passes: &mut Passes<'_, '_>,
) -> Result<Vec<(usize, T)>> {
    let bytes = passes.account.limit() / 2 / passes.threads;
    let room = bytes.saturating_sub(Search::bytes(0)) / size_of::<u64>();
    let room = room.clamp(256, out.nrows().max(256));
    let (crew, account) = (passes.crew, passes.account);
    let queue = Mutex::new(gaps.iter());
    let found = crew.run(passes.threads, &mut *passes.watch, || {
        let mut found = Vec::new();
        loop {
            let Some(gap) = lock(&queue).next() else {
                return Ok(found);
            };
            let mut lease = account.open();
            // The reserve covers the least that a search needs.
            lease
                .resize(Search::bytes(room).min(bytes))
                .map_err(nowhere)?;
            found.push((
                gap.column,
                search_one(out.column(gap.column), gap, room, crew)?,
            ));
        }
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn search_one<T: Real>(
    column: ArrayView1<'_, T>,
    gap: &Gap,
    room: usize,
    crew: &Crew,
) -> Result<T> {
    let mut search = Search::new(gap.count, room, &mut []);
    for _ in 0..MOST_ROUNDS {
        for values in column.axis_chunks_iter(Axis(0), BLOCK * LANES) {
            let values = values.into_iter().filter(|value| !value.is_nan());
            search.show(values.map(|value| value.key()));
            crew.done(0)?;
        }
        search.advance();
        if let Some(middle) = search.found() {
            let middle = (T::from_key(middle.lower), T::from_key(middle.upper));
            return Ok(median(gap, middle));
        }
    }
    Err(Error::Internal("a median was not found".to_owned()))
}

fn nowhere(fault: Fault) -> Error {
    fault.at(Place::default())
}

fn strange() -> Error {
    Error::Internal("an output is neither C nor F".to_owned())
}
