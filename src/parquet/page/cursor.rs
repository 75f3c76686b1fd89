//! A cursor over the pages of one column chunk: finds the page that the next rows are in, reads their
//! levels, and checks that pages, values and nulls are as many as was claimed.
//!
//! Rows can be skipped. A page that is skipped whole is passed over by its header alone: what its header
//! claims is checked all the same, and so is its checksum, if it has one; but not what only decoding it
//! shows: its levels and nulls, its indices, and whether it has as many values as its levels say.
//!
//! How the values of a page are read is up to the lane, which says so as [`PageValues`].

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::page::body::{FoundPage, Page};
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::deep::{PageLevels, check_rows};
use crate::parquet::page::dictionary;
use crate::parquet::page::header::{Encoding, PageHeader, PageKind, Version};
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::reader::Pages;
use crate::parquet::page::unread::UnreadValues;
use crate::parquet::page::values::OpenValues;
use crate::parquet::{ColumnChunk, Width};

/// How the values of pages are read.
pub trait PageValues {
    /// How wide the values are.
    fn width(&self) -> Width;
    /// Whether they are integers to the format.
    fn are_integers(&self) -> bool {
        false
    }
    /// Whether no row has a value, whatever the encoding of a page.
    fn are_none(&self) -> bool {
        false
    }
    /// Whether plain values may stay in the file, to be read as they are wanted.
    fn stream(&self) -> bool {
        false
    }
    /// Takes a dictionary of `length` entries, for which `body` has at least the fewest bytes.
    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault>;
}

/// An open page, and how far it has been read.
#[derive(Debug)]
pub(super) struct OpenPage {
    pub(super) page: Page,
    pub(super) levels: PageLevels,
    pub(super) values: OpenValues,
    pub(super) left: u64,
    pub(super) nulls: u64,
    /// Rows that begin in it, as far as it has been read, where it has lists.
    pub(super) rows: u64,
}

/// Which pages are passed over by their headers alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Passed {
    /// One of at most so many rows.
    Rows(u64),
    /// One that has only indices into the dictionary.
    Indexed,
}

/// The next rows of an open page.
#[derive(Debug)]
pub struct Block<'a, R> {
    /// The page, as far as it is in memory.
    pub body: &'a [u8],
    /// Its values.
    pub values: &'a mut OpenValues,
    /// The bytes of the chunk, for values that stay in the file.
    pub from: ChunkBytes<'a>,
    /// What reads the values.
    pub reader: &'a mut R,
    /// How many rows have a value.
    pub valid: usize,
}

/// How far a chunk has been read. `R` reads the values of a page.
#[derive(Debug)]
pub struct PageCursor<R> {
    /// What reads the values.
    pub reader: R,
    pub(super) pages: Pages,
    /// The bytes of the open page.
    pub(super) body: Scratch<u8>,
    forgets_nulls: bool,
    has_dictionary: bool,
    pub(super) open: Option<OpenPage>,
    pub(super) left: u64,
}

impl<R: PageValues> PageCursor<R> {
    /// A cursor before the first page of a chunk.
    pub fn new(column: &ColumnChunk<'_>, reader: R, account: &Arc<Account>) -> Result<Self, Fault> {
        Ok(Self {
            reader,
            pages: Pages::new(column)?,
            body: Scratch::new(account),
            forgets_nulls: column.chunk.forgets_nulls(),
            has_dictionary: false,
            open: None,
            left: column.chunk.values,
        })
    }

    /// Moves before the first page of another chunk, with the same buffers.
    pub fn reopen(&mut self, column: &ColumnChunk<'_>) -> Result<(), Fault> {
        self.pages = Pages::new(column)?;
        self.forgets_nulls = column.chunk.forgets_nulls();
        self.has_dictionary = false;
        self.open = None;
        self.left = column.chunk.values;
        Ok(())
    }

    /// A fault of the page that was opened last, with its number.
    pub fn about(&self, fault: Fault) -> Fault {
        self.pages.about(fault)
    }

    /// Rows that can be read at once, of at most `most`: a block of the open page, or of the next.
    pub fn rows(&mut self, most: usize, buffers: &mut ReadBuffers) -> Result<usize, Fault> {
        let mut left = self.open_values();
        if left == 0 {
            self.turn(Passed::Rows(0), buffers)?;
            left = self.open_values();
        }
        let most = BLOCK.min(most);
        Ok(usize::try_from(left).map_or(most, |left| left.min(most)))
    }

