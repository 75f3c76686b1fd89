//! Neighbouring features that come from the same place, so that they are poured together.

use std::ops::Range;

use crate::dataset::Selection;
use crate::dataset::Slot;

/// Where a feature is that comes from a table joined to the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSlot {
    /// The number of the table.
    pub table: usize,
    /// Where the feature is in it.
    pub slot: Slot,
}

/// Neighbouring features that come from one place.
#[derive(Debug, Clone)]
pub struct ColumnBlock {
    /// Which features.
    pub columns: Range<usize>,
    /// Where they come from.
    pub origin: BlockOrigin,
}

/// Where the features of a block come from.
#[derive(Debug, Clone)]
pub enum BlockOrigin {
    /// The source: where they are in each of its layouts.
    Source(Selection),
    /// A table, by its number: where they are in it.
    Table(usize, Vec<Slot>),
}

/// Divides features into blocks. An origin is where a feature is in a table, or none for the source;
/// `selection` is where those of the source are, in the same order.
pub fn blocks(origins: &[Option<TableSlot>], selection: &Selection) -> Vec<ColumnBlock> {
    let table = |origin: &Option<TableSlot>| origin.map(|origin| origin.table);
    let mut blocks = Vec::new();
    let mut first = 0;
    let mut first_of_source = 0;
    for origins in origins.chunk_by(|a, b| table(a) == table(b)) {
        let columns = first..first + origins.len();
        first = columns.end;
        let origin = if let Some(table) = table(&origins[0]) {
            let slots = origins.iter().flatten().map(|origin| origin.slot);
            BlockOrigin::Table(table, slots.collect())
        } else {
            let own = first_of_source..first_of_source + origins.len();
            first_of_source = own.end;
            let layouts = selection.iter().map(|slots| slots[own.clone()].to_vec());
            BlockOrigin::Source(layouts.collect())
        };
        blocks.push(ColumnBlock { columns, origin });
    }
    blocks
}
