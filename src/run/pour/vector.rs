//! A column of lists of one row group, poured into the columns that it becomes.
//!
//! ```text
//! where these columns are the whole array, row by row: decode straight into it
//! else, for each tile of rows: decode it, turn it into columns, store each
//! ```
//!
//! Each number belongs to the column of its position, and columns may have rules of their own. So what is
//! not plain is marked by sentinels, and counted and replaced when a tile is turned into columns. A tile
//! that has nothing of the kind, which the tally of the lane shows, needs no second look.

use std::ops::Range;

use ndarray::ArrayViewMut2;

use crate::account::Scratch;
use crate::dataset::Lane;
use crate::error::Fault;
use crate::fit::observer::Observer;
use crate::kernel::moves::transpose;
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Element, Rule, Tally};
use crate::output::sheets::ColumnPiece;
use crate::run::pour::mixed::PieceWriter;
use crate::run::pour::place::{
    PartPiece, Place, PourBuffers, PouredColumn, PouredGroup, TypedBuffers,
};
use crate::select::{ChosenRows, PartRun};
use crate::sys::pages::PageRelease;

/// The place of a column of lists.
pub struct VectorPlace<'o, T> {
    /// Which columns of its array it becomes.
    pub columns: Range<usize>,
    /// For each of them, what is written for values that are not plain numbers.
    pub rules: &'o [Rule<T>],
    /// What marks such values until their column is known; none where all rules are one.
    pub sentinels: Option<Sentinels<T>>,
    /// Observes what is poured into the first part.
    pub observer: Option<&'o dyn Observer<T>>,
    /// The rows of each part.
    pub parts: Vec<VectorPiece<'o, T>>,
    /// Takes back the pages of columns that are contiguous in memory.
    pub release: Option<&'o PageRelease>,
}

/// The rows of one part.
pub enum VectorPiece<'o, T> {
    /// All columns, row by row.
    Rows(ColumnPiece<'o, T>),
    /// Each column.
    Columns(Vec<PartPiece<'o, T>>),
}

/// Where the rows of a part go while they are poured.
enum VectorWriter<'p, T> {
    Rows(Rows<'p, T>),
    Columns(Vec<PieceWriter<'p, T>>),
}

/// The places of rows that are left.
struct Rows<'p, T> {
    left: &'p mut [T],
}

/// What rows of a tile become.
struct Cleaning<'a, T: Element> {
    columns: Range<usize>,
    rules: &'a [Rule<T>],
    sentinels: Option<Sentinels<T>>,
    observer: Option<&'a dyn Observer<T>>,
    /// The tallies of all parts of each column.
    tallies: &'a mut [Tally],
    parts: usize,
    /// Room for a tile that is turned.
    turned: &'a mut Scratch<T>,
}

impl<T: Element> Place for VectorPlace<'_, T> {
    fn width(&self) -> usize {
        self.columns.len()
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
        let counted = self.pour_rows(&group.chosen, column, &mut typed, buffers, tallies);
        buffers.put_back(typed);
        match counted {
            Ok(counted) if self.sentinels.is_none() => tallies[0] = counted,
            Ok(counted) if counted.overflowed > 0 => {
                self.find_largest(&group.chosen, column, buffers, tallies)?;
            }
            counted => drop(counted?),
        }
        Ok(())
    }

    fn abandon(&self) {
        if let Some(observer) = self.observer {
            self.columns
                .clone()
                .for_each(|column| observer.abandon(column));
        }
    }

    fn give_back(&self) {
        let Some(release) = self.release else {
            return;
        };
        for part in &self.parts {
            if let VectorPiece::Columns(columns) = part {
                for column in columns {
                    release.give_back(column.bytes.clone());
                }
            }
        }
    }
}

