//! Where chosen columns are in the files: for each layout, the leaf of each column. A column that a
//! file lacks is refused, unless its rows may be missing.

use crate::dataset::names::absent;
use crate::dataset::{Dataset, LeafStatistics};
use crate::error::Result;
use crate::parquet::{Column, Kind};

/// Where a column is in the files of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The leaf of the column.
    pub leaf: usize,
    /// How its numbers are stored.
    pub kind: Kind,
    /// Whether it can hold nulls.
    pub nullable: bool,
}

impl Slot {
    /// The slot of a column, if it can be taken.
    pub fn of(column: &Column) -> Option<Self> {
        Some(Self {
            leaf: column.leaf,
            kind: column.kind.ok()?,
            nullable: column.nullable,
        })
    }
}

/// For each layout, where each chosen column is; `None` where a file lacks it.
pub type Selection = Vec<Vec<Option<Slot>>>;

/// Looks up columns in all layouts. `required` says what a file needs that lacks one; without it,
/// files may lack columns.
pub fn select(
    source: &Dataset,
    names: &[impl AsRef<str>],
    required: Option<&str>,
) -> Result<Selection> {
    let mut selection = Vec::with_capacity(source.layouts.len());
    for layout in &source.layouts {
        let mut slots = Vec::with_capacity(names.len());
        for name in names {
            let column = layout.column(name.as_ref())?;
            if let (None, Some(hint)) = (column, required) {
                return Err(absent(layout, name.as_ref(), hint));
            }
            slots.push(column.and_then(Slot::of));
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
