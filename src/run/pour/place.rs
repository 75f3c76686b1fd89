//! One column of one row group on its way to its place.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{Cells, Lane, RowGroup};
use crate::error::Fault;
use crate::fit::observer::Observer;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::{Element, Rule, Tally};
use crate::output::sheets::ColumnPiece;
use crate::parquet::page::buffers::ReadBuffers;
use crate::select::{Rows, Step};
use crate::sys::pages::PageRelease;
use crate::workers::{ReleaseBuffers, Workers};

/// A row group in work, and which of its rows are poured.
#[derive(Debug)]
pub struct PouredGroup {
    /// The row group.
    pub row_group: RowGroup<Cells>,
    /// Its rows that are poured.
    pub rows: Rows,
}

/// The place of a column, whatever its dtype.
pub trait Place: Send {
    /// Decodes field `at` of a row group to its place, and returns what was met.
    fn pour(
        &mut self,
        group: &PouredGroup,
        at: usize,
        bench: &mut Bench<'_>,
    ) -> Result<Tally, Fault>;
    /// Says that the column was poured in part, and will be poured once more.
    fn abandon(&self);
    /// Gives back the pages of a column that is done.
    fn give_back(&self);
}

/// The place of a column of one dtype.
pub struct ColumnPlace<'o, T> {
    /// Which column of its array.
    pub column: usize,
    /// What to write for what is not plain.
    pub rule: &'o Rule<T>,
    /// Looks at what is poured.
    pub observer: Option<&'o dyn Observer<T>>,
    /// The rows.
    pub piece: ColumnPiece<'o, T>,
    /// Takes back pages of columns that lie in one piece.
    pub release: Option<&'o PageRelease>,
    /// Where the rows lie in the array then.
    pub bytes: Range<usize>,
}

/// What a thread pours with.
pub struct Bench<'a> {
    buffers: ReadBuffers,
    /// A `Loom` for the dtype that was poured last: columns of one dtype follow each other.
    loom: Option<Box<dyn Any>>,
    account: &'a Arc<Account>,
    workers: &'a Workers,
    tile_rows: usize,
    /// Whether the outputs are too large for the cache.
    is_large: bool,
}

/// A lane, and a tile for rows on their way to several sheets.
struct Loom<T: Element> {
    lane: Lane<T>,
    tile: Scratch<T>,
}

impl<'a> Bench<'a> {
    /// An empty one.
    pub fn new(
        account: &'a Arc<Account>,
        workers: &'a Workers,
        tile_rows: usize,
        is_large: bool,
    ) -> Self {
        Self {
            buffers: ReadBuffers::new(account),
            loom: None,
            account,
            workers,
            tile_rows,
            is_large,
        }
    }
}

impl ReleaseBuffers for Bench<'_> {
    fn release_buffers(&mut self) {
        self.loom = None;
        self.buffers.release_buffers();
    }
}

impl<T: Element> Place for ColumnPlace<'_, T> {
    fn pour(
        &mut self,
        group: &PouredGroup,
        at: usize,
        bench: &mut Bench<'_>,
    ) -> Result<Tally, Fault> {
        if !bench.loom.as_ref().is_some_and(|loom| loom.is::<Loom<T>>()) {
            bench.loom = Some(Box::new(Loom::<T> {
                lane: Lane::new(bench.account),
                tile: Scratch::new(bench.account),
            }));
        }
        let loom = bench
            .loom
            .as_mut()
            .and_then(|loom| loom.downcast_mut::<Loom<T>>());
        let Some(Loom { lane, tile }) = loom else {
            return Err(Fault::corrupt("a loom is of another dtype"));
        };
        let row_group = &group.row_group;
        lane.open(&row_group.source, &row_group.cells[at], self.rule)?;
        let mut cursor = group.rows.cursor();
        let buffers = &mut bench.buffers;
        let mut next = |out: &mut [T]| -> Result<(), Fault> {
            let mut filled = 0;
            while filled < out.len() {
                match cursor.step(out.len() - filled) {
                    Some(Step::Take(rows)) => {
                        lane.fill(&mut out[filled..filled + rows], buffers)?;
                        filled += rows;
                    }
                    Some(Step::Skip(rows)) => lane.skip(rows, buffers)?,
                    None => return Err(Fault::corrupt("fewer rows are taken than were counted")),
                }
            }
            if let Some(observer) = self.observer {
                observer.show(self.column, out);
            }
            Ok(bench.workers.done(out.len())?)
        };
        if let Some(whole) = self.piece.one() {
            whole.chunks_mut(bench.tile_rows).try_for_each(&mut next)?;
        } else {
            let tile = tile.fit(bench.tile_rows.min(self.piece.rows()))?;
            through(
                tile,
                &mut self.piece,
                UncachedCopy::new(bench.is_large),
                &mut next,
            )?;
        }
        while let Some(Step::Skip(rows)) = cursor.step(0) {
            lane.skip(rows, buffers)?;
        }
        lane.finish(buffers)
    }

    fn abandon(&self) {
        if let Some(observer) = self.observer {
            observer.abandon(self.column);
        }
    }

    fn give_back(&self) {
        if let Some(release) = self.release {
            release.give_back(self.bytes.clone());
        }
    }
}

/// Has `next` fill the tile again and again, and stores what it holds in the parts of a piece.
fn through<T: Copy>(
    tile: &mut [T],
    piece: &mut ColumnPiece<'_, T>,
    mut stream: UncachedCopy,
    next: &mut impl FnMut(&mut [T]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut left = piece.rows();
    let mut at = 0;
    let mut filled = 0;
    for mut part in piece.parts() {
        while !part.is_empty() {
            if at == filled {
                at = 0;
                filled = left.min(tile.len());
                next(&mut tile[..filled])?;
                left -= filled;
            }
            let count = part.len().min(filled - at);
            let (place, rest) = part.split_at_mut(count);
            stream.store(&tile[at..at + count], place);
            at += count;
            part = rest;
        }
    }
    Ok(())
}
