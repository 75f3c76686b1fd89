//! Where chosen columns are in the files: for each layout, the leaf of each column. A column that a
//! file lacks is refused, unless its rows may be missing.

use crate::dataset::names::absent;
use crate::dataset::{Dataset, LeafStatistics, Selection, Slot};
use crate::error::Result;
use crate::parquet::Column;

/// Looks up columns of numbers in all layouts. `required` says what a file needs that lacks one;
/// without it, files may lack columns.
pub fn select(
    source: &Dataset,
    names: &[impl AsRef<str>],
    required: Option<&str>,
) -> Result<Selection> {
    select_as(source, names, required, Slot::of)
}

/// The same, where `slot` says how a column is read.
pub fn select_as(
    source: &Dataset,
    names: &[impl AsRef<str>],
    required: Option<&str>,
    slot: impl Fn(&Column) -> Option<Slot>,
) -> Result<Selection> {
    let mut selection = Vec::with_capacity(source.layouts.len());
    for layout in &source.layouts {
        let mut slots = Vec::with_capacity(names.len());
        for name in names {
            let column = layout.column(name.as_ref())?;
            if let (None, Some(hint)) = (column, required) {
                return Err(absent(layout, name.as_ref(), hint));
            }
            slots.push(column.and_then(&slot));
        }
        selection.push(slots);
    }
    Ok(selection)
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
