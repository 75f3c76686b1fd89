//! The columns that decide which rows are wanted: where they are in the files, and the form of their
//! values. They need not be features.

use crate::dataset::names::{absent, not_found};
use crate::dataset::{Columns, Dataset, Layout, StoredColumn, StoredGroup};
use crate::error::{Fault, Result};
use crate::key::form::key_slot;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::Key;

/// Columns that decide about rows.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyColumns {
    /// Their names.
    pub names: Vec<String>,
    /// The form of each.
    pub forms: Vec<KeyForm>,
    /// For each layout, where each of them is; none where its files lack it.
    pub slots: Vec<Vec<Option<KeySlot>>>,
}

/// What columns are for, in words for those that cannot serve.
#[derive(Debug, Clone, Copy)]
pub struct KeyUse {
    /// What a column of another type cannot do.
    pub purpose: &'static str,
    /// What a file needs that lacks one.
    pub needed: &'static str,
}

impl KeyUse {
    /// They decide which rows are loaded, and in which order.
    pub const ROWS: Self = Self {
        purpose: "decide about rows",
        needed: "every file needs the columns that decide about its rows, or say \
                 missing_columns=\"missing\"",
    };
    /// It is asked whether rows are sorted by them.
    pub const ORDER: Self = Self {
        purpose: "give rows an order",
        needed: "every file needs the columns that its rows may be sorted by",
    };
}

/// Where columns are looked up.
#[derive(Debug, Clone, Copy)]
pub struct KeyLookup<'a> {
    /// The files.
    pub dataset: &'a Dataset,
    /// What the columns are for.
    pub use_of: KeyUse,
    /// Whether files may lack columns, whose values are null then.
    pub may_lack: bool,
}

impl KeyLookup<'_> {
    /// The columns of these names, which `option` has.
    pub fn columns(self, names: &[String], option: &str) -> Result<KeyColumns> {
        let dataset = self.dataset;
        let unknown = |name: &&String| !dataset.has(name);
        if let Some(name) = names.iter().find(unknown) {
            let known = dataset.column_names();
            return Err(not_found(dataset.first(), name, known, Some(option)));
        }
        let mut slots = Vec::with_capacity(dataset.layouts.len());
        for layout in &dataset.layouts {
            let own = names.iter().map(|name| self.slot(layout, name));
            slots.push(own.collect::<Result<Vec<_>>>()?);
        }
        let mut forms = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let own = dataset.layouts.iter().zip(&slots);
            let own = own.filter_map(|(layout, slots)| Some((layout, slots[at]?)));
            forms.push(KeyForm::new(name, &own.collect::<Vec<_>>())?);
        }
        Ok(KeyColumns {
            names: names.to_vec(),
            forms,
            slots,
        })
    }

    fn slot(self, layout: &Layout, name: &str) -> Result<Option<KeySlot>> {
        match key_slot(layout, name, Ok, self.use_of.purpose)? {
            None if !self.may_lack => Err(absent(layout, name, self.use_of.needed)),
            slot => Ok(slot),
        }
    }
}

/// What a scan reads of these columns.
impl Columns for &KeyColumns {
    type Cells = Option<StoredColumn>;

    fn count(&self) -> usize {
        self.names.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.names.get(at).map(String::as_str)
    }

    fn cells(
        &self,
        at: usize,
        layout: usize,
        group: &StoredGroup<'_>,
    ) -> Result<Option<StoredColumn>, Fault> {
        let Some(slot) = self.slots[layout][at].filter(|slot| slot.key != Key::Null) else {
            return Ok(None);
        };
        group
            .column(slot.leaf, slot.key.physical(), slot.nesting)
            .map(Some)
    }
}
