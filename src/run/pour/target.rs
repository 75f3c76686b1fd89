//! An array that is poured: its places, handed out row group by row group.
//!
//! The pour knows an array only as an [`Array`], so arrays of different dtypes share one pass.

use std::ops::Range;

use ndarray::{ArrayViewMut2, Axis};

use crate::error::{Error, Result};
use crate::fit::observer::Observer;
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Element, Rule};
use crate::output::arrange::{PartOrder, arrange};
use crate::output::prefault::{Prefault, is_likely};
use crate::output::sheets::{ColumnPiece, RowBand, Sheets};
use crate::output::turn::{SheetLayout, copy_column, turn};
use crate::run::pour::place::{ColumnPlace, PartPiece, Place};
use crate::run::pour::vector::{VectorPiece, VectorPlace};
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::types::Order;
use crate::workers::Team;

/// An array that is poured, stripe by stripe.
pub trait Array {
    /// Bytes of each row that are given back at the end of a stripe; 0 where pages stay, or where
    /// columns are given back one by one.
    fn released_row(&self) -> usize;
    /// How many of its columns are poured.
    fn columns(&self) -> usize;
    /// Prefaults the pages of the next stripe, if they are to be given back after it.
    fn prefault(&mut self, next: NextStripe, team: &mut Team<'_>) -> Result<()>;
    /// The places of all rows that are still to be poured.
    fn open(&mut self) -> Result<Box<dyn OpenArray<'_> + '_>>;
    /// Ends a stripe of `rows` rows.
    fn close(&mut self, rows: usize, team: &mut Team<'_>) -> Result<()>;
    /// Puts the rows of each part in order.
    fn arrange(&mut self, orders: &[PartOrder], team: &mut Team<'_>) -> Result<()>;
}

/// What is known of the next stripe.
#[derive(Debug, Clone, Copy)]
pub struct NextStripe {
    /// Rows from which a stripe is complete.
    pub enough: usize,
    /// Rows of its first row group.
    pub rows: usize,
    /// Bytes that this row group is read from.
    pub read_bytes: u64,
}

/// An array whose places are handed out.
pub trait OpenArray<'o>: Send {
    /// Takes the places of the next rows of each part, and returns `false` if there are fewer.
    fn take(&mut self, counts: &[usize]) -> bool;
    /// The place of the next field of these rows; `None` after the last one.
    fn next_field(&mut self) -> Option<Box<dyn Place + 'o>>;
}

/// What becomes of sheets after they are poured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetPolicy {
    /// They stay sheets.
    Keep,
    /// They are turned into rows.
    Turn,
}

/// An array of one dtype.
pub struct Target<'a, T> {
    /// The array.
    pub out: ArrayViewMut2<'a, T>,
    /// Its order in memory.
    pub order: Order,
    /// The columns that are poured.
    pub columns: Vec<Range<usize>>,
    /// The fields that are poured, in order.
    pub fields: Vec<FieldColumns>,
    /// For each column, what is written for values that are not plain numbers.
    pub rules: Vec<Rule<T>>,
    /// The rows of each part, which lie one behind the other.
    pub parts: Vec<usize>,
    /// What marks values that may not be wanted.
    pub sentinels: Option<Sentinels<T>>,
    /// Rows of a sheet.
    pub sheet_rows: usize,
    /// What becomes of sheets.
    pub sheets: SheetPolicy,
    /// Takes back finished pages of a file.
    pub release: PageRelease,
    /// Observes what is poured.
    pub observer: Option<&'a dyn Observer<T>>,
    /// How far the pour has come.
    pub progress: TargetProgress,
}

/// The columns of a field that is poured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldColumns {
    /// Which columns of the array they are.
    pub columns: Range<usize>,
    /// Whether each value is a list of as many numbers.
    pub is_vector: bool,
}

impl FieldColumns {
    /// A field of one number a row.
    pub const fn number(column: usize) -> Self {
        Self {
            columns: column..column + 1,
            is_vector: false,
        }
    }
}

/// How far the pour of an array has come, in rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct TargetProgress {
    poured: usize,
    prefaulted: usize,
}

