//! The order of the rows of each part: sorted by keys, or shuffled.

use std::sync::{Arc, Mutex};

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Error, Fault, Result};
use crate::key::sorting::{SortColumn, SortKeys};
use crate::output::arrange::PartOrder;
use crate::plan::Plan;
use crate::select::choose::short;
use crate::select::parts::WORD;
use crate::select::permutation::TOGETHER;
use crate::select::read::blocks::BlockReader;
use crate::select::read::columns::KeyColumns;
use crate::select::read::walk::{Direction, Walk};
use crate::select::request::RowOrder;
use crate::select::selection::GroupRows;
use crate::select::{Permutation, Purpose};
use crate::workers::{Team, Workers, lock};

/// Rows that are numbered between two polls for cancellation.
const CHECKPOINT_ROWS: usize = 1 << 20;

/// The orders of the parts whose rows are not in order already.
pub fn orders(plan: &Plan, team: &mut Team<'_>) -> Result<Vec<PartOrder>> {
    let account = plan.order_account();
    match &plan.options.rows.order {
        RowOrder::Source => Ok(Vec::new()),
        RowOrder::Sorted(_) => {
            let workers = team.workers;
            let read = workers.run(1, team.caller, || keys(plan, workers, &account))?;
            let mut keys: Vec<SortKeys> = read.into_iter().flatten().collect();
            for keys in &mut keys {
                keys.sort(team)?;
            }
            let keys = Mutex::new(keys);
            let orders = workers.run(1, team.caller, || {
                let keys = std::mem::take(&mut *lock(&keys));
                in_order(plan, keys, workers)
            })?;
            Ok(orders.into_iter().flatten().collect())
        }
        RowOrder::Shuffled => shuffled(plan, &account, team),
    }
}

fn shuffled(plan: &Plan, account: &Arc<Account>, team: &mut Team<'_>) -> Result<Vec<PartOrder>> {
    let workers = team.workers;
    let mut first = 0;
    let mut orders = Vec::new();
    for (part, count) in plan.parts().iter().copied().enumerate() {
        let purpose = Purpose::Shuffle(part);
        let permutation = Permutation::new(count, plan.options.rows.seed, purpose);
        let mut rows = Scratch::new(account);
        let order = rows.fit(count).map_err(scarce)?;
        for first in (0..count).step_by(TOGETHER) {
            let places = permutation.places(first as u64);
            for (row, place) in (first..count).zip(places) {
                order[usize::try_from(place).unwrap_or(usize::MAX)] = row as u64;
            }
            if first % CHECKPOINT_ROWS == 0 {
                workers.check()?;
            }
        }
        orders.push(PartOrder { first, rows });
        first += count;
    }
    Ok(orders)
}

/// Reads the keys of the chosen rows of each part.
fn keys(plan: &Plan, workers: &Workers, account: &Arc<Account>) -> Result<Vec<SortKeys>> {
    let Some(columns) = &plan.sorted else {
        return Ok(Vec::new());
    };
    let parts = plan.parts();
    let nullable = |at: usize| {
        let slots = columns.slots.iter();
        slots
            .clone()
            .any(|slots| slots[at].is_none_or(|slot| slot.nesting.is_nullable()))
    };
    let forms = columns.forms.iter().enumerate();
    let sort: Vec<SortColumn> = forms
        .map(|(at, form)| SortColumn::new(*form, nullable(at)))
        .collect();
    let keys = parts
        .iter()
        .map(|rows| SortKeys::new(&sort, *rows, account));
    let mut keys: Vec<SortKeys> = keys.collect::<Result<_, _>>().map_err(scarce)?;
    read(plan, columns, workers, account, &mut keys).map_err(short)?;
    Ok(keys)
}

/// The orders of parts, whose keys are these.
fn in_order(plan: &Plan, keys: Vec<SortKeys>, workers: &Workers) -> Result<Vec<PartOrder>> {
    let parts = plan.parts();
    let poll = |bytes| workers.check_after(bytes);
    let mut first = 0;
    let mut orders = Vec::with_capacity(parts.len());
    for (keys, count) in keys.into_iter().zip(parts.iter().copied()) {
        let rows = keys.order(Checkpoint::new(&poll)).map_err(scarce)?;
        orders.extend(rows.map(|rows| PartOrder { first, rows }));
        first += count;
    }
    Ok(orders)
}

/// Reads the keys of all chosen rows into those of their parts.
fn read(
    plan: &Plan,
    columns: &KeyColumns,
    workers: &Workers,
    account: &Arc<Account>,
    keys: &mut [SortKeys],
) -> Result<()> {
    let mut walk = Walk::new(&plan.files, columns, Direction::Forward, account);
    let mut reader = BlockReader::new(columns, account, workers);
    let mut bits = Vec::new();
    while let Some(row_group) = walk.next_group()? {
        let chosen = plan.chosen.as_ref();
        let chosen = chosen.map(|chosen| chosen.selection.group(row_group.at));
        if chosen == Some(&GroupRows::None) {
            continue;
        }
        reader.read(&row_group, |block| {
            for (part, keys) in keys.iter_mut().enumerate() {
                let Some(chosen) = chosen else {
                    keys.push_block(block.columns, block.rows, None)?;
                    continue;
                };
                bits.clear();
                let words = block.first / WORD..(block.first + block.rows).div_ceil(WORD);
                bits.extend(words.map(|word| chosen.mask(word, row_group.rows, part)));
                keys.push_block(block.columns, block.rows, Some(&bits))?;
            }
            Ok(())
        })?;
        workers.read(row_group.source.bytes_read());
        row_group.source.verify()?;
    }
    Ok(())
}

/// The error for too little memory for the order of rows.
fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "the order of rows takes {needed} bytes at once, and less is free; raise memory_limit \
             by {needed} bytes, or leave out sort_by and shuffle"
        )
    })
}