impl<'o, T: Element> VectorPlace<'o, T> {
    /// Decodes all rows that are wanted, and returns what the lane counted.
    fn pour_rows(
        &mut self,
        chosen: &ChosenRows,
        column: PouredColumn<'_>,
        typed: &mut TypedBuffers<T>,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<Tally, Fault> {
        let TypedBuffers { lane, tile, taken } = typed;
        let width = self.columns.len();
        let rule = self
            .sentinels
            .as_ref()
            .map_or(&self.rules[0], |own| &own.rule);
        lane.open(column.source, column.cells, rule)?;
        // A tile, and the same turned.
        let tile_rows = (buffers.tile_rows / 2 / width).max(1);
        let is_large = buffers.is_large;
        let mut cleaning = self.cleaning(tallies, taken);
        let parts = self.parts.iter_mut();
        let writers = parts.map(|part| VectorWriter::new(part, is_large));
        let mut writers: Vec<VectorWriter<'_, T>> = writers.collect();
        let mut open = OpenTile {
            part: 0,
            rows: 0,
            before: lane.tally(),
        };
        chosen.for_each_run(&mut |run: PartRun| {
            if run.skip > 0 {
                lane.skip(run.skip, &mut buffers.read)?;
            }
            let mut left = run.take;
            while left > 0 {
                let writer = &mut writers[run.part];
                let rows = match writer {
                    VectorWriter::Rows(rest) => {
                        let rows = left.min(tile_rows);
                        let out = next_rows(rest, rows * width)?;
                        let before = lane.tally();
                        lane.fill(out, &mut buffers.read)?;
                        cleaning.clean_rows(out, run.part, lane.tally() != before)?;
                        rows
                    }
                    VectorWriter::Columns(_) => {
                        if open.rows == tile_rows || open.part != run.part {
                            open.store(lane, tile, &mut writers, &mut cleaning)?;
                            open.part = run.part;
                        }
                        let rows = left.min(tile_rows - open.rows);
                        let tile = tile.fit(tile_rows * width)?;
                        let out = &mut tile[open.rows * width..][..rows * width];
                        lane.fill(out, &mut buffers.read)?;
                        open.rows += rows;
                        rows
                    }
                };
                buffers.workers.done(rows * width)?;
                left -= rows;
            }
            Ok(())
        })?;
        open.store(lane, tile, &mut writers, &mut cleaning)?;
        lane.finish(&mut buffers.read)
    }

    fn cleaning<'a>(&self, tallies: &'a mut [Tally], turned: &'a mut Scratch<T>) -> Cleaning<'a, T>
    where
        'o: 'a,
    {
        Cleaning {
            columns: self.columns.clone(),
            rules: self.rules,
            sentinels: self.sentinels,
            observer: self.observer,
            tallies,
            parts: self.parts.len(),
            turned,
        }
    }

    /// Finds the largest value of each column that does not fit: sentinels do not tell.
    fn find_largest(
        &self,
        chosen: &ChosenRows,
        column: PouredColumn<'_>,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<(), Fault> {
        let width = self.columns.len();
        let parts = self.parts.len();
        let mut lane: Lane<f64> = Lane::new(buffers.account);
        let mut values: Scratch<f64> = Scratch::new(buffers.account);
        let values = values.fit(width)?;
        lane.open(column.source, column.cells, &Rule::keep())?;
        chosen.for_each_run(&mut |run: PartRun| {
            if run.skip > 0 {
                lane.skip(run.skip, &mut buffers.read)?;
            }
            for _ in 0..run.take {
                lane.fill(values, &mut buffers.read)?;
                for (at, value) in values.iter().enumerate() {
                    let mut cast = [T::MISSING];
                    T::cast(&[*value], &mut cast);
                    if value.is_finite() && !cast[0].is_finite() {
                        tallies[at * parts + run.part].meet(*value);
                    }
                }
            }
            Ok(buffers.workers.check()?)
        })
    }
}

impl<'p, T: Element> VectorWriter<'p, T> {
    fn new(piece: &'p mut VectorPiece<'_, T>, is_large: bool) -> Self {
        match piece {
            VectorPiece::Rows(rows) => Self::Rows(Rows {
                left: rows.contiguous().unwrap_or_default(),
            }),
            VectorPiece::Columns(columns) => {
                let columns = columns.iter_mut();
                let columns = columns.map(|column| PieceWriter::new(&mut column.piece, is_large));
                Self::Columns(columns.collect())
            }
        }
    }
}

/// Takes the places of the next rows off.
fn next_rows<'p, T>(rest: &mut Rows<'p, T>, count: usize) -> Result<&'p mut [T], Fault> {
    let more = || Fault::corrupt("more rows are taken than were counted");
    let left = std::mem::take(&mut rest.left);
    let (now, later) = left.split_at_mut_checked(count).ok_or_else(more)?;
    rest.left = later;
    Ok(now)
}

/// Rows that were decoded, all of one part.
struct OpenTile {
    part: usize,
    rows: usize,
    /// What the lane had counted before them.
    before: Tally,
}

impl OpenTile {
    /// Stores the rows, column by column.
    fn store<T: Element>(
        &mut self,
        lane: &Lane<T>,
        tile: &mut Scratch<T>,
        writers: &mut [VectorWriter<'_, T>],
        cleaning: &mut Cleaning<'_, T>,
    ) -> Result<(), Fault> {
        let counted = lane.tally();
        let rows = std::mem::take(&mut self.rows);
        let is_marked = counted != self.before;
        self.before = counted;
        if let Some(VectorWriter::Columns(columns)) = writers.get_mut(self.part)
            && rows > 0
        {
            let length = rows * cleaning.columns.len();
            let turned = cleaning.turn(&tile.all()[..length], self.part, is_marked)?;
            for (values, column) in turned.chunks(rows).zip(columns) {
                column.store(values)?;
            }
        }
        Ok(())
    }
}

impl<T: Element> Cleaning<'_, T> {
    /// Replaces what is marked in rows that stay where they are.
    fn clean_rows(&mut self, rows: &mut [T], part: usize, is_marked: bool) -> Result<(), Fault> {
        if !is_marked || self.sentinels.is_none() {
            return Ok(());
        }
        let width = self.columns.len();
        let height = rows.len() / width;
        let turned = self.turn(rows, part, true)?;
        transpose::store(turned, height, view(rows, height, width)?, &[]);
        Ok(())
    }

    /// Turns rows into columns, one behind the other, and replaces what is marked in each.
    fn turn(&mut self, rows: &[T], part: usize, is_marked: bool) -> Result<&[T], Fault> {
        let width = self.columns.len();
        let height = rows.len() / width;
        let turned = self.turned.fit(rows.len())?;
        let turned = &mut turned[..rows.len()];
        transpose::store(rows, width, view(turned, width, height)?, &[]);
        for (at, column) in turned.chunks_mut(height).enumerate() {
            if let Some(sentinels) = self.sentinels.filter(|_| is_marked) {
                let tally = (sentinels.replace)(column, &self.rules[at]);
                self.tallies[at * self.parts + part].add(&tally);
            }
            if let Some(observer) = self.observer.filter(|_| part == 0) {
                observer.show(self.columns.start + at, None, column);
            }
        }
        Ok(turned)
    }
}

fn view<T>(values: &mut [T], rows: usize, columns: usize) -> Result<ArrayViewMut2<'_, T>, Fault> {
    let strange = |_| Fault::corrupt("a tile is not as large as its rows");
    ArrayViewMut2::from_shape((rows, columns), values).map_err(strange)
}
