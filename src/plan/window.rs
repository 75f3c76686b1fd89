//! Some of the rows of a plan, as a plan of their own: the same columns, rules and sizes, and only the
//! files that have these rows. So any number of rows is loaded in the memory of a few.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::plan::rows::ChosenRowsOfSource;
use crate::plan::{JoinPlan, Plan, WindowSize};
use crate::select::RowSelection;

/// Row groups that have some rows.
struct Groups {
    /// The files that they are in.
    files: Range<usize>,
    /// The row groups of these files.
    inside: Range<usize>,
    /// The rows of the window, counted from the first that is chosen of these row groups.
    numbers: Range<usize>,
}

impl WindowSize {
    /// The rows of a window, where a row has so many bytes.
    pub(super) fn of_row(self, bytes: usize) -> usize {
        let each = self.rows.saturating_mul(bytes);
        let count = self.bytes.checked_div(each).unwrap_or(1).max(1);
        self.rows.saturating_mul(count)
    }
}

impl Plan {
    /// The rows with these numbers, as a load of their own. The plan must have been made for windows
    /// that are at least as long.
    pub fn window(&self, rows: Range<usize>) -> Result<Self> {
        let most = self.options.window.map_or(0, |_| self.window_rows);
        let chosen = self.chosen.as_ref().filter(|_| self.parts().len() == 1);
        let Some(chosen) = chosen.filter(|_| rows.len() <= most && rows.end <= self.rows) else {
            return Err(Error::Internal(format!(
                "a plan for windows of {most} rows has no window {rows:?}"
            )));
        };
        let found = self.groups(&chosen.selection, &rows);
        let account = self.order_account();
        let selection = chosen
            .selection
            .between(found.inside, found.numbers, &account);
        let count = rows.len();
        let share = |bytes: u64| {
            let bytes = u128::from(bytes) * count as u128 / self.rows.max(1) as u128;
            u64::try_from(bytes).unwrap_or(u64::MAX)
        };
        Ok(Self {
            options: self.options.clone(),
            files: self.files[found.files].to_vec(),
            features: self.features.clone(),
            fields: self.fields.clone(),
            selection: self.selection.clone(),
            skipped: Vec::new(),
            join: self.join.clone().map(|join| JoinPlan {
                read_bytes: share(join.read_bytes),
                ..join
            }),
            extras: self.extras.clone(),
            texts: self.texts.clone(),
            text_bytes: self.text_bytes,
            chosen: Some(ChosenRowsOfSource {
                selection: selection.map_err(|fault| {
                    fault.short(|needed| format!("a window of the rows takes {needed} bytes"))
                })?,
                names: Vec::new(),
                read: Vec::new(),
                bytes_read: 0,
                duplicates: 0,
            }),
            sorted: None,
            rows: count,
            window_rows: count,
            output_bytes: self.output_bytes,
            read_bytes: share(self.read_bytes),
            row_groups: self.row_groups,
            budget: self.budget,
        })
    }

    /// The row groups that have these rows, with all others of their files.
    fn groups(&self, selection: &RowSelection, rows: &Range<usize>) -> Groups {
        let mut found = Groups {
            files: 0..0,
            inside: 0..0,
            numbers: rows.clone(),
        };
        let mut group = 0_usize;
        let mut row = 0_usize;
        for (at, file) in self.files.iter().enumerate() {
            if row >= rows.end {
                break;
            }
            let count = usize::try_from(file.row_groups()).unwrap_or(usize::MAX);
            let groups = group..group.saturating_add(count).min(selection.len());
            let chosen: usize = groups.clone().map(|at| selection.chosen_of(at)).sum();
            if row + chosen > rows.start {
                if found.files.is_empty() {
                    found.files.start = at;
                    found.inside.start = groups.start;
                    found.numbers = rows.start - row..rows.end - row;
                }
                found.files.end = at + 1;
                found.inside.end = groups.end;
            }
            row += chosen;
            group = groups.end;
        }
        found
    }
}
