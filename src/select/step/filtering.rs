//! Rows that match filters, and parts by filters. Row groups whose footer says that no row can match
//! are not read.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::dataset::Dataset;
use crate::error::{Checkpoint, Error, MissingValues, Result};
use crate::key::column::float_key;
use crate::parquet::KeyFamily;
use crate::select::filter::{Filter, FilterReader, FilterRequest, Verdict};
use crate::select::parts::{PartRows, WORD};
use crate::select::read::blocks::BlockReader;
use crate::select::read::columns::KeyLookup;
use crate::select::read::pass::{Pass, in_order};
use crate::select::read::walk::Direction;
use crate::select::selection::{GroupRows, RowSelection};
use crate::workers::Team;

/// What filters leave.
#[derive(Debug)]
pub struct Filtered {
    /// The rows of each row group.
    pub groups: Vec<GroupRows>,
    /// The columns that had to be read, because footers did not say enough.
    pub read: Vec<String>,
}

/// The rows of each row group that match a filter, among those that are chosen so far.
pub fn filtered(
    lookup: KeyLookup<'_>,
    request: &FilterRequest,
    selection: &RowSelection,
    team: &mut Team<'_>,
) -> Result<Filtered> {
    let filter = Filter::new(lookup.dataset, request, lookup.may_lack)?;
    let pass = Pass {
        files: &lookup.dataset.files,
        columns: &filter,
        selection,
        direction: Direction::Forward,
    };
    let (workers, account) = (team.workers, team.account);
    let begin = || FilterReader::new(&filter, account);
    let is_read = AtomicBool::new(false);
    let visited = pass.run(team, begin, |reader, row_group| {
        let mut verdict = filter.verdict(row_group.layout, row_group.rows, &row_group.cells);
        if verdict == Verdict::Some {
            verdict = filter.look_up(row_group)?;
        }
        let rows = match verdict {
            Verdict::None => GroupRows::None,
            Verdict::All => selection.group(row_group.at).clone(),
            Verdict::Some => {
                is_read.store(true, Ordering::Relaxed);
                let mut kept = selection.kept(row_group.at);
                let poll = |bytes| workers.check_after(bytes);
                let matching = reader.read(row_group, Checkpoint::new(&poll))?;
                for (kept, matching) in kept.iter_mut().zip(matching) {
                    *kept &= matching;
                }
                GroupRows::of_mask(row_group.rows, kept)
            }
        };
        Ok(rows)
    })?;
    let names = filter.columns().iter().map(|column| column.name.clone());
    Ok(Filtered {
        groups: in_order(visited, selection.len()),
        read: names.filter(|_| is_read.load(Ordering::Relaxed)).collect(),
    })
}

/// A row that the filters of two parts match.
struct Conflict {
    /// The row group, and the row in it.
    group: usize,
    row: usize,
    /// The numbers of the parts.
    parts: [usize; 2],
}

/// The rows of each row group, divided by the filters of parts of these names.
pub fn divide(
    lookup: KeyLookup<'_>,
    names: &[String],
    filters: &[FilterRequest],
    selection: &RowSelection,
    team: &mut Team<'_>,
) -> Result<Filtered> {
    let mut divided: Vec<PartRows> = Vec::with_capacity(selection.len());
    for at in 0..selection.len() {
        divided.push(PartRows::none(selection.length(at), filters.len()));
    }
    let mut read = Vec::new();
    let mut conflict = None;
    let mut conflicts = 0;
    for (part, filter) in filters.iter().enumerate() {
        let filtered = filtered(lookup, filter, selection, team)?;
        read.extend(filtered.read);
        for (group, (matching, rows)) in filtered.groups.iter().zip(&mut divided).enumerate() {
            for (block, mask) in matching.mask_words(rows.rows()).enumerate() {
                let taken = mask & rows.kept(block);
                if taken != 0 {
                    conflicts += taken.count_ones();
                    let row = block * WORD + taken.trailing_zeros() as usize;
                    let parts = [rows.part(row).unwrap_or(0), part];
                    conflict.get_or_insert(Conflict { group, row, parts });
                }
                rows.put(block, part, mask & !taken);
            }
        }
    }
    if let Some(conflict) = conflict {
        return Err(in_two_parts(lookup.dataset, names, conflicts, &conflict));
    }
    Ok(Filtered {
        groups: divided.into_iter().map(GroupRows::of).collect(),
        read,
    })
}

/// Refuses a column that lacks values in rows that are to be divided by it.
pub fn require_values(
    lookup: KeyLookup<'_>,
    name: &str,
    selection: &RowSelection,
    team: &mut Team<'_>,
) -> Result<()> {
    let names = [name.to_owned()];
    let columns = lookup.columns(&names, "split_by")?;
    let is_float = columns.forms[0].family == KeyFamily::Float;
    let nan = u128::from(float_key(f64::NAN));
    let pass = Pass {
        files: &lookup.dataset.files,
        columns: &columns,
        selection,
        direction: Direction::Forward,
    };
    let (workers, account) = (team.workers, team.account);
    let begin = || BlockReader::new(&columns, account, workers);
    let visited = pass.run(team, begin, |reader, row_group| {
        let kept = selection.kept(row_group.at);
        let (mut nulls, mut nans) = (0, 0);
        reader.read(row_group, |block| {
            let column = &block.columns[0];
            for row in block.kept(&kept) {
                let is_null = column.is_null(row);
                nulls += u64::from(is_null);
                nans += u64::from(is_float && !is_null && column.number(row) == nan);
            }
            Ok(())
        })?;
        Ok(MissingValues {
            column: name.to_owned(),
            nulls,
            nans,
        })
    })?;
    let count = |of: fn(&MissingValues) -> u64| visited.iter().map(|v| of(&v.found)).sum();
    let (nulls, nans) = (count(|found| found.nulls), count(|found| found.nans));
    if nulls + nans == 0 {
        return Ok(());
    }
    Err(Error::MissingTarget {
        array: "split_by",
        columns: vec![MissingValues {
            column: name.to_owned(),
            nulls,
            nans,
        }],
        can_keep: false,
    })
}

/// The error for rows that the filters of two parts match.
fn in_two_parts(dataset: &Dataset, names: &[String], count: u32, conflict: &Conflict) -> Error {
    let Conflict { group, row, parts } = conflict;
    let mut number = *group;
    let mut files = dataset.files.iter();
    let file = files.find(|file| {
        let groups = usize::try_from(file.row_groups()).unwrap_or(usize::MAX);
        let is_here = number < groups;
        number -= if is_here { 0 } else { groups };
        is_here
    });
    let path = file.map(|file| file.path.display().to_string());
    let (first, second) = (&names[parts[0]], &names[parts[1]]);
    Error::Argument(format!(
        "split: {count} rows are in two parts, one of them in {first:?} and in {second:?} ({}, row \
         group {number}, row {row}); change the filters so that no row matches two of them",
        path.unwrap_or_default()
    ))
}
