//! The arrays of a writer: they grow together, batch by batch, and all have as many rows.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::{Checkpoint, Place, Result, Shortage};
use crate::output::npy::{self, beside};
use crate::output::prefault::is_likely;
use crate::output::{Draft, GrowingArray};
use crate::plan::{Extra, Plan, Role};
use crate::run::destination::WriterPlace;
use crate::run::load::misfit;
use crate::run::writer::texts::{BatchTexts, GrowingTexts};
use crate::sys::free::{fits_well, free_memory};
use crate::sys::pages::{PageHandle, Piece};
use crate::types::ArraySpec;

/// An array beside the matrix.
pub(super) struct GrowingExtra {
    pub(super) extra: Extra,
    pub(super) array: GrowingArray,
}

/// The arrays.
pub(super) struct WriterArrays {
    pub(super) matrix: GrowingArray,
    pub(super) extras: Vec<GrowingExtra>,
    pub(super) texts: Vec<GrowingTexts>,
    place: WriterPlace,
    rows: usize,
    /// Whether finished pages of the files are kept in memory.
    is_held: bool,
    /// Whether they may be: not where memory is limited.
    may_hold: bool,
}

/// Where the rows of a batch go.
pub(super) struct Pieces<'a> {
    pub(super) matrix: Piece<'a>,
    pub(super) extras: Vec<Piece<'a>>,
    pub(super) texts: Vec<BatchTexts<'a>>,
    /// The pages of the matrix that are prefaulted, where they stay.
    pub(super) prefaulted: Option<(PageHandle, Range<usize>)>,
}

/// Bytes of a row of an array.
fn row_bytes(spec: &ArraySpec) -> usize {
    spec.dtype.bytes() * spec.shape.iter().skip(1).product::<usize>()
}

impl WriterArrays {
    /// Arrays without rows; the draft of the matrix may have been begun.
    pub(super) fn new(plan: &Plan, place: &WriterPlace, matrix: Option<Draft>) -> Result<Self> {
        let spec = plan.matrix();
        let texts = plan.texts.iter();
        let texts = texts.map(|text| GrowingTexts::new(text, place, &plan.order_account()));
        let mut arrays = Self {
            matrix: match matrix {
                Some(draft) => in_draft(draft, &spec)?,
                None => GrowingArray::in_memory(row_bytes(&spec))?,
            },
            extras: Vec::with_capacity(plan.extras.len()),
            texts: texts.collect::<Result<_>>()?,
            place: place.clone(),
            rows: 0,
            is_held: true,
            may_hold: plan.options.memory_limit.is_none(),
        };
        arrays.add_extras(&plan.extras)?;
        Ok(arrays)
    }

    /// Adds arrays that a batch needs and none before did: masks.
    pub(super) fn add_extras(&mut self, extras: &[Extra]) -> Result<()> {
        for extra in extras {
            let same = |own: &GrowingExtra| is_same(&own.extra, extra);
            if self.extras.iter().any(same) {
                continue;
            }
            let spec = extra.array(0);
            let array = match &self.place {
                WriterPlace::Memory => GrowingArray::in_memory(row_bytes(&spec))?,
                WriterPlace::File { path, overwrite } => {
                    let target = beside(path, &extra.ending());
                    let draft = Draft::new(&target, 0, *overwrite, Checkpoint::NONE)?;
                    in_draft(draft, &spec)?
                }
            };
            self.extras.push(GrowingExtra {
                extra: extra.clone(),
                array,
            });
        }
        Ok(())
    }

    /// Rows that are there.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of a row of all arrays.
    pub(super) fn row_bytes(&self) -> usize {
        let extras = self.extras.iter().map(|own| own.array.row());
        self.matrix.row() + extras.sum::<usize>()
    }

    /// Bytes of all rows.
    pub(super) fn bytes(&self) -> usize {
        self.row_bytes().saturating_mul(self.rows)
    }

