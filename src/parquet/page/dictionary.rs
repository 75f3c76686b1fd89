//! The dictionary of a chunk: what its page has to be, and how it is read without the pages after it.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::Fault;
use crate::error::fault::ensure;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::header::{Encoding, PageHeader, PageKind};
use crate::parquet::page::reader::Pages;
use crate::parquet::{ColumnChunk, Width};

/// The page of a dictionary, decompressed.
#[derive(Debug, Clone, Copy)]
pub struct DictionaryPage<'a> {
    /// How many entries it has; its bytes are at least the fewest for so many.
    pub length: usize,
    /// Its entries, plain.
    pub body: &'a [u8],
}

impl<'a> DictionaryPage<'a> {
    /// Reads the dictionary of a chunk of values of a width, if it begins with one.
    pub fn read(
        column: &ColumnChunk<'_>,
        width: Width,
        buffers: &'a mut ReadBuffers,
        account: &Arc<Account>,
    ) -> Result<Option<Self>, Fault> {
        let mut pages = Pages::new(column)?;
        let found = pages.find(buffers)?;
        let Some(found) = found.filter(|page| page.header.kind == PageKind::Dictionary) else {
            return Ok(None);
        };
        let mut unused = Scratch::new(account);
        let page = pages.take(&found, false, buffers, &mut unused)?;
        let body = page.body(&buffers.dictionary);
        let length = length(&found.header, width, body.len())?;
        Ok(Some(Self { length, body }))
    }
}

/// How many entries a dictionary of so many bytes has, as its header says, which may claim too many.
pub(super) fn length(header: &PageHeader, width: Width, bytes: usize) -> Result<usize, Fault> {
    let is_plain = matches!(header.encoding, Encoding::Plain | Encoding::Dictionary);
    ensure!(is_plain, "a dictionary is not plain");
    let least = match width {
        Width::Bit => return Err(Fault::corrupt("bools have no dictionary")),
        Width::Fixed(bytes) => bytes,
        Width::Variable => 4,
    };
    let length = usize::try_from(header.values).unwrap_or(usize::MAX);
    let fits = length.saturating_mul(least) <= bytes;
    ensure!(fits, "{length} entries in a dictionary of {bytes} bytes");
    Ok(length)
}
