//! Neighbouring fields that come from the same place, so that they are poured together.

use std::ops::Range;

use crate::dataset::Selection;
use crate::dataset::Slot;
use crate::plan::fields::field::Field;

/// Where a field is that comes from a table joined to the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSlot {
    /// The number of the table.
    pub table: usize,
    /// Where the field is in it.
    pub slot: Slot,
}

/// Where the values of one column of the matrix are in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemSlot {
    /// The field.
    pub slot: Slot,
    /// Which of the field's columns it is.
    pub item: usize,
}

/// Neighbouring fields that come from one place.
#[derive(Debug, Clone)]
pub struct ColumnBlock {
    /// Which fields.
    pub fields: Range<usize>,
    /// Which columns of the matrix they become.
    pub columns: Range<usize>,
    /// Where they come from.
    pub origin: BlockOrigin,
}

/// Where the fields of a block come from.
#[derive(Debug, Clone)]
pub enum BlockOrigin {
    /// The source: where they are in each of its layouts.
    Source(Selection),
    /// A table, by its number: where each column of the matrix is in it.
    Table(usize, Vec<ItemSlot>),
}

/// Divides fields into blocks. An origin is where a field is in a table, or none for the source;
/// `selection` is where those of the source are, in the same order.
pub fn blocks(
    fields: &[Field],
    origins: &[Option<TableSlot>],
    selection: &Selection,
) -> Vec<ColumnBlock> {
    let table = |origin: &Option<TableSlot>| origin.map(|origin| origin.table);
    let mut blocks = Vec::new();
    let mut first = 0;
    let mut first_of_source = 0;
    for origins in origins.chunk_by(|a, b| table(a) == table(b)) {
        let own = first..first + origins.len();
        first = own.end;
        let fields = &fields[own.clone()];
        let columns = match (fields.first(), fields.last()) {
            (Some(first), Some(last)) => first.columns.start..last.columns.end,
            _ => continue,
        };
        let origin = if let Some(table) = table(&origins[0]) {
            let slots = origins.iter().flatten().zip(fields);
            let slots = slots.flat_map(|(origin, field)| {
                let slot = origin.slot;
                (0..field.width()).map(move |item| ItemSlot { slot, item })
            });
            BlockOrigin::Table(table, slots.collect())
        } else {
            let chosen = first_of_source..first_of_source + origins.len();
            first_of_source = chosen.end;
            let layouts = selection.iter().map(|slots| slots[chosen.clone()].to_vec());
            BlockOrigin::Source(layouts.collect())
        };
        blocks.push(ColumnBlock {
            fields: own,
            columns,
            origin,
        });
    }
    blocks
}
