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
    /// For each part the rows of the window, counted from its first row in these row groups.
    numbers: Vec<Range<usize>>,
}

impl WindowSize {
    /// How many of `all` rows a window has, where a row has so many bytes.
    pub(super) fn of_row(self, row_bytes: usize, all: usize) -> usize {
        match self {
            Self::Rows { rows, bytes } => {
                let each = rows.saturating_mul(row_bytes);
                let count = bytes.checked_div(each).unwrap_or(1).max(1);
                rows.saturating_mul(count)
            }
            Self::Share(of) => all.div_ceil(of.max(1)),
        }
    }
}

impl Plan {
    /// The rows with these numbers, as a load of their own. The plan must have been made for windows
    /// that are at least as long.
    pub fn window(&self, rows: Range<usize>) -> Result<Self> {
        let most = self.options.window.map_or(0, |_| self.window_rows);
        let Some(chosen) = self
            .chosen
            .as_ref()
            .filter(|_| rows.len() <= most && rows.end <= self.rows)
        else {
            return Err(Error::Internal(format!(
                "a plan for windows of {most} rows has no window {rows:?}"
            )));
        };
        let found = self.groups(&chosen.selection, self.numbers(&rows));
        let account = self.order_account();
        let selection = chosen
            .selection
            .between(found.inside, &found.numbers, &account);
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
                names: chosen.names.clone(),
                read: Vec::new(),
                bytes_read: 0,
                duplicates: 0,
            }),
            sorted: None,
            share: None,
            rows: count,
            window_rows: count,
            output_bytes: self.output_bytes,
            read_bytes: share(self.read_bytes),
            row_groups: self.row_groups,
            budget: self.budget,
        })
    }

    /// For each part which of its rows are among these of all.
    fn numbers(&self, rows: &Range<usize>) -> Vec<Range<usize>> {
        let mut before = 0;
        let numbers = self.parts().iter().map(|count| {
            let inside = |row: usize| row.clamp(before, before + count) - before;
            let numbers = inside(rows.start)..inside(rows.end);
            before += count;
            numbers
        });
        numbers.collect()
    }

    /// The row groups that have these rows of each part, with all others of their files.
    fn groups(&self, selection: &RowSelection, numbers: Vec<Range<usize>>) -> Groups {
        let mut before = vec![0_usize; numbers.len()];
        let mut found = Groups {
            files: 0..0,
            inside: 0..0,
            numbers,
        };
        let wanted = found.numbers.clone();
        let mut group = 0_usize;
        for (at, file) in self.files.iter().enumerate() {
            let is_past = |(before, own): (&usize, &Range<usize>)| *before >= own.end;
            if before.iter().zip(&wanted).all(is_past) {
                break;
            }
            let count = usize::try_from(file.row_groups()).unwrap_or(usize::MAX);
            let groups = group..group.saturating_add(count).min(selection.len());
            let mut after = before.clone();
            for (part, after) in after.iter_mut().enumerate() {
                let chosen = groups.clone().map(|at| selection.count_of(at, part));
                *after += chosen.sum::<usize>();
            }
            let own = before.iter().zip(&after).zip(&wanted);
            let is_met = |((before, after), own): ((&usize, &usize), &Range<usize>)| {
                !own.is_empty() && *before < own.end && own.start < *after
            };
            if { own }.any(is_met) {
                if found.files.is_empty() {
                    found.files.start = at;
                    found.inside.start = groups.start;
                    for (own, before) in found.numbers.iter_mut().zip(&before) {
                        *own = own.start.saturating_sub(*before)..own.end.saturating_sub(*before);
                    }
                }
                found.files.end = at + 1;
                found.inside.end = groups.end;
            }
            before = after;
            group = groups.end;
        }
        found
    }
}
