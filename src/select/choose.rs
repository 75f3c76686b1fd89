//! The rows of a source, chosen step by step: rows by their numbers, filters, unique keys, a sample, parts. Each step sees
//! the rows that the one before has left.

use std::collections::HashSet;

use crate::dataset::{Columns, Dataset, Scan, StoredGroup};
use crate::error::{Error, Fault, Result};
use crate::select::permutation::{Permutation, Purpose};
use crate::select::read::blocks::BlockReader;
use crate::select::read::columns::{KeyColumns, KeyLookup};
use crate::select::read::pass::{Pass, in_order};
use crate::select::read::walk::Direction;
use crate::select::request::{Division, Keep, RowRequest, SampleSize, SplitRequest, UniqueRequest};
use crate::select::selection::{GroupRows, RowSelection};
use crate::select::step::filtering::{divide, filtered, require_values};
use crate::select::step::ranks::{Ranks, share_of};
use crate::select::step::runs::Runs;
use crate::select::step::split::KeySplit;
use crate::select::step::unique::{GroupKeys, Unique};
use crate::workers::Team;

/// No columns: only row groups are counted.
#[derive(Debug, Clone, Copy)]
struct Nothing;

impl Columns for Nothing {
    type Cells = ();

    fn count(&self) -> usize {
        0
    }

    fn name(&self, _: usize) -> Option<&str> {
        None
    }

