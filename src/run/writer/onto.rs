//! A finished set of files that a writer goes on with: its rows are copied into the arrays that grow, and
//! stay as they are. So whoever has the old files open keeps them, and whoever opens the names sees the old
//! rows, or all of the new set.

use std::fs::File;
use std::path::PathBuf;

use crate::error::{Checkpoint, Error, Place, Result};
use crate::output::GrowingArray;
use crate::plan::{Extra, Plan, Role};
use crate::run::load::misfit;
use crate::run::text::TextSink;
use crate::run::writer::arrays::WriterArrays;
use crate::sys::{Identity, identify, open_input, read_exact_at};
use crate::types::{Dtype, Order};

/// Bytes that are copied between two polls for cancellation.
const TOGETHER: usize = 8 << 20;
/// Bytes of a character in a file of texts.
const CHARACTER: usize = 4;

/// A finished set.
#[derive(Debug, Clone)]
pub struct FinishedSet {
    /// The file that vouches for the others.
    pub description: PathBuf,
    /// What it was when it was read.
    pub identity: Identity,
    /// How many rows there are.
    pub rows: usize,
    /// The arrays beside the matrix, and the matrix, which has no role.
    pub arrays: Vec<FinishedArray>,
    /// The texts of a group that is codes, in their order.
    pub group_texts: Option<Vec<Vec<u8>>>,
}

/// An array of a finished set.
#[derive(Debug, Clone)]
pub struct FinishedArray {
    /// What it is for; the matrix has none.
    pub role: Option<Role>,
    /// The column, of one that is passed through or of a mask.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Where the data begin.
    pub start: u64,
    /// Bytes of a row.
    pub row: usize,
}

impl FinishedSet {
    /// An array of the set.
    fn array(&self, role: Option<Role>, name: &str) -> Option<&FinishedArray> {
        let has_name = matches!(role, Some(Role::Passthrough | Role::Mask));
        let mut arrays = self.arrays.iter();
        arrays.find(|own| own.role == role && (!has_name || own.name == name))
    }

    /// Refuses to go on where the set is no longer the one that was read.
    pub(super) fn verify(&self) -> Result<()> {
        let fail = |error| Error::io(&self.description, error);
        let file = open_input(&self.description).map_err(fail)?;
        match self.identity.difference(&identify(&file).map_err(fail)?) {
            None => Ok(()),
            Some(what) => Err(Error::changed(&self.description, what)),
        }
    }

    /// The masks of the set that a plan does not have: of columns without nulls in its batch.
    pub(super) fn masks(&self, plan: &Plan) -> Vec<Extra> {
        let passed = plan
            .extras
            .iter()
            .filter(|extra| extra.role == Role::Passthrough);
        let masked = passed.filter(|extra| self.array(Some(Role::Mask), extra.name()).is_some());
        let mask = |extra: &Extra| Extra {
            role: Role::Mask,
            dtype: Dtype::Bool,
            ..extra.clone()
        };
        masked.map(mask).collect()
    }

    /// Copies all rows into arrays that have none.
    pub(super) fn copy(
        &self,
        plan: &Plan,
        arrays: &mut WriterArrays,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        let expected = arrays.extras.len() + arrays.texts.len() + 1;
        let text_masks = plan.texts.iter();
        let text_masks = text_masks.filter(|t| self.array(Some(Role::Mask), &t.name).is_some());
        let unmasked = arrays
            .extras
            .iter()
            .filter(|own| own.extra.role == Role::Mask);
        let unmasked = unmasked.filter(|o| self.array(Some(Role::Mask), o.extra.name()).is_none());
        if self.arrays.len() + unmasked.count() != expected + text_masks.count() {
            return Err(other_set(self, "an array that no option names"));
        }
        let matrix = self.array(None, "").ok_or_else(misfit)?;
        self.copy_array(matrix, &mut arrays.matrix, checkpoint)?;
        for own in &mut arrays.extras {
            let role = own.extra.role;
            match self.array(Some(role), own.extra.name()) {
                Some(found) => self.copy_array(found, &mut own.array, checkpoint)?,
                // Nothing is masked in rows that have no mask.
                None if role == Role::Mask => own.array.reserve(self.rows, 0, checkpoint)?,
                None => return Err(other_set(self, "no array of its own for an option")),
            }
        }
        for (column, texts) in plan.texts.iter().zip(&mut arrays.texts) {
            let own = self.array(Some(Role::Passthrough), &column.name);
            let own = own.ok_or_else(|| other_set(self, "no texts of a column"))?;
            let mask = self.array(Some(Role::Mask), &column.name);
            let mut sink = texts.batch(0, self.rows)?;
            let text = FinishedTexts {
                own,
                mask,
                is_text: column.text.is_text(),
                is_fixed: matches!(column.text, crate::parquet::TextType::Fixed(_)),
            };
            text.copy(self.rows, &mut sink, checkpoint)?;
        }
        arrays.commit(self.rows);
        Ok(())
    }

