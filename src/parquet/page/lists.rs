//! The pages of a column of lists, as a lane reads them: levels first, and then as many values as these
//! say. A list may go on in the next page, unless that is of version 2.

use crate::error::Fault;
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::cursor::{PageCursor, PageValues, Passed};
use crate::parquet::page::deep::{ListLevels, PageLevels};
use crate::parquet::page::header::{PageKind, Version};
use crate::parquet::page::values::OpenValues;

/// An open page of lists.
#[derive(Debug)]
pub struct ListPage<'a, R> {
    /// The page, as far as it is in memory.
    pub body: &'a [u8],
    /// Its levels.
    pub levels: &'a mut ListLevels,
    /// Its values.
    pub values: &'a mut OpenValues,
    /// The bytes of the chunk, for values that stay in the file.
    pub from: ChunkBytes<'a>,
    /// What reads the values.
    pub reader: &'a mut R,
}

/// Levels that were read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadLevels {
    /// How many.
    pub count: usize,
    /// How many have no value.
    pub nulls: usize,
    /// How many begin a row.
    pub rows: u64,
}

impl<R: PageValues> PageCursor<R> {
    /// Levels that are left of the open page, or else of the next one, which is opened.
    pub fn levels_left(&mut self, buffers: &mut ReadBuffers) -> Result<usize, Fault> {
        if self.open_values() == 0 {
            self.turn(Passed::Rows(0), buffers)?;
        }
        Ok(usize::try_from(self.open_values()).unwrap_or(usize::MAX))
    }

    /// Whether any levels of the chunk are left.
    pub const fn has_levels(&self) -> bool {
        self.left > 0
    }

    /// Whether nothing of the open page has been read, and no list may go on in it.
    pub fn begins_rows(&self) -> bool {
        self.open.as_ref().is_some_and(|open| {
            let header = &open.page.header;
            let is_two = matches!(header.kind, PageKind::Data(Version::Two { .. }));
            is_two && open.left == header.values
        })
    }

    /// The open page.
    pub fn lists<'a>(&'a mut self, buffers: &'a mut ReadBuffers) -> Result<ListPage<'a, R>, Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::corrupt("no page is open"));
        };
        let PageLevels::Lists(levels) = &mut open.levels else {
            return Err(Fault::corrupt("a page of numbers is read as one of lists"));
        };
        Ok(ListPage {
            body: open.page.body(&self.body),
            levels,
            values: &mut open.values,
            from: self.pages.bytes(buffers),
            reader: &mut self.reader,
        })
    }

    /// Notes levels of the open page that were read.
    pub fn note(&mut self, read: ReadLevels) {
        if let Some(open) = &mut self.open {
            open.nulls += read.nulls as u64;
            open.rows += read.rows;
            open.left -= read.count as u64;
            self.left -= read.count as u64;
        }
    }

    /// Passes over the next page, if all its rows are among the next `rows`, and returns how many it has.
    pub fn pass_page(&mut self, rows: u64, buffers: &mut ReadBuffers) -> Result<u64, Fault> {
        if self.open_values() > 0 {
            return Ok(0);
        }
        self.turn(Passed::Rows(rows), buffers)
    }
}