    fn cells(&self, _: usize, _: usize, _: &StoredGroup<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// The rows of a source, chosen.
#[derive(Debug)]
pub struct Choice {
    /// The rows, and the part of each.
    pub selection: RowSelection,
    /// The columns that were read to choose them, each once.
    pub read: Vec<String>,
    /// Rows that were left out because others have their keys.
    pub duplicates: usize,
}

/// Chooses the rows of a source.
pub fn choose(lookup: KeyLookup<'_>, request: &RowRequest, team: &mut Team<'_>) -> Result<Choice> {
    let mut selection = all(lookup.dataset, team)?;
    let mut read = Vec::new();
    let mut duplicates = 0;
    if let Some(between) = request.between {
        let numbers = between.of(selection.rows());
        let groups = 0..selection.len();
        let kept = selection.between(groups, &[numbers], team.account);
        selection = kept.map_err(scarce)?;
    }
    if let Some(filters) = &request.filters {
        let filtered = filtered(lookup, filters, &selection, team)?;
        read.extend(filtered.read);
        selection.choose(filtered.groups, 1).map_err(scarce)?;
    }
    if let Some(wanted) = &request.unique {
        let before = selection.rows();
        unique(lookup, wanted, &mut selection, team)?;
        duplicates = before - selection.rows();
        read.extend_from_slice(&wanted.columns);
    }
    if let Some(size) = request.sample {
        sample(size, request.seed, &mut selection, team)?;
    }
    if let Some(wanted) = &request.split {
        read.extend(split(lookup, wanted, request.seed, &mut selection, team)?);
    }
    let mut known = HashSet::new();
    read.retain(|name| known.insert(name.clone()));
    Ok(Choice {
        selection,
        read,
        duplicates,
    })
}

/// All rows.
fn all(dataset: &Dataset, team: &Team<'_>) -> Result<RowSelection> {
    let mut scan = Scan::new(&dataset.files, Nothing, team.account);
    let mut lengths = Vec::new();
    while let Some(row_group) = scan.next()? {
        lengths.push(row_group.rows);
        team.workers.check()?;
    }
    RowSelection::all(lengths, team.account).map_err(scarce)
}

fn unique(
    lookup: KeyLookup<'_>,
    request: &UniqueRequest,
    selection: &mut RowSelection,
    team: &mut Team<'_>,
) -> Result<()> {
    let columns = lookup.columns(&request.columns, "unique_on")?;
    let pass = Pass {
        files: &lookup.dataset.files,
        columns: &columns,
        selection,
        direction: match request.keep {
            Keep::First => Direction::Forward,
            Keep::Last => Direction::Backward,
        },
    };
    // Keys of other sources may be anywhere between these.
    if request.seen.is_none()
        && let Some(groups) = of_runs(&pass, request.keep, team)?
    {
        return selection.choose(groups, 1).map_err(scarce);
    }
    let step = Unique::new(selection, request, team);
    let (workers, account) = (team.workers, team.account);
    let begin = || {
        (
            BlockReader::new(&columns, account, workers),
            GroupKeys::new(account),
        )
    };
    let visited = pass.run(team, begin, |(reader, keys), row_group| {
        step.visit(reader, keys, row_group, workers)
    })?;
    let groups = in_order(visited, selection.len());
    selection.choose(groups, 1).map_err(scarce)
}

/// One row of each key where rows stand in the order of keys; `None` where they do not.
fn of_runs(
    pass: &Pass<'_, &KeyColumns>,
    keep: Keep,
    team: &mut Team<'_>,
) -> Result<Option<Vec<GroupRows>>> {
    let (workers, account) = (team.workers, team.account);
    let step = Runs::new(pass.selection, keep, pass.columns, account);
    let begin = || BlockReader::new(pass.columns, account, workers);
    let visited = pass.run(team, begin, |reader, row_group| {
        step.visit(reader, row_group)
    })?;
    Ok(step.joined(visited))
}

fn sample(
    size: SampleSize,
    seed: u64,
    selection: &mut RowSelection,
    team: &mut Team<'_>,
) -> Result<()> {
    let rows = selection.rows();
    let wanted = match size {
        SampleSize::Share(share) => share_of(share, rows),
        SampleSize::Count(count) if count <= rows => count,
        SampleSize::Count(count) => {
            return Err(Error::Argument(format!(
                "sample: {count} rows are wanted, and there are {rows}; take a share of them, such \
                 as 0.5, or leave it out"
            )));
        }
    };
    let permutation = Permutation::new(rows, seed, Purpose::Sample);
    let groups = Ranks::new(permutation, [wanted].into_iter()).divide(selection, team)?;
    selection.choose(groups, 1).map_err(scarce)
}

fn split(
    lookup: KeyLookup<'_>,
    request: &SplitRequest,
    seed: u64,
    selection: &mut RowSelection,
    team: &mut Team<'_>,
) -> Result<Vec<String>> {
    let mut read = Vec::new();
    let groups = match &request.division {
        Division::Shares(ends) => {
            let rows = selection.rows();
            let permutation = Permutation::new(rows, seed, Purpose::Split);
            let ends = ends.iter().map(|share| share_of(*share, rows));
            Ranks::new(permutation, ends).divide(selection, team)?
        }
        Division::Keys { columns, ends } => {
            for name in columns {
                require_values(lookup, name, selection, team)?;
            }
            read.extend_from_slice(columns);
            let columns = lookup.columns(columns, "split_by")?;
            let step = KeySplit::new(ends, seed);
            let pass = Pass {
                files: &lookup.dataset.files,
                columns: &columns,
                selection,
                direction: Direction::Forward,
            };
            let (workers, account) = (team.workers, team.account);
            let begin = || BlockReader::new(&columns, account, workers);
            let visited = pass.run(team, begin, |reader, row_group| {
                step.visit(selection, reader, row_group)
            })?;
            in_order(visited, selection.len())
        }
        Division::Filters { parts, required } => {
            if let Some(name) = required {
                require_values(lookup, name, selection, team)?;
            }
            let divided = divide(lookup, &request.names, parts, selection, team)?;
            read.extend(required.iter().cloned().chain(divided.read));
            divided.groups
        }
    };
    let chosen = selection.choose(groups, request.names.len());
    chosen.map_err(scarce)?;
    Ok(read)
}

/// The error for too little memory for what is known of rows.
fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "which rows are chosen takes {needed} bytes, and less is free; raise memory_limit by \
             {needed} bytes"
        )
    })
}

/// The error for too little memory to read what decides about rows, or the same error.
pub fn short(error: Error) -> Error {
    let Error::Scarce { place, needed } = error else {
        return error;
    };
    Fault::Scarce { needed }.short(|needed| {
        format!(
            "{place}: to read what decides about rows {needed} bytes are needed at once, and less \
             is free; raise memory_limit by {needed} bytes"
        )
    })
}
