//! The tables of a join, handed out piece by piece: whoever is free matches the next table, or takes
//! some columns of one that has been matched.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewMut2, Axis};

use crate::dataset::Slot;
use crate::plan::{BlockOrigin, ColumnBlock};
use crate::run::join::placer::Matched;
use crate::workers::lock;

/// Columns of one table that are neighbours in the output, and their rectangle of it.
#[derive(Debug)]
pub struct TableColumns<'a, T> {
    /// Which features.
    pub columns: Range<usize>,
    /// Where they are in the table.
    pub slots: &'a [Slot],
    /// Their rectangle.
    pub out: ArrayViewMut2<'a, T>,
}

/// What to do next.
pub enum Task<'a, T> {
    /// Match this table, and say so with `matched`.
    Match(usize),
    /// Place some of its columns.
    Place(Arc<Matched<'a>>, TableColumns<'a, T>),
    /// Ask again soon: somebody is matching a table.
    Wait,
}

/// Hands out the work on all tables.
#[derive(Debug)]
pub struct JoinQueue<'a, T> {
    band: usize,
    state: Mutex<State<'a, T>>,
}

#[derive(Debug)]
struct State<'a, T> {
    /// What each table has in the output, until it is matched.
    tables: Vec<Vec<TableColumns<'a, T>>>,
    next: usize,
    matching: usize,
    ready: VecDeque<(Arc<Matched<'a>>, TableColumns<'a, T>)>,
}

/// The columns of each table in an output.
pub fn split<'a, T>(
    out: ArrayViewMut2<'a, T>,
    parts: &'a [ColumnBlock],
    table_count: usize,
) -> Vec<Vec<TableColumns<'a, T>>> {
    let mut tables: Vec<Vec<TableColumns<'a, T>>> = Vec::new();
    tables.resize_with(table_count, Vec::new);
    let mut rest = out;
    for part in parts {
        let (out, behind) = rest.split_at(Axis(1), part.columns.len());
        rest = behind;
        if let BlockOrigin::Table(table, slots) = &part.origin {
            tables[*table].push(TableColumns {
                columns: part.columns.clone(),
                slots,
                out,
            });
        }
    }
    tables
}

impl<'a, T> JoinQueue<'a, T> {
    /// All tables, whose columns are placed `band` at a time.
    pub const fn new(tables: Vec<Vec<TableColumns<'a, T>>>, band: usize) -> Self {
        Self {
            band,
            state: Mutex::new(State {
                tables,
                next: 0,
                matching: 0,
                ready: VecDeque::new(),
            }),
        }
    }

    /// What to do next; `None` when all is done.
    pub fn next(&self) -> Option<Task<'a, T>> {
        let mut state = lock(&self.state);
        if let Some((matched, stretch)) = state.ready.pop_front() {
            return Some(Task::Place(matched, stretch));
        }
        if state.next < state.tables.len() {
            state.next += 1;
            state.matching += 1;
            return Some(Task::Match(state.next - 1));
        }
        (state.matching > 0).then_some(Task::Wait)
    }

    /// Says that a table has been matched: its columns may be placed.
    pub fn matched(&self, table: usize, matched: Matched<'a>) {
        let matched = Arc::new(matched);
        let mut state = lock(&self.state);
        state.matching -= 1;
        for mut stretch in std::mem::take(&mut state.tables[table]) {
            while stretch.slots.len() > self.band {
                let (slots, other_slots) = stretch.slots.split_at(self.band);
                let (out, other_out) = stretch.out.split_at(Axis(1), self.band);
                let Range { start, end } = stretch.columns;
                let first = TableColumns {
                    columns: start..start + self.band,
                    slots,
                    out,
                };
                state.ready.push_back((Arc::clone(&matched), first));
                stretch = TableColumns {
                    columns: start + self.band..end,
                    slots: other_slots,
                    out: other_out,
                };
            }
            state.ready.push_back((Arc::clone(&matched), stretch));
        }
    }
}
