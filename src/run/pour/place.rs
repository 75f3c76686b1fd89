//! One column of one row group, poured into its place in an array.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{Cells, Lane, RowGroup};
use crate::error::Fault;
use crate::fit::observer::Observer;
use crate::io::Source;
use crate::kernel::moves::uncached::UncachedCopy;
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Element, Rule, Tally};
use crate::output::sheets::ColumnPiece;
use crate::parquet::page::buffers::ReadBuffers;
use crate::select::{ChosenRows, Rows, Step};
use crate::sys::pages::PageRelease;
use crate::workers::{ReleaseBuffers, Workers};

/// A row group in work, and which of its rows are poured.
#[derive(Debug)]
pub struct PouredGroup {
    /// The row group.
    pub row_group: RowGroup<Cells>,
    /// The rows that are poured, and where they go.
    pub chosen: ChosenRows,
}

impl PouredGroup {
    /// The cells of field `at`.
    pub(super) fn column(&self, at: usize) -> PouredColumn<'_> {
        PouredColumn {
            source: &self.row_group.source,
            cells: &self.row_group.cells[at],
        }
    }
}

/// The place of a column, whatever its dtype.
pub trait Place: Send {
    /// How many columns of its array it is.
    fn width(&self) -> usize;
    /// Decodes field `at` of a row group into the place, and writes the tally of each part: of one column
    /// after the other, where it is several.
    fn pour(
        &mut self,
        group: &PouredGroup,
        at: usize,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<(), Fault>;
    /// Withdraws what the observer was shown, because the column will be poured once more.
    fn abandon(&self);
    /// Gives back the pages of a finished column.
    fn give_back(&self);
}

/// The place of a column of one dtype.
pub struct ColumnPlace<'o, T> {
    /// The number of the column in its array.
    pub column: usize,
    /// What is written for values that are not plain numbers.
    pub rule: &'o Rule<T>,
    /// What marks values that may not be wanted.
    pub sentinels: Option<Sentinels<T>>,
    /// Observes what is poured into the first part.
    pub observer: Option<&'o dyn Observer<T>>,
    /// The rows of each part.
    pub parts: Vec<PartPiece<'o, T>>,
    /// Takes back the pages of a column that is contiguous in memory.
    pub release: Option<&'o PageRelease>,
}

/// The rows of one part.
pub struct PartPiece<'o, T> {
    /// The rows.
    pub piece: ColumnPiece<'o, T>,
    /// The first of them in the array.
    pub first: usize,
    /// Their bytes in the array, if the column is contiguous in memory.
    pub bytes: Range<usize>,
}

/// A column of a row group that is poured.
#[derive(Debug, Clone, Copy)]
pub(super) struct PouredColumn<'a> {
    /// The file.
    pub(super) source: &'a Arc<Source>,
    /// The cells.
    pub(super) cells: &'a Cells,
}

/// The buffers of one thread.
pub struct PourBuffers<'a> {
    pub(super) read: ReadBuffers,
    /// `TypedBuffers` of the dtype that was poured last: columns of one dtype follow each other.
    typed: Option<Box<dyn Any>>,
    pub(super) account: &'a Arc<Account>,
    pub(super) workers: &'a Workers,
    pub(super) tile_rows: usize,
    /// Whether the outputs are too large for the cache.
    pub(super) is_large: bool,
}

/// A lane, and tiles for rows on their way to several sheets or parts.
pub(super) struct TypedBuffers<T: Element> {
    pub(super) lane: Lane<T>,
    pub(super) tile: Scratch<T>,
    /// The rows of a tile that go to one part.
    pub(super) taken: Scratch<T>,
}

impl<'a> PourBuffers<'a> {
    /// Empty buffers, which are leased from `account` as they are needed.
    pub fn new(
        account: &'a Arc<Account>,
        workers: &'a Workers,
        tile_rows: usize,
        is_large: bool,
    ) -> Self {
        Self {
            read: ReadBuffers::new(account),
            typed: None,
            account,
            workers,
            tile_rows,
            is_large,
        }
    }

