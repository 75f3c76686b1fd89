//! What a scan yields for a filter: the chunk of each column that it looks at, and what may save reading
//! it.

use crate::dataset::Columns;
use crate::error::Fault;
use crate::parquet::{self, Chunk, Hints};
use crate::select::filter::bind::Filter;

/// One column of a row group, as a filter wants it.
#[derive(Debug, Clone, Copy)]
pub struct FilterCells {
    /// Its chunk; `None` if the file lacks the column.
    pub chunk: Option<Chunk>,
    /// What may save reading it.
    pub hints: Hints,
}

impl Columns for &Filter {
    type Cells = FilterCells;

    fn count(&self) -> usize {
        self.columns().len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.columns().get(at).map(|column| column.name.as_str())
    }

    fn hinted(&self, layout: usize) -> Vec<usize> {
        let slots = self.columns().iter();
        let slots = slots.filter_map(|column| column.slot(layout));
        slots.map(|slot| slot.leaf).collect()
    }

    fn cells(
        &self,
        at: usize,
        layout: usize,
        row_group: &parquet::RowGroup,
        data_end: u64,
    ) -> Result<FilterCells, Fault> {
        let Some(slot) = self.columns()[at].slot(layout) else {
            return Ok(FilterCells {
                chunk: None,
                hints: Hints::default(),
            });
        };
        Ok(FilterCells {
            chunk: Some(row_group.chunk(slot.leaf, slot.key.physical(), slot.nesting, data_end)?),
            hints: row_group.hints(slot.leaf),
        })
    }
}