    fn copy_array(
        &self,
        from: &FinishedArray,
        to: &mut GrowingArray,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        if from.row != to.row() {
            return Err(other_set(self, "an array of another type"));
        }
        to.reserve(self.rows, 0, checkpoint)?;
        let bytes = self.rows * from.row;
        let view = to.piece(0).view::<u8>((bytes, 1), Order::C);
        let mut view = view.ok_or_else(misfit)?;
        let values = view.as_slice_mut().ok_or_else(misfit)?;
        let file = from.open()?;
        let mut at = from.start;
        for piece in values.chunks_mut(TOGETHER) {
            from.read(&file, piece, at)?;
            at += piece.len() as u64;
            checkpoint.check()?;
        }
        Ok(())
    }
}

impl FinishedArray {
    fn open(&self) -> Result<File> {
        open_input(&self.path).map_err(|error| Error::io(&self.path, error))
    }

    fn read(&self, file: &File, bytes: &mut [u8], at: u64) -> Result<()> {
        read_exact_at(file, bytes, at).map_err(|error| Error::io(&self.path, error))
    }
}

/// Texts of one width.
struct FinishedTexts<'a> {
    own: &'a FinishedArray,
    mask: Option<&'a FinishedArray>,
    is_text: bool,
    is_fixed: bool,
}

impl FinishedTexts<'_> {
    /// Copies all of them.
    fn copy(&self, rows: usize, to: &mut dyn TextSink, checkpoint: Checkpoint<'_>) -> Result<()> {
        let file = self.own.open()?;
        let mask = self.mask.map(FinishedArray::open).transpose()?;
        let together = (TOGETHER / self.own.row.max(1)).clamp(1, rows.max(1));
        let (mut values, mut absent) = (vec![0; together * self.own.row], vec![0; together]);
        let mut text = Vec::new();
        for first in (0..rows).step_by(together) {
            let count = together.min(rows - first);
            let values = &mut values[..count * self.own.row];
            let at = (first * self.own.row) as u64;
            self.own.read(&file, values, self.own.start + at)?;
            if let (Some(mask), Some(file)) = (self.mask, &mask) {
                mask.read(file, &mut absent[..count], mask.start + first as u64)?;
            }
            for (row, value) in values.chunks(self.own.row.max(1)).enumerate() {
                self.decode(value, &mut text)?;
                let given = (absent[row] == 0).then_some(&text[..]);
                let put = to.put(first + row, given);
                put.map_err(|fault| fault.at(Place::file(&self.own.path)))?;
            }
            checkpoint.check()?;
        }
        Ok(())
    }

    /// The bytes of a text, without the zeros behind it.
    fn decode(&self, value: &[u8], text: &mut Vec<u8>) -> Result<()> {
        text.clear();
        if !self.is_text {
            let end = value
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |at| at + 1);
            text.extend(&value[..if self.is_fixed { value.len() } else { end }]);
            return Ok(());
        }
        let characters = value.chunks_exact(CHARACTER).map(|own| own.first_chunk());
        let characters = characters.map(|own| own.map_or(0, |own| u32::from_le_bytes(*own)));
        let characters: Vec<u32> = characters.collect();
        let end = characters
            .iter()
            .rposition(|own| *own != 0)
            .map_or(0, |at| at + 1);
        let mut buffer = [0; CHARACTER];
        for code in &characters[..end] {
            let damaged = || Error::Corrupt {
                place: Place::file(&self.own.path),
                what: format!("{code:#x} is no character"),
            };
            let character = char::from_u32(*code).ok_or_else(damaged)?;
            text.extend(character.encode_utf8(&mut buffer).as_bytes());
        }
        Ok(())
    }
}

fn other_set(set: &FinishedSet, what: &str) -> Error {
    Error::Argument(format!(
        "mode: {} describes a set of other arrays ({what}); give target=, weight=, group= and \
         passthrough= as it was made with, and batches of the same types",
        set.description.display()
    ))
}
