//! Rows that match filters, and parts by filters. Row groups whose footer says that no row can match
//! are not read.

use crate::dataset::Dataset;
use crate::error::{Checkpoint, Error, MissingValues, Result};
use crate::key::column::float_key;
use crate::parquet::KeyFamily;
use crate::select::read::blocks::BlockReader;
use crate::select::read::columns::KeyLookup;
use crate::select::filter::{Filter, FilterReader, FilterRequest, Verdict};
use crate::select::parts::{PartRows, WORD};
use crate::select::read::pass::{Pass, in_order};
use crate::select::request::{Division, SplitRequest};
use crate::select::selection::{GroupRows, RowSelection};
use crate::select::read::walk::Direction;
use crate::workers::Team;

/// The rows of each row group that match a filter, among those that are chosen so far.
pub fn filtered(
    lookup: KeyLookup<'_>,
    request: &FilterRequest,
    selection: &RowSelection,
    team: &mut Team<'_>,
) -> Result<Vec<GroupRows>> {
    let filter = Filter::new(lookup.dataset, request, lookup.may_lack)?;
    let pass = Pass {
        files: &lookup.dataset.files,
        columns: &filter,
        selection,
        direction: Direction::Forward,
    };
    let (workers, account) = (team.workers, team.account);
    let begin = || FilterReader::new(&filter, account);
    let visited = pass.run(team, begin, |reader, row_group| {
        let rows = match filter.verdict(row_group.layout, row_group.rows, &row_group.cells) {
            Verdict::None => GroupRows::None,
            Verdict::All => selection.group(row_group.at).clone(),
            Verdict::Some => {
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
    Ok(in_order(visited, selection.len()))
}

/// The rows of each row group, divided by the filters of a split.
pub fn divide(
    lookup: KeyLookup<'_>,
    request: &SplitRequest,
    selection: &RowSelection,
    team: &mut Team<'_>,
) -> Result<Vec<GroupRows>> {
    let Division::Filters { parts, required } = &request.division else {
        return Ok(Vec::new());
    };
    if let Some(name) = required {
        require_values(lookup, name, selection, team)?;
    }
    let mut divided: Vec<PartRows> = Vec::with_capacity(selection.len());
    for at in 0..selection.len() {
        divided.push(PartRows::none(selection.length(at), parts.len()));
    }
    for (part, filter) in parts.iter().enumerate() {
        let groups = filtered(lookup, filter, selection, team)?;
        for (at, (group, rows)) in groups.iter().zip(&mut divided).enumerate() {
            for (block, mask) in group.mask_words(rows.rows()).enumerate() {
                let taken = mask & rows.kept(block);
                if taken != 0 {
                    let row = block * WORD + taken.trailing_zeros() as usize;
                    let first = rows.part(row).unwrap_or(0);
                    let names = [&request.names[first], &request.names[part]];
                    return Err(in_two_parts(lookup.dataset, at, row, names));
                }
                rows.put(block, part, mask);
            }
        }
    }
    Ok(divided.into_iter().map(GroupRows::of).collect())
}

/// Refuses a column that lacks values in rows that are to be divided by it.
fn require_values(
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
            for row in 0..block.rows {
                let at = block.first + row;
                let is_kept = kept[at / WORD] >> (at % WORD) & 1 == 1;
                let is_null = column.is_null(row);
                nulls += u64::from(is_kept && is_null);
                let is_nan = is_float && !is_null && column.number(row) == nan;
                nans += u64::from(is_kept && is_nan);
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

/// The error for a row that the filters of two parts match.
fn in_two_parts(dataset: &Dataset, mut at: usize, row: usize, names: [&String; 2]) -> Error {
    let mut place = String::new();
    for file in &dataset.files {
        let groups = usize::try_from(file.row_groups()).unwrap_or(usize::MAX);
        if at < groups {
            place = format!("{}, row group {at}, row {row}", file.path.display());
            break;
        }
        at -= groups;
    }
    Error::Argument(format!(
        "split: a row is in {:?} and in {:?} ({place}); change the filters so that no row matches \
         two of them",
        names[0], names[1]
    ))
}