impl<T: Element> Target<'_, T> {
    /// Bytes of a row.
    fn row(&self) -> usize {
        self.out.ncols() * size_of::<T>()
    }

    /// Whether there are sheets, and they are turned into rows.
    fn is_turned(&self) -> bool {
        let has_sheets = self.order == Order::C && self.out.ncols() > 1 && !self.is_one_vector();
        self.sheets == SheetPolicy::Turn && has_sheets
    }

    /// Whether all of it is one column of lists, whose rows are poured as they are.
    fn is_one_vector(&self) -> bool {
        let all = 0..self.out.ncols();
        self.order == Order::C
            && matches!(&self.fields[..], [field] if field.is_vector && field.columns == all)
    }
}

impl<T: Element> Array for Target<'_, T> {
    fn released_row(&self) -> usize {
        match self.order {
            // Rows of several parts are finished in several places, and stay until all are.
            Order::C if self.release.is_some() && self.parts.len() == 1 => self.row(),
            Order::C | Order::F => 0,
        }
    }

    fn columns(&self) -> usize {
        self.columns.iter().map(ExactSizeIterator::len).sum()
    }

    fn prefault(&mut self, next: NextStripe, team: &mut Team<'_>) -> Result<()> {
        let Some(pages) = self.release.handle().filter(|_| self.released_row() > 0) else {
            return Ok(());
        };
        let row = self.row();
        let TargetProgress { poured, prefaulted } = self.progress;
        let end = poured + next.rows.max(next.enough).min(self.out.nrows() - poured);
        let fresh = prefaulted * row..end * row;
        let bytes = next.rows.saturating_mul(row);
        if !fresh.is_empty() && fits_well(fresh.len()) && is_likely(next.read_bytes, bytes) {
            let prefault = Prefault::new(pages.clone(), &fresh);
            let workers = team.workers;
            team.run(|| prefault.run(workers))?;
            self.progress.prefaulted = end;
        }
        Ok(())
    }

    fn open(&mut self) -> Result<Box<dyn OpenArray<'_> + '_>> {
        let first = self.progress.poured;
        let total_rows = self.out.nrows();
        let turned = self.is_turned();
        let row_items = if self.is_one_vector() {
            self.out.ncols()
        } else {
            1
        };
        // Sheets that are turned begin with their stripe; others begin with the array.
        let out = self.out.view_mut();
        let (out, poured) = if turned {
            (out.split_at(Axis(0), first).1, 0)
        } else {
            (out, first)
        };
        let lost = || Error::Internal("the rest of an output is lost".to_owned());
        let out = match row_items {
            1 => out,
            items => {
                let shape = (out.nrows() * items, 1);
                let flat = out.into_shape_with_order(shape);
                flat.map_err(|_| lost())?
            }
        };
        let sheets = Sheets::new(out, self.sheet_rows)?;
        let (_, mut sheets) = sheets.take(poured * row_items).ok_or_else(lost)?;
        let mut parts = Vec::with_capacity(self.parts.len());
        let mut start = first;
        if self.parts.len() > 1 {
            for rows in &self.parts {
                let (own, others) = sheets.take(rows * row_items).ok_or_else(lost)?;
                parts.push(OpenPart::new(own.into(), start));
                sheets = others;
                start += rows;
            }
        } else {
            parts.push(OpenPart::new(sheets, start));
        }
        Ok(Box::new(OpenTarget {
            fields: &self.fields,
            rules: &self.rules,
            sentinels: self.sentinels,
            observer: self.observer,
            release: (self.order == Order::F).then_some(&self.release),
            total_rows,
            row_items,
            parts,
            field: 0,
            column: 0,
        }))
    }

    fn close(&mut self, rows: usize, team: &mut Team<'_>) -> Result<()> {
        let first = self.progress.poured;
        let row = self.row();
        if self.is_turned() {
            let rest = self.out.nrows() - first;
            // The last sheet may have rows that are still to come, and is turned with them.
            let whole = rows.next_multiple_of(self.sheet_rows.max(1)).min(rest);
            let stripe = self
                .out
                .slice_axis_mut(Axis(0), (first..first + whole).into());
            let layout = SheetLayout {
                rows: self.sheet_rows,
                columns: &self.columns,
            };
            let release = self.release.after(first * row);
            turn(stripe, layout, &copy_column, &release, team)?;
        } else if self.released_row() > 0 {
            self.release.give_back(first * row..(first + rows) * row);
        }
        self.progress.poured += rows;
        self.progress.prefaulted = self.progress.prefaulted.max(self.progress.poured);
        Ok(())
    }

    fn arrange(&mut self, orders: &[PartOrder], team: &mut Team<'_>) -> Result<()> {
        arrange(self.out.view_mut(), orders, team)
    }
}

