//! A cursor over the pages of one column chunk: finds the page that the next rows are in, reads their
//! levels, and checks that pages, values and nulls are as many as was claimed.
//!
//! Rows can be skipped. A page that is skipped whole is passed over by its header alone: what its header
//! claims is checked all the same, and so is its checksum, if it has one; but not what only decoding it
//! shows: its levels and nulls, its indices, and whether it has as many values as its levels say.
//!
//! How the values of a page are read is up to the lane, which says so as [`PageValues`].

use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::io::Source;
use crate::parquet::ColumnChunk;
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::page::body::{FoundPage, Page};
use crate::parquet::page::buffers::{ChunkBytes, ReadBuffers};
use crate::parquet::page::header::{Encoding, PageHeader, PageKind, Version};
use crate::parquet::page::levels::{BLOCK, Levels, Mask, check_rows};
use crate::parquet::page::reader::{PageRequest, Pages};

/// How the values of pages are read.
pub trait PageValues {
    /// The values of an open page.
    type Open;

    /// Whether no row has a value, whatever the encoding of a page.
    fn are_none(&self) -> bool {
        false
    }
    /// Whether plain values may stay in the file, to be read as they are wanted.
    fn streams(&self) -> bool;
    /// The fewest bytes of a plain entry of a dictionary.
    fn least_bytes(&self) -> Result<usize, Fault>;
    /// Takes a dictionary of `length` entries, for which `body` has at least the fewest bytes.
    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault>;
    /// Opens values that are indices into the dictionary.
    fn indices(&self, indices: RleBitPacked) -> Self::Open;
    /// Opens other values, which begin at `at`.
    fn direct(&self, page: &Page, body: &[u8], at: usize) -> Result<Self::Open, Fault>;
    /// Passes over the next `count` values; `from` has those that stay in the file.
    fn skip(
        &self,
        open: &mut Self::Open,
        body: &[u8],
        count: usize,
        from: ChunkBytes<'_>,
    ) -> Result<(), Fault>;
    /// Whether more values follow than were read; `from` has those that stay in the file.
    fn has_more(&self, open: &Self::Open, body: &[u8], from: ChunkBytes<'_>)
    -> Result<bool, Fault>;
}

/// An open page, and how far it has been read.
#[derive(Debug)]
struct OpenPage<V> {
    page: Page,
    levels: Levels,
    values: V,
    left: u64,
    nulls: u64,
}

/// The next rows of an open page.
#[derive(Debug)]
pub struct Block<'a, V> {
    /// The page, as far as it is in memory.
    pub body: &'a [u8],
    /// The file.
    pub source: &'a Arc<Source>,
    /// File position after the chunk.
    pub end: u64,
    /// Its values.
    pub values: &'a mut V,
    /// How many rows have a value.
    pub valid: usize,
}

/// How far a chunk has been read. `V` are the values of an open page.
#[derive(Debug)]
pub struct PageCursor<V> {
    pages: Pages,
    nullable: bool,
    forgets_nulls: bool,
    has_dictionary: bool,
    open: Option<OpenPage<V>>,
    left: u64,
}

impl<V> PageCursor<V> {
    /// A cursor before the first page of a chunk.
    pub fn new(column: &ColumnChunk<'_>, account: &Arc<Account>) -> Result<Self, Fault> {
        Ok(Self {
            pages: Pages::new(column.source, column.chunk, account)?,
            nullable: column.nullable,
            forgets_nulls: column.chunk.forgets_nulls(),
            has_dictionary: false,
            open: None,
            left: column.chunk.values,
        })
    }

