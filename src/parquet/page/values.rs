//! The values of an open page, wherever they are. To skip values leaves them where to read them would.

use crate::error::Fault;
use crate::parquet::Width;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::page::buffers::ChunkBytes;
use crate::parquet::page::unread::UnreadValues;

/// The values of an open page.
#[derive(Debug)]
pub enum OpenValues {
    /// Into the dictionary.
    Indices(RleBitPacked),
    /// In the page.
    Direct(Decoder),
    /// Plain, in the file.
    Unread(UnreadValues),
}

impl OpenValues {
    /// Passes over the next `count` values of a width; `from` has those that stay in the file.
    pub fn skip(
        &mut self,
        body: &[u8],
        width: Width,
        count: usize,
        from: ChunkBytes<'_>,
    ) -> Result<(), Fault> {
        match self {
            Self::Indices(indices) => indices.skip(body, count),
            Self::Direct(decoder) => decoder.skip(body, width, count),
            Self::Unread(unread) => unread.skip(count, from),
        }
    }

    /// Whether more values follow than were read; `from` has those that stay in the file.
    pub fn has_more(self, body: &[u8], width: Width, from: ChunkBytes<'_>) -> Result<bool, Fault> {
        match self {
            Self::Indices(_) => Ok(false),
            Self::Direct(decoder) => Ok(decoder.has_more(body, width)),
            Self::Unread(unread) => unread.has_more(from),
        }
    }
}
