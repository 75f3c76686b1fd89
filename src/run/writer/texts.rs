//! Texts that are passed through, as they come: in memory that grows, or on the disk until it is known how
//! wide their file has to be.

use std::sync::Arc;

use crate::account::Account;
use crate::error::{Fault, Result};
use crate::output::npy::beside;
use crate::plan::TextColumn;
use crate::run::destination::WriterPlace;
use crate::run::text::{Spool, TextArray, TextSink};

/// The texts of a column.
pub(super) enum GrowingTexts {
    /// In memory.
    Memory(TextArray),
    /// On the disk.
    File(Spool),
}

/// Takes the texts of a batch, behind those of earlier ones.
pub(super) struct BatchTexts<'a> {
    texts: &'a mut GrowingTexts,
    first: usize,
}

impl GrowingTexts {
    /// No texts yet.
    pub(super) fn new(
        column: &TextColumn,
        place: &WriterPlace,
        account: &Arc<Account>,
    ) -> Result<Self> {
        Ok(match place {
            WriterPlace::Memory => Self::Memory(TextArray::new(column, 0, account)?),
            WriterPlace::File { path, overwrite } => {
                let target = beside(path, &format!("{}.npy", column.name));
                Self::File(Spool::new(&target, column.text, *overwrite)?)
            }
        })
    }

    /// What takes the texts of a batch that begins with row `first` and ends before row `end`.
    pub(super) fn batch(&mut self, first: usize, end: usize) -> Result<BatchTexts<'_>> {
        if let Self::Memory(texts) = self {
            texts.extend(end)?;
        }
        Ok(BatchTexts { texts: self, first })
    }
}

impl TextSink for BatchTexts<'_> {
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        match self.texts {
            GrowingTexts::Memory(texts) => texts.put(self.first + row, text),
            GrowingTexts::File(spool) => spool.put(row, text),
        }
    }
}