    /// Moves before the first page of another chunk, with the same buffers.
    pub fn reopen(&mut self, column: &ColumnChunk<'_>) -> Result<(), Fault> {
        self.pages.open(column.source, column.chunk)?;
        self.nullable = column.nullable;
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
    pub fn rows(
        &mut self,
        most: usize,
        values: &mut impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<usize, Fault> {
        let mut left = self.open_rows();
        if left == 0 {
            self.turn(0, values, buffers)?;
            left = self.open_rows();
        }
        let most = BLOCK.min(most);
        Ok(usize::try_from(left).map_or(most, |left| left.min(most)))
    }

    /// Reads the levels of the next rows, as many as `rows` allows.
    pub fn block(&mut self, rows: usize, mask: &mut Mask) -> Result<Block<'_, V>, Fault> {
        let Some(open) = &mut self.open else {
            return Err(Fault::corrupt("no page is open"));
        };
        let body = self.pages.body(&open.page);
        let valid = open.levels.read(body, rows, mask)?;
        open.nulls += (rows - valid) as u64;
        open.left -= rows as u64;
        self.left -= rows as u64;
        Ok(Block {
            body,
            source: self.pages.source(),
            end: self.pages.end(),
            values: &mut open.values,
            valid,
        })
    }

    /// Skips the next `rows` rows.
    pub fn skip(
        &mut self,
        rows: usize,
        values: &mut impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let mut left = rows as u64;
        while left > 0 {
            left -= if self.open_rows() == 0 {
                self.turn(left, values, buffers)?
            } else {
                let skipped = self.skip_in_page(left, values, buffers);
                skipped.map_err(|fault| self.about(fault))?
            };
        }
        Ok(())
    }

    /// Skips rows of the open page, at most `most`, and returns how many.
    fn skip_in_page(
        &mut self,
        most: u64,
        values: &impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<u64, Fault> {
        let Some(open) = &mut self.open else {
            return Ok(0);
        };
        let body = self.pages.body(&open.page);
        let rows = usize::try_from(open.left.min(most)).unwrap_or(usize::MAX);
        let valid = open.levels.skip(body, rows)?;
        let from = self.pages.bytes(buffers);
        values.skip(&mut open.values, body, valid, from)?;
        open.nulls += (rows - valid) as u64;
        open.left -= rows as u64;
        self.left -= rows as u64;
        Ok(rows as u64)
    }

    /// Rows of the open page that have not been read.
    fn open_rows(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.left)
    }

    /// Checks that nothing is left.
    pub fn finish(
        &mut self,
        values: &impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        if self.left > 0 {
            let what = format!("{} values were not read", self.left);
            return Err(Fault::corrupt(what));
        }
        self.close(values, buffers)?;
        self.pages.finish(buffers)
    }

    /// Closes the open page and opens the next one that has rows; or passes over that one, if it has at
    /// most `skipped` rows. Returns how many rows were passed over.
    fn turn(
        &mut self,
        skipped: u64,
        values: &mut impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<u64, Fault> {
        loop {
            self.close(values, buffers)?;
            let Some(found) = self.pages.find(buffers)? else {
                let what = format!("the pages end {} values before the chunk does", self.left);
                return Err(Fault::corrupt(what));
            };
            let rows = found.header.values;
            if let PageKind::Data(version) = found.header.kind
                && (1..=skipped).contains(&rows)
            {
                self.pass(&found, version, values, buffers)?;
                return Ok(rows);
            }
            let request = PageRequest {
                streams: values.streams(),
                nullable: self.nullable,
            };
            let page = self.pages.take(&found, request, buffers)?;
            match page.header.kind {
                PageKind::Dictionary => {
                    let body = Pages::dictionary(&page, buffers);
                    let taken = self.take_dictionary(&page.header, values, body);
                    taken.map_err(|fault| self.about(fault))?;
                }
                PageKind::Data(version) if rows > 0 => {
                    let open = self.begin(page, version, values);
                    self.open = Some(open.map_err(|fault| self.about(fault))?);
                    return Ok(0);
                }
                PageKind::Data(_) | PageKind::Other => {}
            }
        }
    }

    /// Passes over a page whose rows are all skipped.
    fn pass(
        &mut self,
        found: &FoundPage,
        version: Version,
        values: &impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        self.pages.pass(found, buffers)?;
        let header = &found.header;
        let checked = self.check_rows(header).and_then(|()| {
            check_rows(header, version, self.pages.writer())?;
            if is_indices(header, values) {
                self.check_dictionary()?;
            }
            Ok(())
        });
        checked.map_err(|fault| self.about(fault))?;
        self.left -= header.values;
        Ok(())
    }

    fn take_dictionary(
        &mut self,
        header: &PageHeader,
        values: &mut impl PageValues<Open = V>,
        body: &[u8],
    ) -> Result<(), Fault> {
        if self.has_dictionary {
            return Err(Fault::corrupt("a chunk has two dictionaries"));
        }
        if !matches!(header.encoding, Encoding::Plain | Encoding::Dictionary) {
            return Err(Fault::corrupt("a dictionary is not plain"));
        }
        let least = values.least_bytes()?;
        let length = usize::try_from(header.values).unwrap_or(usize::MAX);
        if length.saturating_mul(least) > body.len() {
            let what = format!("{length} entries in a dictionary of {} bytes", body.len());
            return Err(Fault::corrupt(what));
        }
        values.take_dictionary(length, body)?;
        self.has_dictionary = true;
        Ok(())
    }

    fn begin(
        &self,
        page: Page,
        version: Version,
        values: &impl PageValues<Open = V>,
    ) -> Result<OpenPage<V>, Fault> {
        self.check_rows(&page.header)?;
        let body = self.pages.body(&page);
        let writer = self.pages.writer();
        let (levels, at) = Levels::of(&page.header, version, body, self.nullable, writer)?;
        let values = if is_indices(&page.header, values) {
            self.check_dictionary()?;
            values.indices(indices(body, at)?)
        } else {
            values.direct(&page, body, at)?
        };
        Ok(OpenPage {
            left: page.header.values,
            page,
            levels,
            values,
            nulls: 0,
        })
    }

    /// Checks that a page has no more rows than are left of the chunk.
    fn check_rows(&self, header: &PageHeader) -> Result<(), Fault> {
        if header.values > self.left {
            let (values, left) = (header.values, self.left);
            let what = format!("a page of {values} values where {left} are left");
            return Err(Fault::corrupt(what));
        }
        Ok(())
    }

    fn check_dictionary(&self) -> Result<(), Fault> {
        if self.has_dictionary {
            return Ok(());
        }
        let what = "a page needs a dictionary that is not there";
        Err(Fault::corrupt(what))
    }

    fn close(
        &mut self,
        values: &impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let closed = self.check_end(&open, values, buffers);
        closed.map_err(|fault| self.about(fault))
    }

    /// Checks that a page has been read to its end.
    fn check_end(
        &self,
        open: &OpenPage<V>,
        values: &impl PageValues<Open = V>,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        if let PageKind::Data(Version::Two { nulls, .. }) = open.page.header.kind
            && u64::try_from(nulls) != Ok(open.nulls)
            && !(self.forgets_nulls && matches!(nulls, 0 | -1))
        {
            let what = format!("a page has {} nulls and claims {nulls}", open.nulls);
            return Err(Fault::corrupt(what));
        }
        let body = self.pages.body(&open.page);
        if values.has_more(&open.values, body, self.pages.bytes(buffers))? {
            return Err(Fault::corrupt("a page has more values than its levels say"));
        }
        Ok(())
    }
}

/// Whether a page has indices into the dictionary.
fn is_indices(header: &PageHeader, values: &impl PageValues) -> bool {
    header.encoding == Encoding::Dictionary && !values.are_none()
}

fn indices(body: &[u8], at: usize) -> Result<RleBitPacked, Fault> {
    match body.get(at) {
        Some(bits) => RleBitPacked::new(at + 1, body.len(), u32::from(*bits)),
        // A page of nulls only may leave even the width out.
        None => RleBitPacked::new(at, body.len(), 0),
    }
}