    /// Makes room for the rows of a batch.
    pub(super) fn reserve(&mut self, plan: &Plan, checkpoint: Checkpoint<'_>) -> Result<()> {
        self.add_extras(&plan.extras)?;
        let rows = self.rows.checked_add(plan.rows).ok_or_else(misfit)?;
        if self.place == WriterPlace::Memory {
            self.require_memory(plan.rows)?;
        }
        let kept = self.rows;
        let extras = self.extras.iter_mut().map(|own| &mut own.array);
        for array in extras.chain([&mut self.matrix]) {
            array.reserve(rows, kept, checkpoint)?;
        }
        if self.place != WriterPlace::Memory {
            self.hold_while_small(rows);
        }
        Ok(())
    }

    /// Keeps the pages of the files in memory as long as they are few: the fills need them once more.
    fn hold_while_small(&mut self, rows: usize) {
        let bytes = self.row_bytes().saturating_mul(rows);
        let stays = self.is_held && self.may_hold && fits_well(bytes);
        let before = std::mem::replace(&mut self.is_held, stays);
        for array in self
            .extras
            .iter_mut()
            .map(|own| &mut own.array)
            .chain([&mut self.matrix])
        {
            array.hold(stays);
            if before && !stays {
                array.give_back(0..self.rows);
            }
        }
    }

    /// Refuses more rows than the memory that is free has room for.
    fn require_memory(&self, rows: usize) -> Result<()> {
        let bytes = self.row_bytes().saturating_mul(rows);
        match free_memory() {
            Some(free) if bytes > free => {
                let what = format!(
                    "{} rows are in memory, and the next {rows} take {bytes} bytes, of which {free} \
                     are free; write them to a file with out=\"X.npy\", halve them with \
                     dtype=\"float16\", or take fewer columns",
                    self.rows
                );
                let shortage = Shortage::new(what).needing(bytes, free);
                Err(shortage.at(Place::default()).into())
            }
            _ => Ok(()),
        }
    }

    /// Where the rows of a batch go.
    pub(super) fn pieces(&mut self, plan: &Plan) -> Result<Pieces<'_>> {
        let rows = self.rows..self.rows + plan.rows;
        let row = self.matrix.row();
        let bytes = rows.start * row..rows.end * row;
        let is_likely = self.is_held && is_likely(plan.read_bytes, bytes.len());
        let prefaulted = is_likely.then(|| (self.matrix.handle(), bytes));
        let mut own: HashMap<usize, Piece<'_>> = HashMap::new();
        let wanted = |own: &Extra| plan.extras.iter().position(|extra| is_same(own, extra));
        for growing in &mut self.extras {
            if let Some(at) = wanted(&growing.extra) {
                own.insert(at, growing.array.piece(rows.start));
            }
        }
        let extras = (0..plan.extras.len()).map(|at| own.remove(&at).ok_or_else(misfit));
        let extras = extras.collect::<Result<_>>()?;
        let texts = self.texts.iter_mut();
        let texts = texts.map(|texts| texts.batch(rows.start, rows.end));
        Ok(Pieces {
            matrix: self.matrix.piece(rows.start),
            extras,
            texts: texts.collect::<Result<_>>()?,
            prefaulted,
        })
    }

    /// The array of a role other than a column that is passed through.
    pub(super) fn array_of(&mut self, role: Role) -> Option<&mut GrowingArray> {
        let mut extras = self.extras.iter_mut();
        let own = extras.find(|own| own.extra.role == role)?;
        Some(&mut own.array)
    }

    /// Takes the rows of a batch for written.
    pub(super) fn commit(&mut self, rows: usize) {
        for own in &self.extras {
            own.array.give_back(self.rows..self.rows + rows);
        }
        self.rows += rows;
    }
}

/// Whether two arrays are one, in the plans of two batches.
pub(super) fn is_same(one: &Extra, other: &Extra) -> bool {
    one.role == other.role && one.names == other.names
}

/// An array without rows in a draft.
fn in_draft(draft: Draft, spec: &ArraySpec) -> Result<GrowingArray> {
    let start = npy::header(spec).len();
    GrowingArray::in_file(draft, start, row_bytes(spec))
}
