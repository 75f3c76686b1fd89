//! The work of a join: an idle worker places some columns of a matched table, or matches the next
//! table.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use ndarray::{ArrayViewMut2, Axis};

use crate::plan::{BlockOrigin, ColumnBlock, ItemSlot};
use crate::run::join::placer::MatchedTable;
use crate::workers::lock;

/// Neighbouring columns of the output that come from one table.
#[derive(Debug)]
pub struct TableColumns<'a, T> {
    /// Which features the columns are.
    pub features: Range<usize>,
    /// Where the columns are in the table.
    pub slots: &'a [ItemSlot],
    /// The columns in the output.
    pub out: ArrayViewMut2<'a, T>,
}

/// What a worker does next.
#[derive(Debug)]
pub enum JoinTask<'a, T> {
    /// Match the table of this number, and hand the result to `matched`.
    Match(usize),
    /// Place some columns of a matched table.
    Place {
        /// The table.
        table: Arc<MatchedTable<'a>>,
        /// The columns.
        columns: TableColumns<'a, T>,
    },
    /// Try again soon: another worker is matching a table.
    Wait,
}

/// Hands out the work on all tables.
#[derive(Debug)]
pub struct JoinQueue<'a, T> {
    /// Columns that are placed at a time.
    band: usize,
    state: Mutex<State<'a, T>>,
}

#[derive(Debug)]
struct State<'a, T> {
    /// The columns of each table, until it is matched.
    tables: Vec<Vec<TableColumns<'a, T>>>,
    /// The next table to match.
    next: usize,
    /// How many tables are being matched.
    matching: usize,
    /// Columns of matched tables.
    ready: VecDeque<JoinTask<'a, T>>,
}

/// Splits an output into the columns of each table.
pub fn split<'a, T>(
    out: ArrayViewMut2<'a, T>,
    blocks: &'a [ColumnBlock],
    table_count: usize,
) -> Vec<Vec<TableColumns<'a, T>>> {
    let mut tables: Vec<Vec<TableColumns<'a, T>>> = Vec::new();
    tables.resize_with(table_count, Vec::new);
    let mut rest = out;
    for block in blocks {
        let (out, others) = rest.split_at(Axis(1), block.columns.len());
        rest = others;
        if let BlockOrigin::Table(table, slots) = &block.origin {
            tables[*table].push(TableColumns {
                features: block.columns.clone(),
                slots,
                out,
            });
        }
    }
    tables
}

impl<'a, T> JoinQueue<'a, T> {
    /// A queue of all tables, whose columns are placed `band` at a time.
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
    pub fn next(&self) -> Option<JoinTask<'a, T>> {
        let mut state = lock(&self.state);
        if let Some(task) = state.ready.pop_front() {
            return Some(task);
        }
        if state.next < state.tables.len() {
            state.next += 1;
            state.matching += 1;
            return Some(JoinTask::Match(state.next - 1));
        }
        (state.matching > 0).then_some(JoinTask::Wait)
    }

    /// Takes a matched table, whose columns may now be placed.
    pub fn matched(&self, table: usize, matched: MatchedTable<'a>) {
        let matched = Arc::new(matched);
        let place = |columns| JoinTask::Place {
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