/// The places of an array that are still to be handed out.
struct OpenTarget<'o, T> {
    fields: &'o [FieldColumns],
    rules: &'o [Rule<T>],
    sentinels: Option<Sentinels<T>>,
    observer: Option<&'o dyn Observer<T>>,
    /// Takes back finished columns, where they are contiguous in memory.
    release: Option<&'o PageRelease>,
    total_rows: usize,
    /// Items of a row that lie one behind the other: all, where they are those of one list, or else one.
    row_items: usize,
    parts: Vec<OpenPart<'o, T>>,
    /// The number of the next field.
    field: usize,
    /// The number of the next column.
    column: usize,
}

/// The places of one part that are still to be handed out.
struct OpenPart<'o, T> {
    sheets: Option<Sheets<'o, T>>,
    /// The columns that are left of the rows that were taken last.
    band: Option<RowBand<'o, T>>,
    /// The first row that was taken last.
    first: usize,
    /// How many rows were taken last.
    rows: usize,
}

impl<'o, T> OpenPart<'o, T> {
    const fn new(sheets: Sheets<'o, T>, first: usize) -> Self {
        Self {
            sheets: Some(sheets),
            band: None,
            first,
            rows: 0,
        }
    }

    fn take(&mut self, rows: usize) -> bool {
        let sheets = self.sheets.take();
        let Some((band, sheets)) = sheets.and_then(|sheets| sheets.take(rows)) else {
            return false;
        };
        self.first += self.rows;
        self.rows = rows;
        self.band = Some(band);
        self.sheets = Some(sheets);
        true
    }

    /// The next column of the rows that were taken; `None` after the last one.
    fn next_column(&mut self) -> Option<ColumnPiece<'o, T>> {
        let band = self.band.take().filter(|band| band.columns() > 0)?;
        let (piece, band) = band.split();
        self.band = Some(band);
        Some(piece)
    }
}

impl<'o, T: Element> OpenTarget<'o, T> {
    /// The next column of the rows that were taken, in each part.
    fn next_column(&mut self) -> Option<Vec<PartPiece<'o, T>>> {
        let column = self.column;
        self.column += 1;
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            let piece = part.next_column()?;
            let start = column * self.total_rows + part.first;
            let bytes = start * size_of::<T>()..(start + part.rows) * size_of::<T>();
            let first = part.first;
            parts.push(PartPiece {
                piece,
                first,
                bytes,
            });
        }
        Some(parts)
    }
}

impl<'o, T: Element> OpenTarget<'o, T> {
    /// The place of a column of lists.
    fn vector(&mut self, columns: Range<usize>) -> Option<VectorPlace<'o, T>> {
        let parts = if self.row_items > 1 {
            let pieces = self.next_column()?.into_iter();
            pieces.map(|part| VectorPiece::Rows(part.piece)).collect()
        } else {
            let mut parts: Vec<Vec<PartPiece<'o, T>>> = Vec::new();
            parts.resize_with(self.parts.len(), Vec::new);
            for _ in columns.clone() {
                for (part, piece) in parts.iter_mut().zip(self.next_column()?) {
                    part.push(piece);
                }
            }
            parts.into_iter().map(VectorPiece::Columns).collect()
        };
        Some(VectorPlace {
            rules: &self.rules[columns.clone()],
            columns,
            sentinels: self.sentinels,
            observer: self.observer,
            parts,
            release: self.release,
        })
    }
}

impl<'o, T: Element> OpenArray<'o> for OpenTarget<'o, T> {
    fn take(&mut self, counts: &[usize]) -> bool {
        self.field = 0;
        self.column = 0;
        let mut parts = self.parts.iter_mut().zip(counts);
        parts.all(|(part, rows)| part.take(rows * self.row_items))
    }

    fn next_field(&mut self) -> Option<Box<dyn Place + 'o>> {
        let field = self.fields.get(self.field)?;
        self.field += 1;
        while self.column < field.columns.start {
            self.next_column()?;
        }
        if field.is_vector {
            return Some(Box::new(self.vector(field.columns.clone())?));
        }
        let column = self.column;
        Some(Box::new(ColumnPlace {
            column,
            rule: &self.rules[column],
            sentinels: self.sentinels,
            observer: self.observer,
            parts: self.next_column()?,
            release: self.release,
        }))
    }
}
