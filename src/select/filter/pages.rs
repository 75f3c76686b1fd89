//! The rows of a row group that can be kept, as far as the bounds of its pages tell. Each column has
//! pages of its own, so what is excluded are rows.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::{RowGroup, StoredColumn};
use crate::error::Fault;
use crate::parquet::{IndexedChunk, IndexedPage};
use crate::select::filter::bind::{Clause, Filter};
use crate::select::filter::cells::FilterCells;
use crate::select::filter::turns::{Spot, Turns};
use crate::select::filter::verdict::{Statistics, Verdict};

/// Rows that share a word of a mask; ranges begin and end between words.
const WORD: usize = 64;

/// The pages of each column of a filter, where there is an index of them.
pub(super) type Pages = Vec<Option<Scratch<IndexedPage>>>;

/// Reads the page indexes of the columns of a row group.
pub(super) fn pages(
    row_group: &RowGroup<FilterCells>,
    account: &Arc<Account>,
) -> Result<Pages, Fault> {
    let pages = row_group.cells.iter().map(|cells| {
        let indexed = cells.stored.as_ref().and_then(StoredColumn::chunk);
        let indexed = indexed.map(|chunk| IndexedChunk {
            source: &row_group.source,
            chunk,
            hints: &cells.hints,
            rows: row_group.rows as u64,
        });
        indexed.map_or(Ok(None), |indexed| indexed.pages(account))
    });
    pages.collect()
}

impl Filter {
    /// The rows that can be kept, in order: ranges that begin and end between words of a mask, or with
    /// the rows.
    pub(super) fn candidates(
        &self,
        layout: usize,
        rows: usize,
        pages: &Pages,
    ) -> Vec<Range<usize>> {
        if pages.iter().all(Option::is_none) {
            return iter::once(0..rows).collect();
        }
        let lists = self.any().iter();
        let kept = lists.flat_map(|list| {
            let excluded = list.iter().flat_map(|clause| {
                let pages = pages[clause.column].as_ref();
                let pages = pages.map_or(&[][..], Scratch::all);
                self.excluded(layout, clause, pages)
            });
            let kept = Turns::union(excluded.collect()).complement(0);
            spots(&kept, rows)
        });
        let kept = Turns::union(kept.collect());
        let whole = |spot: Spot<usize>| Spot {
            start: spot.start.map(|start| start / WORD * WORD),
            after: spot.after.map(|after| after.next_multiple_of(WORD)),
        };
        let words = Turns::union(spots(&kept, rows).into_iter().map(whole).collect());
        let ranges = spots(&words, rows).into_iter();
        let ranges = ranges.filter_map(|spot| Some(spot.start?..spot.after?.min(rows)));
        ranges.collect()
    }

    /// The rows of pages for which a condition cannot hold.
    fn excluded(&self, layout: usize, clause: &Clause, pages: &[IndexedPage]) -> Vec<Spot<usize>> {
        let never = pages.iter().filter(|page| {
            let statistics = Statistics {
                rows: page.rows,
                nulls: page.nulls,
                hints: &page.hints,
                constant: None,
            };
            self.one(layout, clause, statistics) == Verdict::None
        });
        let spot = |page: &IndexedPage| Spot {
            start: usize::try_from(page.first_row).ok(),
            after: usize::try_from(page.first_row + page.rows).ok(),
        };
        never.map(spot).collect()
    }
}

/// The parts of a set of rows, the last of which may end with the rows.
fn spots(turns: &Turns<usize>, rows: usize) -> Vec<Spot<usize>> {
    let parts = turns.all().chunks(2).map(|part| Spot {
        start: part.first().copied().filter(|start| *start < rows),
        after: Some(part.get(1).copied().unwrap_or(rows).min(rows)),
    });
    parts.collect()
}
