//! Neighbouring features that come from the same place, so that they are poured together.

use std::ops::Range;

use crate::dataset::Selection;
use crate::dataset::Slot;

/// Where a feature comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureOrigin {
    /// The source.
    Source,
    /// A table that is joined to the source.
    JoinedTable {
        /// The number of the table.
        table: usize,
        /// Where the feature is in it.
        slot: Slot,
    },
}

impl FeatureOrigin {
    const fn table(&self) -> Option<usize> {
        match self {
            Self::Source => None,
            Self::JoinedTable { table, .. } => Some(*table),
        }
    }

    const fn slot(&self) -> Option<Slot> {
        match self {
            Self::Source => None,
            Self::JoinedTable { slot, .. } => Some(*slot),
        }
    }
}

/// Neighbouring features that come from one place.
#[derive(Debug)]
pub struct ColumnBlock {
    /// Which features.
    pub columns: Range<usize>,
    /// Where they come from.
    pub origin: BlockOrigin,
}

/// Where the features of a block come from.
#[derive(Debug)]
pub enum BlockOrigin {
    /// The source: where they are in each of its layouts.
    Source(Selection),
    /// A table, by its number: where they are in it.
    Table(usize, Vec<Slot>),
}

/// Divides features into blocks. `selection` is where those of the source are, in the same order.
pub fn blocks(origins: &[FeatureOrigin], selection: &Selection) -> Vec<ColumnBlock> {
    let mut blocks = Vec::new();
    let mut first = 0;
    let mut first_of_source = 0;
    for origins in origins.chunk_by(|a, b| a.table() == b.table()) {
        let columns = first..first + origins.len();
        first = columns.end;
        let origin = if let Some(table) = origins[0].table() {
            let slots = origins.iter().filter_map(FeatureOrigin::slot);
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
