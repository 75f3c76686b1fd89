//! What a scan yields for a filter: each column that it looks at, and what may save reading
//! it.

use std::ops::Range;

use crate::dataset::{Columns, Located, StoredColumn, StoredGroup};
use crate::error::Fault;
use crate::parquet::Hints;
use crate::select::filter::bind::Filter;

/// One column of a row group, as a filter wants it.
#[derive(Debug, Clone)]
pub struct FilterCells {
    /// What is stored of it; `None` if the file lacks the column.
    pub stored: Option<StoredColumn>,
    /// What may save reading it.
    pub hints: Hints,
}

/// The longest page index that is fetched ahead.
const MOST_INDEX: u64 = 1 << 20;

/// Its page indexes are read first.
impl Located for FilterCells {
    fn ranges(&self, found: &mut Vec<Range<u64>>) {
        if self.stored.is_none() {
            return;
        }
        for index in [self.hints.column_index, self.hints.offset_index] {
            let end = |start: u64, length: u64| start.checked_add(length);
            if let (Some(start), Some(length @ 1..=MOST_INDEX)) = (index.start, index.length)
                && let Some(end) = end(start, length)
            {
                found.push(start..end);
            }
        }
        self.stored.ranges(found);
    }
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
        group: &StoredGroup<'_>,
    ) -> Result<FilterCells, Fault> {
        let Some(slot) = self.columns()[at].slot(layout) else {
            return Ok(FilterCells {
                stored: None,
                hints: Hints::default(),
            });
        };
        Ok(FilterCells {
            stored: Some(group.column(slot.leaf, slot.key.physical(), slot.nesting)?),
            hints: group.hints(slot.leaf),
        })
    }
}
