//! The pass over a column of texts: the rows that are chosen, row group by row group.

use std::str;
use std::sync::Arc;

use crate::account::Account;
use crate::dataset::WantedGroups;
use crate::error::{Error, Fault, Result, Shortage};
use crate::plan::{Plan, TextColumn};
use crate::run::text::places::Places;
use crate::select::parts::WORD;
use crate::select::read::blocks::{Block, BlockReader};
use crate::select::read::walk::{Direction, Walk};
use crate::select::selection::GroupRows;
use crate::workers::{Caller, Workers};

/// Takes the texts of a column.
pub trait TextSink: Send {
    /// Takes the text of a row of the output; none for a null. Where the column is text it is UTF-8.
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault>;
}

/// A pass over a column.
#[derive(Debug, Clone, Copy)]
pub struct TextRead<'a> {
    plan: &'a Plan,
    column: &'a TextColumn,
    account: &'a Arc<Account>,
    workers: &'a Workers,
}

impl<'a> TextRead<'a> {
    /// A pass, whose buffers are leased from `account`.
    pub const fn new(
        plan: &'a Plan,
        column: &'a TextColumn,
        account: &'a Arc<Account>,
        workers: &'a Workers,
    ) -> Self {
        Self {
            plan,
            column,
            account,
            workers,
        }
    }

    /// Reads the texts of all chosen rows into a sink.
    pub fn run(
        &self,
        places: &mut Places,
        sink: &mut dyn TextSink,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        // The one thread takes both from here, and gives them back.
        let shared = std::sync::Mutex::new((places, sink));
        let read = || {
            let mut shared = crate::workers::lock(&shared);
            let (places, sink) = &mut *shared;
            self.read(places, *sink)
        };
        self.workers.run(1, caller, read).map(|_| ())
    }

    fn read(&self, places: &mut Places, sink: &mut dyn TextSink) -> Result<()> {
        let columns = &self.column.columns;
        let files = &self.plan.files;
        let wanted = |at| self.plan.wants_group(at);
        let walk = Walk::new(files, columns, Direction::Forward, self.account);
        let mut walk = walk.wanting(WantedGroups(&wanted));
        let mut reader = BlockReader::new(columns, self.account, self.workers);
        while let Some(row_group) = walk.next_group()? {
            let chosen = self.plan.chosen.as_ref();
            let chosen = chosen.map(|chosen| chosen.selection.group(row_group.at));
            if chosen == Some(&GroupRows::None) {
                continue;
            }
            let all = GroupRows::All(0);
            let chosen = chosen.unwrap_or(&all);
            let rows = row_group.rows;
            let read = reader.read(&row_group, |block| {
                let taken = self.take(block, chosen, rows, places, sink);
                taken.map_err(|fault| fault.at(row_group.place(Some(&self.column.name))).into())
            });
            self.workers.read(row_group.source.bytes_read());
            row_group.source.verify()?;
            read.map_err(|error| self.scarce(error))?;
        }
        if places.are_all_given() {
            return Ok(());
        }
        Err(Error::Internal(
            "texts have fewer rows than the matrix".to_owned(),
        ))
    }

    /// Takes the chosen rows of a block.
    fn take(
        &self,
        block: &Block<'_>,
        chosen: &GroupRows,
        rows: usize,
        places: &mut Places,
        sink: &mut dyn TextSink,
    ) -> Result<(), Fault> {
        let column = &block.columns[0];
        let is_text = self.column.text.is_text();
        let more = || Fault::corrupt("more rows are taken than were counted");
        let mut count = 0;
        for part in 0..places.parts() {
            for word in block.first / WORD..(block.first + block.rows).div_ceil(WORD) {
                let mut mask = chosen.mask(word, rows, part);
                count += mask.count_ones() as usize;
                while mask != 0 {
                    let row = word * WORD + mask.trailing_zeros() as usize - block.first;
                    mask &= mask - 1;
                    let place = places.next(part).ok_or_else(more)?;
                    if column.is_null(row) {
                        sink.put(place, None)?;
                        continue;
                    }
                    let text = column.text(row);
                    if is_text && str::from_utf8(text).is_err() {
                        return Err(Fault::corrupt("a text is not UTF-8"));
                    }
                    sink.put(place, Some(text))?;
                }
            }
        }
        Ok(self.workers.done(count)?)
    }

    /// The error for a column that takes more memory than there is.
    fn scarce(&self, error: Error) -> Error {
        let Error::Scarce { place, needed } = error else {
            return error;
        };
        let name = &self.column.name;
        let what = format!(
            "{place}: the texts of `{name}` take {needed} bytes at once, and less is free; raise \
             memory_limit by {needed} bytes, write to a file with out=\"X.npy\", or take fewer rows"
        );
        Shortage::new(what).needing(needed, None).at(place).into()
    }
}
