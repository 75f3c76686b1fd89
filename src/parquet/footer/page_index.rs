//! The page index of a chunk: where each of its pages begins among the rows, and what bounds its values
//! have. A file may have one behind its data.
//!
//! It only ever saves work, so one that contradicts itself, the chunk or the row group is not used. That
//! its bounds are right is believed, as of those of a footer.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::io::Source;
use crate::parquet::Chunk;
use crate::parquet::footer::hints::{Bound, Hints, Location};
use crate::parquet::thrift::{self, Bytes, Fields, Slice, Wire};

/// Most bytes of an index, and of its pages as they are held: a larger one would take more than it saves.
const MOST_BYTES: usize = 4 << 20;

/// A page, as its index describes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct IndexedPage {
    /// Its first row in the row group.
    pub first_row: u64,
    /// Its rows.
    pub rows: u64,
    /// Its nulls, if they are counted.
    pub nulls: Option<u64>,
    /// The bounds of its values.
    pub hints: Hints,
    start: u64,
    bytes: u64,
}

/// What an index is held against.
#[derive(Debug, Clone, Copy)]
pub struct IndexedChunk<'a> {
    /// The file.
    pub source: &'a Arc<Source>,
    /// The chunk.
    pub chunk: &'a Chunk,
    /// Where the footer says that its index is.
    pub hints: &'a Hints,
    /// Rows of the row group.
    pub rows: u64,
}

impl IndexedChunk<'_> {
    /// Its pages; `None` where there is no index that can be used.
    pub fn pages(&self, account: &Arc<Account>) -> Result<Option<Scratch<IndexedPage>>, Fault> {
        match self.read(account) {
            Ok(pages) => Ok(pages),
            Err(Fault::Read(error)) => Err(Fault::Read(error)),
            // What is wrong here costs no more than the work that it would have saved.
            Err(_) => Ok(None),
        }
    }

    fn read(&self, account: &Arc<Account>) -> Result<Option<Scratch<IndexedPage>>, Fault> {
        let mut bytes = Scratch::new(account);
        let mut pages = Scratch::new(account);
        if !self.fetch(self.hints.offset_index, &mut bytes)? {
            return Ok(None);
        }
        let mut offsets = Slice::new(bytes.all());
        let mut fields = Fields::default();
        while let Some((id, wire)) = fields.next(&mut offsets)? {
            if id == 1 && wire == Wire::List {
                locations(&mut offsets, &mut pages)?;
            } else {
                thrift::skip(&mut offsets, wire)?;
            }
        }
        self.check_places(pages.all_mut())?;
        bytes.clear();
        if !self.fetch(self.hints.column_index, &mut bytes)? {
            return Ok(None);
        }
        bounds(&mut Slice::new(bytes.all()), pages.all_mut())?;
        self.check_nulls(pages.all())?;
        Ok(Some(pages))
    }

    /// Reads what is at a place of the file, if there is anything.
    fn fetch(&self, at: Location, bytes: &mut Scratch<u8>) -> Result<bool, Fault> {
        let (Some(start), Some(length)) = (at.start, at.length) else {
            return Ok(false);
        };
        let end = start.checked_add(length);
        let file = self.source.identity().bytes;
        ensure!(
            end.is_some_and(|end| end <= file),
            "an index is not in the file"
        );
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        ensure!(length <= MOST_BYTES, "an index has {length} bytes");
        self.source.read_at(start, bytes.fit(length)?)?;
        Ok(length > 0)
    }

    /// Holds the places of pages against the chunk and the row group, and counts their rows.
    fn check_places(&self, pages: &mut [IndexedPage]) -> Result<(), Fault> {
        let end = self.chunk.start.saturating_add(self.chunk.bytes);
        let mut before = self.chunk.start;
        for at in 0..pages.len() {
            let next = pages.get(at + 1).map_or(self.rows, |page| page.first_row);
            let page = &mut pages[at];
            let is_first = at > 0 || page.first_row == 0;
            let page_end = page.start.checked_add(page.bytes);
            let page_end = page_end.filter(|page_end| *page_end <= end && page.start >= before);
            let (Some(page_end), true, true) = (page_end, is_first, page.first_row < next) else {
                return Err(Fault::corrupt("an index has pages in no order"));
            };
            page.rows = next - page.first_row;
            before = page_end;
        }
        ensure!(!pages.is_empty(), "an index has no pages");
        Ok(())
    }

    /// Holds the nulls of pages against their rows and against the chunk.
    fn check_nulls(&self, pages: &[IndexedPage]) -> Result<(), Fault> {
        let fits = |page: &IndexedPage| page.nulls.is_none_or(|nulls| nulls <= page.rows);
        ensure!(pages.iter().all(fits), "an index has more nulls than rows");
        let sum: Option<u64> = pages.iter().map(|page| page.nulls).sum();
        let is_same = sum.is_none() || self.chunk.nulls.is_none() || sum == self.chunk.nulls;
        ensure!(is_same, "an index has other nulls than its chunk");
        Ok(())
    }
}

/// Reads where pages are.
fn locations(bytes: &mut impl Bytes, pages: &mut Scratch<IndexedPage>) -> Result<(), Fault> {
    let (count, element) = thrift::list(bytes)?;
    ensure!(
        element == Wire::Struct,
        "an index has places of another type"
    );
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let fits = count <= MOST_BYTES / size_of::<IndexedPage>();
    ensure!(fits, "an index has {count} pages");
    for page in pages.fit(count)? {
        let mut fields = Fields::default();
        let mut known = 0;
        while let Some((id, wire)) = fields.next(bytes)? {
            let place = match id {
                1 => &mut page.start,
                2 => &mut page.bytes,
                3 => &mut page.first_row,
                _ => {
                    thrift::skip(bytes, wire)?;
                    continue;
                }
            };
            *place = thrift::size_field(bytes, wire)?;
            known |= 1 << id;
        }
        ensure!(known == 0b1110, "an index lacks the place of a page");
    }
    Ok(())
}

/// Reads the bounds of pages.
fn bounds(bytes: &mut Slice<'_>, pages: &mut [IndexedPage]) -> Result<(), Fault> {
    let mut known = 0;
    let mut fields = Fields::default();
    while let Some((id, wire)) = fields.next(bytes)? {
        if !matches!(id, 1 | 2 | 3 | 5) || wire != Wire::List {
            thrift::skip(bytes, wire)?;
            continue;
        }
        let (count, element) = thrift::list(bytes)?;
        let is_same = count == pages.len() as u64;
        ensure!(is_same, "an index has bounds of {count} pages");
        known |= 1 << id;
        for page in &mut *pages {
            match id {
                // Elements of this type are bytes of their own: 1 is true, and anything else is not.
                1 => {
                    if bytes.byte()? == 1 {
                        let only = page.nulls.is_none_or(|known| known == page.rows);
                        ensure!(only, "an index has a page of nulls with values");
                        page.nulls = Some(page.rows);
                    }
                }
                2 => page.hints.least = Some(Bound::read(bytes, element)?),
                3 => page.hints.greatest = Some(Bound::read(bytes, element)?),
                _ => {
                    let nulls = thrift::size_field(bytes, element)?;
                    let only = page.nulls.is_none_or(|known| known == nulls);
                    ensure!(only, "an index has a page of nulls with values");
                    page.nulls = Some(nulls);
                }
            }
        }
    }
    ensure!(known & 0b1110 == 0b1110, "an index lacks its bounds");
    Ok(())
}