    /// Takes out the buffers of a dtype; those of another dtype are dropped first.
    pub(super) fn take<T: Element>(&mut self) -> Box<TypedBuffers<T>> {
        let last = self.typed.take();
        let last = last.and_then(|buffers| buffers.downcast().ok());
        last.unwrap_or_else(|| {
            Box::new(TypedBuffers {
                lane: Lane::new(self.account),
                tile: Scratch::new(self.account),
                taken: Scratch::new(self.account),
            })
        })
    }
}

impl PourBuffers<'_> {
    /// Keeps the buffers of a dtype for the next column.
    pub(super) fn put_back<T: Element>(&mut self, typed: Box<TypedBuffers<T>>) {
        self.typed = Some(typed);
    }
}

impl ReleaseBuffers for PourBuffers<'_> {
    fn holds_buffers(&self) -> bool {
        self.typed.is_some()
    }

    fn release_buffers(&mut self) {
        self.typed = None;
        self.read.release_buffers();
    }
}

impl<T: Element> Place for ColumnPlace<'_, T> {
    fn width(&self) -> usize {
        1
    }

    fn pour(
        &mut self,
        group: &PouredGroup,
        at: usize,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<(), Fault> {
        let mut typed = buffers.take::<T>();
        let column = group.column(at);
        let part = group.chosen.part;
        let poured = match &group.chosen.rows {
            Rows::Mixed(rows) => self.pour_mixed(rows, column, &mut typed, buffers, tallies),
            rows => {
                let tally = self.pour_part(rows, part, column, &mut typed, buffers);
                tally.map(|tally| tallies[part] = tally)
            }
        };
        buffers.put_back(typed);
        poured
    }

    fn abandon(&self) {
        if let Some(observer) = self.observer {
            observer.abandon(self.column);
        }
    }

    fn give_back(&self) {
        if let Some(release) = self.release {
            for part in &self.parts {
                release.give_back(part.bytes.clone());
            }
        }
    }
}

impl<T: Element> ColumnPlace<'_, T> {
    /// Decodes the rows of one part straight into a contiguous place, and by way of the tile into any
    /// other.
    fn pour_part(
        &mut self,
        rows: &Rows,
        part: usize,
        column: PouredColumn<'_>,
        typed: &mut TypedBuffers<T>,
        buffers: &mut PourBuffers<'_>,
    ) -> Result<Tally, Fault> {
        let TypedBuffers { lane, tile, .. } = typed;
        lane.open(column.source, column.cells, self.rule)?;
        let observer = self.observer.filter(|_| part == 0);
        let PartPiece { piece, first, .. } = &mut self.parts[part];
        let mut row = *first;
        let mut cursor = rows.cursor();
        let read = &mut buffers.read;
        let mut next = |out: &mut [T]| -> Result<(), Fault> {
            let mut filled = 0;
            while filled < out.len() {
                match cursor.step(out.len() - filled) {
                    Some(Step::Take(rows)) => {
                        lane.fill(&mut out[filled..filled + rows], read)?;
                        filled += rows;
                    }
                    Some(Step::Skip(rows)) => lane.skip(rows, read)?,
                    None => return Err(Fault::corrupt("fewer rows are taken than were counted")),
                }
            }
            if let Some(observer) = observer {
                observer.show(self.column, Some(row), out);
            }
            row += out.len();
            Ok(buffers.workers.done(out.len())?)
        };
        if let Some(column) = piece.contiguous() {
            let mut tiles = column.chunks_mut(buffers.tile_rows);
            tiles.try_for_each(&mut next)?;
        } else {
            let tile = tile.fit(buffers.tile_rows.min(piece.rows()))?;
            let copy = UncachedCopy::new(buffers.is_large);
            scatter(tile, piece, copy, &mut next)?;
        }
        while let Some(Step::Skip(rows)) = cursor.step(0) {
            lane.skip(rows, read)?;
        }
        lane.finish(read)
    }
}

/// Has `next` fill the tile again and again, and copies its values into the parts of a piece.
fn scatter<T: Copy>(
    tile: &mut [T],
    piece: &mut ColumnPiece<'_, T>,
    mut copy: UncachedCopy,
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
            let (to, rest) = part.split_at_mut(count);
            copy.store(&tile[at..at + count], to);
            at += count;
            part = rest;
        }
    }
    Ok(())
}
