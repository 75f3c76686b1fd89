//! The pages of one column of a row group, on their way from the encoder to the file. Each gets its checksum
//! when it comes, which makes its header longer than the encoder believes; so where pages are is told from
//! the pages, when the column is written.

use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::vec::IntoIter;

use bytes::Bytes;
use parquet::column::page_store::{PageKey, PageStore, PageStoreArgs, PageStoreFactory};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::Place;
use crate::table::row_groups::checksum::summed;
use crate::workers::lock;

/// The pages of a column.
#[derive(Debug, Default)]
pub(super) struct ColumnPages {
    /// The dictionary, which comes last and is written first.
    dictionary: Option<Page>,
    data: Vec<Page>,
    /// The header of the next page, whose body is to come.
    header: Option<Bytes>,
    /// Bytes of all pages.
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Page {
    header: Bytes,
    body: Bytes,
}

/// The pages of a column that its encoder is still adding to.
#[derive(Debug, Clone, Default)]
pub(super) struct GrowingPages(Arc<Mutex<ColumnPages>>);

/// Hands each encoder what takes its pages.
#[derive(Debug, Default)]
pub(super) struct PageStores {
    /// What was handed out since it was last asked for.
    begun: Mutex<Vec<GrowingPages>>,
}

/// The bytes of pages, one after another.
#[derive(Debug)]
pub(super) struct PageBytes {
    now: Bytes,
    next: IntoIter<Bytes>,
}

impl PageStores {
    /// What was handed out since the last call, column by column.
    pub(super) fn begun(&self) -> Vec<GrowingPages> {
        std::mem::take(&mut *lock(&self.begun))
    }
}

impl PageStoreFactory for PageStores {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        let pages = GrowingPages::default();
        lock(&self.begun).push(pages.clone());
        Ok(Box::new(pages))
    }
}

impl GrowingPages {
    /// All pages, when the encoder is done.
    pub(super) fn finish(self) -> ColumnPages {
        std::mem::take(&mut *lock(&self.0))
    }
}

impl PageStore for GrowingPages {
    fn put(&mut self, value: Bytes) -> Result<PageKey> {
        let mut pages = lock(&self.0);
        match pages.header.take() {
            None => pages.header = Some(value),
            Some(header) => pages.add(&header, value)?,
        }
        Ok(PageKey::new(0))
    }

    /// Pages are written by `ColumnPages`, and not asked for by keys.
    fn take(&mut self, _: PageKey) -> Result<Bytes> {
        Err(unfit("a page was asked for by its key"))
    }

    fn memory_size(&self) -> usize {
        lock(&self.0).bytes
    }
}

impl ColumnPages {
    fn add(&mut self, header: &[u8], body: Bytes) -> Result<()> {
        let summed = summed(header, &body)
            .map_err(|fault| ParquetError::External(Box::new(fault.at(Place::default()))))?;
        let header = Bytes::from(summed.bytes);
        let page = Page { header, body };
        self.bytes += page.len();
        if !summed.is_dictionary {
            self.data.push(page);
        } else if self.dictionary.replace(page).is_some() {
            return Err(unfit("a column has two dictionaries"));
        }
        Ok(())
    }

    /// What the encoder says of the column, with pages where they are: counted from the first of them.
    pub(super) fn located(&self, mut close: ColumnCloseResult) -> Result<ColumnCloseResult> {
        let bytes = i64::try_from(self.bytes)?;
        let grown = bytes - close.metadata.compressed_size();
        let plain_bytes = close.metadata.uncompressed_size() + grown;
        let dictionary = self.dictionary.as_ref().map_or(0, Page::len);
        let mut offset = i64::try_from(dictionary)?;
        close.bytes_written = self.bytes as u64;
        close.metadata = close
            .metadata
            .into_builder()
            .set_total_compressed_size(bytes)
            .set_total_uncompressed_size(plain_bytes)
            .set_dictionary_page_offset(self.dictionary.is_some().then_some(0))
            .set_data_page_offset(offset)
            .build()?;
        if let Some(index) = &mut close.offset_index {
            if index.page_locations.len() != self.data.len() {
                return Err(unfit("an index has another number of pages"));
            }
            for (location, page) in index.page_locations.iter_mut().zip(&self.data) {
                location.offset = offset;
                location.compressed_page_size = i32::try_from(page.len())?;
                offset += i64::from(location.compressed_page_size);
            }
        }
        Ok(close)
    }
}

impl Length for ColumnPages {
    fn len(&self) -> u64 {
        self.bytes as u64
    }
}

impl ChunkReader for ColumnPages {
    type T = PageBytes;

    fn get_read(&self, start: u64) -> Result<PageBytes> {
        let pages = self.dictionary.iter().chain(&self.data).cloned();
        let parts: Vec<Bytes> = pages.flat_map(|page| [page.header, page.body]).collect();
        let mut read = PageBytes {
            now: Bytes::new(),
            next: parts.into_iter(),
        };
        io::copy(&mut read.by_ref().take(start), &mut io::sink())?;
        Ok(read)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        let mut read = self.get_read(start)?.take(length as u64);
        read.read_to_end(&mut bytes)?;
        Ok(Bytes::from(bytes))
    }
}

impl Read for PageBytes {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() {
            let Some(next) = self.next.next() else {
                return Ok(0);
            };
            self.now = next;
        }
        let count = to.len().min(self.now.len());
        self.now.split_to(count).as_ref().read(to)
    }
}

impl Page {
    fn len(&self) -> usize {
        self.header.len() + self.body.len()
    }
}

fn unfit(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}
