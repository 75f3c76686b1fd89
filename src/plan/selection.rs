//! Where chosen columns are in the files: for each layout, the leaf of each column. A column that a
//! file lacks is refused, unless its rows may be missing.

use crate::dataset::names::absent;
use crate::dataset::{Dataset, LeafStatistics, Selection, Slot};
use crate::error::Result;
use crate::key::{KeyForm, KeySlot};
use crate::parquet::{Column, Key, KeyFamily, TextType};
use crate::select::read::columns::KeyColumns;

/// A column of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextColumn {
    /// Its name.
    pub name: String,
    /// What its values are in Python.
    pub text: TextType,
    /// Where it is in the files.
    pub columns: KeyColumns,
    /// Bytes of it in the files.
    pub bytes: u64,
}

/// Looks up columns in all layouts; `slot` says how the column of a number is read. `required` says what
/// a file needs that lacks one; without it, files may lack columns.
pub fn select(
    source: &Dataset,
    names: &[impl AsRef<str>],
    required: Option<&str>,
    slot: impl Fn(usize, &Column) -> Option<Slot>,
) -> Result<Selection> {
    let mut selection = Vec::with_capacity(source.layouts.len());
    for layout in &source.layouts {
        let mut slots = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let column = layout.column(name.as_ref())?;
            if let (None, Some(hint)) = (column, required) {
                return Err(absent(layout, name.as_ref(), hint));
            }
            slots.push(column.and_then(|column| slot(at, column)));
        }
        selection.push(slots);
    }
    Ok(selection)
}

/// Looks up a column of texts in all layouts. `required` says what a file needs that lacks it.
pub fn text_column(
    source: &Dataset,
    name: &str,
    text: TextType,
    required: Option<&str>,
) -> Result<TextColumn> {
    let mut slots = Vec::with_capacity(source.layouts.len());
    let mut bytes = 0_u64;
    for layout in &source.layouts {
        let column = layout.column(name)?;
        if let (None, Some(hint)) = (column, required) {
            return Err(absent(layout, name, hint));
        }
        let slot = column.and_then(|column| {
            bytes = bytes.saturating_add(layout.leaves[column.leaf].bytes);
            Some(KeySlot {
                leaf: column.leaf,
                key: column.key.ok()?,
                nesting: column.nesting,
            })
        });
        slots.push(vec![slot.filter(|slot| slot.key != Key::Null)]);
    }
    let form = KeyForm {
        family: KeyFamily::Text,
        width: None,
        signed: false,
        digits: 0,
    };
    Ok(TextColumn {
        name: name.to_owned(),
        text,
        columns: KeyColumns {
            names: vec![name.to_owned()],
            forms: vec![form],
            slots,
        },
        bytes,
    })
}

/// The statistics of the leaves that a selection reads.
pub fn leaves<'a>(
    source: &'a Dataset,
    selection: &'a Selection,
) -> impl Iterator<Item = &'a LeafStatistics> {
    let layouts = selection.iter().zip(&source.layouts);
    layouts.flat_map(|(slots, layout)| {
        let slots = slots.iter().flatten();
        slots.map(|slot| &layout.leaves[slot.leaf])
    })
}
