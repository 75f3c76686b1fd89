//! Turns the pages of one column chunk: finds the page that the next rows are in, reads their levels,
//! and sees that pages, values and nulls come out as they were claimed.
//!
//! What the values of a page are is for its reader to know: it says so as [`PageValues`].

use std::sync::Arc;

use crate::account::Account;
use crate::error::Fault;
use crate::io::Source;
use crate::parquet::Chunk;
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::header::{Encoding, PageHeader, PageKind, Version};
use crate::parquet::page::levels::{BLOCK, Levels, Mask};
use crate::parquet::page::reader::{Page, PageRequest, Pages};

/// What reads the values of pages.
pub trait PageValues {
    /// The values of an open page.
    type Open;

    /// Whether no row has a value, whatever a page says of its encoding.
    fn are_none(&self) -> bool {
        false
    }
    /// Whether plain values may stay in the file, to be read as they are wanted.
    fn streams(&self) -> bool;
    /// The bytes of a plain entry of a dictionary, at least.
    fn least_bytes(&self) -> Result<usize, Fault>;
    /// Takes a dictionary of so many entries, for which its bytes suffice at least.
    fn take_dictionary(&mut self, length: usize, body: &[u8]) -> Result<(), Fault>;
    /// Opens values that are indices into the dictionary.
    fn indices(&self, indices: RleBitPacked) -> Self::Open;
    /// Opens other values, which begin at `at`.
    fn direct(&self, page: &Page, body: &[u8], at: usize) -> Result<Self::Open, Fault>;
    /// Whether more values follow than were read.
    fn has_more(
        &self,
        open: &Self::Open,
        body: &[u8],
        from: (&Arc<Source>, &mut ReadBuffers),
    ) -> Result<bool, Fault>;
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
    /// File position behind the chunk.
    pub end: u64,
    /// Its values.
    pub values: &'a mut V,
    /// How many rows have a value.
    pub valid: usize,
}

/// Where a chunk has been read to. `V` are the values of an open page.
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
    /// Stands before the first page of a chunk.
    pub fn new(
        source: &Arc<Source>,
        (chunk, nullable): (&Chunk, bool),
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            pages: Pages::new(source, chunk, account)?,
            nullable,
            forgets_nulls: chunk.forgets_nulls(),
            has_dictionary: false,
            open: None,
            left: chunk.values,
        })
    }

    /// Turns to another chunk, with the same buffers.
    pub fn reopen(
        &mut self,
        source: &Arc<Source>,
        (chunk, nullable): (&Chunk, bool),
    ) -> Result<(), Fault> {
        self.pages.open(source, chunk)?;
        self.nullable = nullable;
        self.forgets_nulls = chunk.forgets_nulls();
        self.has_dictionary = false;
        self.open = None;
        self.left = chunk.values;
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
        reader: &mut ReadBuffers,
    ) -> Result<usize, Fault> {
        let left = match &self.open {
            Some(open) if open.left > 0 => open.left,
            _ => self.turn(values, reader)?,
        };
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

    /// Checks that nothing is left.
    pub fn finish(
        &mut self,
        values: &impl PageValues<Open = V>,
        reader: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        if self.left > 0 {
            let what = format!("{} values were not read", self.left);
            return Err(Fault::corrupt(what));
        }
        self.close(values, reader)?;
        self.pages.finish(reader)
    }

    /// Closes the open page and opens the next one that has rows.
    fn turn(
        &mut self,
        values: &mut impl PageValues<Open = V>,
        reader: &mut ReadBuffers,
    ) -> Result<u64, Fault> {
        loop {
            self.close(values, reader)?;
            let asked = PageRequest {
                streams: values.streams(),
                nullable: self.nullable,
            };
            let page = self.pages.next(reader, asked)?;
            let Some(page) = page else {
                let what = format!("the pages end {} values before the chunk does", self.left);
                return Err(Fault::corrupt(what));
            };
            match page.header.kind {
                PageKind::Dictionary => {
                    let taken = self.take_dictionary(
                        &page.header,
                        values,
                        Pages::dictionary(&page, reader),
                    );
                    taken.map_err(|fault| self.about(fault))?;
                }
                PageKind::Data(version) if page.header.values > 0 => {
                    let left = page.header.values;
                    let open = self.begin(page, version, values);
                    self.open = Some(open.map_err(|fault| self.about(fault))?);
                    return Ok(left);
                }
                PageKind::Data(_) | PageKind::Other => {}
            }
        }
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
        if page.header.values > self.left {
            let (values, left) = (page.header.values, self.left);
            let what = format!("a page of {values} values where {left} are left");
            return Err(Fault::corrupt(what));
        }
        let body = self.pages.body(&page);
        let column = (self.nullable, self.pages.writer());
        let (levels, at) = Levels::of(&page.header, version, body, column)?;
        let values = if page.header.encoding == Encoding::Dictionary && !values.are_none() {
            values.indices(self.indices(body, at)?)
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

    fn indices(&self, body: &[u8], at: usize) -> Result<RleBitPacked, Fault> {
        if !self.has_dictionary {
            let what = "a page needs a dictionary that is not there";
            return Err(Fault::corrupt(what));
        }
        match body.get(at) {
            Some(bits) => RleBitPacked::new(at + 1, body.len(), u32::from(*bits)),
            // A page of nulls only may leave even the width out.
            None => RleBitPacked::new(at, body.len(), 0),
        }
    }

    fn close(
        &mut self,
        values: &impl PageValues<Open = V>,
        reader: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let closed = self.check_end(&open, values, reader);
        closed.map_err(|fault| self.about(fault))
    }

    /// Checks that a page has been read to its end.
    fn check_end(
        &self,
        open: &OpenPage<V>,
        values: &impl PageValues<Open = V>,
        reader: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        if let PageKind::Data(Version::Two { nulls, .. }) = open.page.header.kind
            && u64::try_from(nulls) != Ok(open.nulls)
            && !(self.forgets_nulls && matches!(nulls, 0 | -1))
        {
            let what = format!("a page has {} nulls and claims {nulls}", open.nulls);
            return Err(Fault::corrupt(what));
        }
        let body = self.pages.body(&open.page);
        if values.has_more(&open.values, body, (self.pages.source(), reader))? {
            return Err(Fault::corrupt("a page has more values than its levels say"));
        }
        Ok(())
    }
}
