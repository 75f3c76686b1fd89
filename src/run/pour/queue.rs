//! The work of a pour, handed out one field of one row group at a time.
//!
//! Tasks come in the order of the rows, so files are read forward. Outputs are split into pieces
//! that cannot overlap, by safe code.

use std::ops::Range;
use std::sync::Arc;

use crate::dataset::{Cells, Fields, RowGroup, Scan};
use crate::error::{Fault, Result};
use crate::run::pour::place::{Place, PouredGroup};
use crate::run::pour::target::OpenArray;
use crate::select::ChosenRows;
use crate::workers::Workers;

/// The row groups that a pour reads.
pub type PourScan<'a> = Scan<'a, &'a [Fields<'a>]>;

/// Which rows of a row group are poured, and where they go.
pub type SelectRows<'a> = &'a (dyn Fn(&RowGroup<Cells>) -> ChosenRows + Sync);

/// A field of a row group, and where it goes.
pub struct PourTask<'o> {
    /// The row group.
    pub group: Arc<PouredGroup>,
    /// The number of the field.
    pub field: usize,
    /// Its columns among those of all arrays.
    pub columns: Range<usize>,
    /// Its place in an array.
    pub place: Box<dyn Place + 'o>,
}

/// How large a stripe is.
#[derive(Debug, Clone, Copy)]
pub struct StripeSize {
    /// The number of parts that rows go to.
    pub parts: usize,
    /// Rows from which the stripe is complete.
    pub enough: usize,
}

/// Hands out the tasks of one stripe.
pub struct PourQueue<'a, 'o> {
    scan: PourScan<'a>,
    select: SelectRows<'a>,
    arrays: Vec<Box<dyn OpenArray<'o> + 'o>>,
    /// The number of parts that rows go to.
    parts: usize,
    /// The row group in work; `None` if none of its rows are poured.
    group: Option<Arc<PouredGroup>>,
    /// The number of the array whose columns are handed out.
    array: usize,
    /// The number of the next field.
    field: usize,
    /// The number of its first column.
    column: usize,
    /// Rows that were handed out.
    taken: usize,
    /// Rows from which the stripe is complete.
    enough: usize,
}

impl<'a, 'o> PourQueue<'a, 'o> {
    /// The tasks that fill `arrays` with the next row groups, until the stripe is complete.
    pub const fn new(
        scan: PourScan<'a>,
        select: SelectRows<'a>,
        arrays: Vec<Box<dyn OpenArray<'o> + 'o>>,
        stripe: StripeSize,
    ) -> Self {
        let StripeSize { parts, enough } = stripe;
        Self {
            scan,
            select,
            arrays,
            parts,
            group: None,
            array: 0,
            field: 0,
            column: 0,
            taken: 0,
            enough,
        }
    }

    /// Returns how many rows were handed out, and the row groups that are left.
    pub fn end(self) -> (usize, PourScan<'a>) {
        (self.taken, self.scan)
    }

    /// The next task; `None` when all are handed out. `workers` are polled for cancellation, because
    /// any number of row groups may have nothing to pour.
    pub fn next(&mut self, workers: &Workers) -> Result<Option<PourTask<'o>>> {
        loop {
            if let Some(task) = self.field() {
                return Ok(Some(task));
            }
            workers.check()?;
            if self.taken >= self.enough || !self.take()? {
                return Ok(None);
            }
        }
    }

    /// The next field of the row group in work.
    fn field(&mut self) -> Option<PourTask<'o>> {
        let group = self.group.as_ref()?;
        while let Some(array) = self.arrays.get_mut(self.array) {
            if let Some(place) = array.next_field() {
                let columns = self.column..self.column + place.width();
                self.field += 1;
                self.column = columns.end;
                return Some(PourTask {
                    group: Arc::clone(group),
                    field: self.field - 1,
                    columns,
                    place,
                });
            }
            self.array += 1;
        }
        None
    }

    /// Takes the next row group into work, and returns whether there was one.
    fn take(&mut self) -> Result<bool> {
        let Some(row_group) = self.scan.next()? else {
            return Ok(false);
        };
        let chosen = (self.select)(&row_group);
        let counts = chosen.counts(self.parts);
        let taken: usize = counts.iter().sum();
        for array in &mut self.arrays {
            if !array.take(&counts) {
                let what = "the row groups have more rows than the footer said";
                return Err(Fault::corrupt(what).at(row_group.place(None)));
            }
        }
        self.taken += taken;
        self.array = 0;
        self.field = 0;
        self.column = 0;
        self.group = (taken > 0).then(|| Arc::new(PouredGroup { row_group, chosen }));
        Ok(true)
    }
}
