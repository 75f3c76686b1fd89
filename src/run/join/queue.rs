//! The tables of a join, handed out piece by piece: a free worker matches the next table, or places
//! some columns of one that has been matched.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewMut2, Axis};

use crate::dataset::Slot;
use crate::plan::{BlockOrigin, ColumnBlock};
use crate::run::join::placer::MatchedTable;
use crate::workers::lock;

/// Columns of one table that are neighbours in the output.
#[derive(Debug)]
pub struct TableColumns<'a, T> {
    /// Which features they are.
    pub features: Range<usize>,
    /// Where they are in the table.
    pub slots: &'a [Slot],
    /// Their rectangle of the output.
    pub out: ArrayViewMut2<'a, T>,
}

/// What a worker does next.
#[derive(Debug)]
pub enum Task<'a, T> {
    /// Match this table, and hand the result to `matched`.
    Match(usize),
    /// Place some columns of a matched table.
    Place {
        /// The table.
        table: Arc<MatchedTable<'a>>,
        /// The columns.
        columns: TableColumns<'a, T>,
    },
    /// Ask again soon: another worker is matching a table.
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
    /// Columns of matched tables.
    ready: VecDeque<Task<'a, T>>,
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
        let (out, others) = rest.split_at(Axis(1), part.columns.len());
        rest = others;
        if let BlockOrigin::Table(table, slots) = &part.origin {
            tables[*table].push(TableColumns {
                features: part.columns.clone(),
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

    /// The next task; `None` when all is done.
    pub fn next(&self) -> Option<Task<'a, T>> {
        let mut state = lock(&self.state);
        if let Some(task) = state.ready.pop_front() {
            return Some(task);
        }
        if state.next < state.tables.len() {
            state.next += 1;
            state.matching += 1;
            return Some(Task::Match(state.next - 1));
        }
        (state.matching > 0).then_some(Task::Wait)
    }

    /// Takes a table that has been matched: its columns may be placed.
    pub fn matched(&self, table: usize, matched: MatchedTable<'a>) {
        let matched = Arc::new(matched);
        let place = |columns| Task::Place {
            table: Arc::clone(&matched),
            columns,
        };
        let mut state = lock(&self.state);
        state.matching -= 1;
        for mut columns in std::mem::take(&mut state.tables[table]) {
            while columns.slots.len() > self.band {
                let (slots, other_slots) = columns.slots.split_at(self.band);
                let (out, other_out) = columns.out.split_at(Axis(1), self.band);
                let Range { start, end } = columns.features;
                let first = TableColumns {
                    features: start..start + self.band,
                    slots,
                    out,
                };
                state.ready.push_back(place(first));
                columns = TableColumns {
                    features: start + self.band..end,
                    slots: other_slots,
                    out: other_out,
                };
            }
            state.ready.push_back(place(columns));
        }
    }
}
