//! A pass over the row groups of a source: threads take them in order, and read the columns that
//! decide about rows. Row groups of which no row is chosen are not read.

use std::sync::Mutex;

use crate::dataset::{Columns, RowGroup, Table, WantedGroups};
use crate::error::Result;
use crate::select::read::walk::{Direction, Walk};
use crate::select::selection::{GroupRows, RowSelection};
use crate::workers::{Team, lock};

/// A pass over the row groups of a source.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a, C> {
    /// The files.
    pub files: &'a [Table],
    /// The columns.
    pub columns: C,
    /// The rows that are chosen so far.
    pub selection: &'a RowSelection,
    /// From which end row groups are taken.
    pub direction: Direction,
}

/// What was found in a row group.
#[derive(Debug)]
pub struct Visited<R> {
    /// The number of the row group.
    pub at: usize,
    /// What was found.
    pub found: R,
}

impl<C: Columns + Copy + Send> Pass<'_, C>
where
    C::Cells: Send,
{
    /// Has each thread `work` on the next row group until none is left. `begin` makes what a thread
    /// keeps from one to the next. What is found comes in no particular order.
    pub fn run<S, R: Send>(
        &self,
        team: &mut Team<'_>,
        begin: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, &RowGroup<C::Cells>) -> Result<R> + Sync,
    ) -> Result<Vec<Visited<R>>> {
        let workers = team.workers;
        let walk = Walk::new(self.files, self.columns, self.direction, team.account);
        let wanted = |at: usize| *self.selection.group(at) != GroupRows::None;
        let walk = Mutex::new(walk.wanting(WantedGroups(&wanted)));
        let next = || -> Result<Option<RowGroup<C::Cells>>> {
            let mut walk = lock(&walk);
            loop {
                workers.check()?;
                let row_group = walk.next_group()?;
                let is_left =
                    |group: &RowGroup<C::Cells>| *self.selection.group(group.at) == GroupRows::None;
                if !row_group.as_ref().is_some_and(is_left) {
                    return Ok(row_group);
                }
            }
        };
        let visited = team.run(|| {
            let mut kept = begin();
            let mut visited = Vec::new();
            while let Some(row_group) = next()? {
                let found = work(&mut kept, &row_group);
                workers.read(row_group.source.bytes_read());
                // Damage found in a file that has changed since it was opened is not the file's fault.
                row_group.source.verify()?;
                visited.push(Visited {
                    at: row_group.at,
                    found: found?,
                });
            }
            Ok(visited)
        })?;
        Ok(visited.into_iter().flatten().collect())
    }
}

/// The row groups after a visit; those that were not visited have no rows.
pub fn in_order(visited: Vec<Visited<GroupRows>>, count: usize) -> Vec<GroupRows> {
    let mut groups = vec![GroupRows::None; count];
    for Visited { at, found } in visited {
        groups[at] = found;
    }
    groups
}