    /// Reads the levels of the next rows, as many as `rows` allows.
    pub fn block<'a>(
        &'a mut self,
        rows: usize,
        mask: &mut Mask,
        buffers: &'a mut ReadBuffers,
    ) -> Result<Block<'a, R>, Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::corrupt("no page is open"));
        };
        let body = open.page.body(&self.body);
        let valid = open.levels.read(body, rows, mask)?;
        open.nulls += (rows - valid) as u64;
        open.left -= rows as u64;
        self.left -= rows as u64;
        Ok(Block {
            body,
            values: &mut open.values,
            from: self.pages.bytes(buffers),
            reader: &mut self.reader,
            valid,
        })
    }

    /// Skips the next `rows` rows.
    pub fn skip(&mut self, rows: usize, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let mut left = rows as u64;
        while left > 0 {
            left -= if self.open_values() == 0 {
                self.turn(Passed::Rows(left), buffers)?
            } else {
                let skipped = self.skip_in_page(left, buffers);
                skipped.map_err(|fault| self.about(fault))?
            };
        }
        Ok(())
    }

    /// Passes over the next pages while they have only indices into the dictionary, and returns whether
    /// there were any. Nothing but their headers and checksums is looked at.
    pub fn pass_indexed(&mut self, buffers: &mut ReadBuffers) -> Result<bool, Fault> {
        let mut any = false;
        while self.left > 0 && self.open_values() == 0 && self.turn(Passed::Indexed, buffers)? > 0 {
            any = true;
        }
        Ok(any)
    }

    /// Rows of the chunk that have not been read.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Skips rows of the open page, at most `most`, and returns how many.
    fn skip_in_page(&mut self, most: u64, buffers: &mut ReadBuffers) -> Result<u64, Fault> {
        let Some(open) = &mut self.open else {
            return Ok(0);
        };
        let body = open.page.body(&self.body);
        let rows = usize::try_from(open.left.min(most)).unwrap_or(usize::MAX);
        let valid = open.levels.skip(body, rows)?;
        let from = self.pages.bytes(buffers);
        open.values.skip(body, self.reader.width(), valid, from)?;
        open.nulls += (rows - valid) as u64;
        open.left -= rows as u64;
        self.left -= rows as u64;
        Ok(rows as u64)
    }

    /// Values of the open page that have not been read, nulls included.
    pub(super) fn open_values(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.left)
    }

    /// Checks that nothing is left.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        ensure!(self.left == 0, "{} values were not read", self.left);
        self.close(buffers)?;
        self.pages.finish(buffers)
    }

    /// Closes the open page and opens the next one that has rows; or passes over that one, if it is such
    /// a one. Returns how many rows were passed over.
    pub(super) fn turn(&mut self, passed: Passed, buffers: &mut ReadBuffers) -> Result<u64, Fault> {
        loop {
            self.close(buffers)?;
            let Some(found) = self.pages.find(buffers)? else {
                let what = format!("the pages end {} values before the chunk does", self.left);
                return Err(Fault::corrupt(what));
            };
            let values = found.header.values;
            let is_passed = |rows: u64| match passed {
                Passed::Rows(most) => (1..=most).contains(&rows),
                Passed::Indexed => rows > 0 && found.header.encoding == Encoding::Dictionary,
            };
            if let PageKind::Data(version) = found.header.kind
                && let Some(rows) = self.rows_of(&found.header, version)
                && is_passed(rows)
            {
                self.pass(&found, version, buffers)?;
                return Ok(rows);
            }
            let streams = self.reader.stream();
            let page = self.pages.take(&found, streams, buffers, &mut self.body)?;
            match page.header.kind {
                PageKind::Dictionary => {
                    let body = page.body(&buffers.dictionary);
                    let taken = self.take_dictionary(&page.header, body);
                    taken.map_err(|fault| self.about(fault))?;
                }
                PageKind::Data(version) if values > 0 => {
                    let open = self.begin(page, version);
                    self.open = Some(open.map_err(|fault| self.about(fault))?);
                    return Ok(0);
                }
                PageKind::Data(_) | PageKind::Other => {}
            }
        }
    }

    /// Rows of a page, as far as its header says: lists begin in it that may end in the next one, unless
    /// it is of version 2.
    const fn rows_of(&self, header: &PageHeader, version: Version) -> Option<u64> {
        match version {
            _ if !self.pages.nesting.is_vector() => Some(header.values),
            Version::Two { rows, .. } => Some(rows),
            Version::One { .. } => None,
        }
    }

    /// Passes over a page whose rows are all skipped.
    fn pass(
        &mut self,
        found: &FoundPage,
        version: Version,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        self.pages.pass(found, buffers)?;
        let header = &found.header;
        let checked = self.check_rows(header).and_then(|()| {
            check_rows(header, version, self.pages.nesting, self.pages.writer)?;
            self.has_indices(header)
        });
        checked.map_err(|fault| self.about(fault))?;
        self.left -= header.values;
        Ok(())
    }

    fn take_dictionary(&mut self, header: &PageHeader, body: &[u8]) -> Result<(), Fault> {
        ensure!(!self.has_dictionary, "a chunk has two dictionaries");
        let length = dictionary::length(header, self.reader.width(), body.len())?;
        self.reader.take_dictionary(length, body)?;
        self.has_dictionary = true;
        Ok(())
    }

    fn begin(&self, page: Page, version: Version) -> Result<OpenPage, Fault> {
        self.check_rows(&page.header)?;
        let body = page.body(&self.body);
        let Pages {
            nesting, writer, ..
        } = self.pages;
        let (levels, at) = PageLevels::of(&page.header, version, body, nesting, writer)?;
        let width = self.reader.width();
        let values = if self.has_indices(&page.header)? {
            OpenValues::Indices(indices(body, at)?)
        } else if let (Some(unread), Width::Fixed(bytes)) = (&page.unread, width) {
            OpenValues::Unread(UnreadValues::new(unread.clone(), bytes, page.sum.clone()))
        } else if self.reader.are_none() || at == body.len() {
            // Not every encoding can say in no bytes that all rows are null. However no values are
            // encoded, a row that has one all the same finds none.
            OpenValues::Direct(Decoder::Plain(body.len()))
        } else {
            let integers = self.reader.are_integers();
            let encoding = page.header.encoding;
            OpenValues::Direct(Decoder::new(encoding, width, body, at, integers)?)
        };
        Ok(OpenPage {
            left: page.header.values,
            page,
            levels,
            values,
            nulls: 0,
            rows: 0,
        })
    }

    /// Checks that a page has no more rows than are left of the chunk.
    fn check_rows(&self, header: &PageHeader) -> Result<(), Fault> {
        let values = header.values;
        let left = self.left;
        ensure!(
            values <= left,
            "a page of {values} values where {left} are left"
        );
        Ok(())
    }

    /// Whether a page has indices into the dictionary, which must be there then.
    fn has_indices(&self, header: &PageHeader) -> Result<bool, Fault> {
        let indices = header.encoding == Encoding::Dictionary && !self.reader.are_none();
        let is_there = !indices || self.has_dictionary;
        ensure!(is_there, "a page needs a dictionary that is not there");
        Ok(indices)
    }

    fn close(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let closed = self.check_end(open, buffers);
        closed.map_err(|fault| self.about(fault))
    }

    /// Checks that as many rows begin in a page of lists as it claims.
    fn check_lists(&self, open: &OpenPage) -> Result<(), Fault> {
        if let PageKind::Data(Version::Two { rows, .. }) = open.page.header.kind
            && self.pages.nesting.is_vector()
            && open.rows != rows
            && !(self.pages.writer.forgets_rows() && rows == 0)
        {
            let what = format!("{} rows begin in a page that claims {rows}", open.rows);
            return Err(Fault::corrupt(what));
        }
        Ok(())
    }

    /// Checks that a page has been read to its end.
    fn check_end(&self, open: OpenPage, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.check_lists(&open)?;
        if let PageKind::Data(Version::Two { nulls, .. }) = open.page.header.kind
            && u64::try_from(nulls) != Ok(open.nulls)
            && !(self.forgets_nulls && matches!(nulls, 0 | -1))
            && !(self.pages.nesting.is_vector() && self.pages.writer.miscounts_items())
        {
            let what = format!("a page has {} nulls and claims {nulls}", open.nulls);
            return Err(Fault::corrupt(what));
        }
        let body = open.page.body(&self.body);
        let from = self.pages.bytes(buffers);
        let has_more = open.values.has_more(body, self.reader.width(), from)?;
        ensure!(!has_more, "a page has more values than its levels say");
        Ok(())
    }
}

fn indices(body: &[u8], at: usize) -> Result<RleBitPacked, Fault> {
    match body.get(at) {
        Some(bits) => RleBitPacked::new(at + 1, body.len(), u32::from(*bits)),
        // A page of nulls only may leave even the width out.
        None => RleBitPacked::new(at, body.len(), 0),
    }
}
