//! Texts on the disk, one behind the other, until it is known how long the longest is: only then can the
//! file be begun in which all have one width.
//!
//! A record is a length, one more than that of the text or 0 for a null, and the bytes of the text. Nobody
//! else sees the file, and it is gone with the spool.

use std::path::Path;

use crate::error::{Checkpoint, Error, Fault, Result};
use crate::output::Draft;
use crate::parquet::TextType;
use crate::run::text::fixed::Longest;
use crate::run::text::read::TextSink;
use crate::sys::read_exact_at;

/// Bytes that are written, or read, together.
const TOGETHER: usize = 1 << 16;
/// Bytes of a length.
const LENGTH: usize = size_of::<u64>();

/// Texts that are put by.
#[derive(Debug)]
pub struct Spool {
    draft: Draft,
    /// What is not written yet.
    buffer: Vec<u8>,
    /// Bytes in the file.
    written: u64,
    /// How many texts there are.
    rows: usize,
    /// What is known of them.
    pub longest: Longest,
}

impl Spool {
    /// No texts yet, of a column whose file will be `target`.
    pub fn new(target: &Path, text: TextType, overwrite: bool) -> Result<Self> {
        Ok(Self {
            draft: Draft::new(target, 0, overwrite, Checkpoint::NONE)?,
            buffer: Vec::with_capacity(2 * TOGETHER),
            written: 0,
            rows: 0,
            longest: Longest::new(text),
        })
    }

    /// Writes what is not written yet.
    pub fn flush(&mut self) -> Result<()> {
        self.draft.write_at(&self.buffer, self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(2 * TOGETHER);
        Ok(())
    }

    /// Reads all texts into a sink, each to the next place.
    pub fn read(
        &self,
        sink: &mut dyn TextSink,
        mut place: impl FnMut() -> Option<usize>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<()> {
        let lost = || Error::Internal("texts that were put by are lost".to_owned());
        let mut records = Records {
            spool: self,
            at: 0,
            bytes: Vec::new(),
            used: 0,
        };
        for row in 0..self.rows {
            if row % TOGETHER == 0 {
                checkpoint.check()?;
            }
            let length = records.take(LENGTH)?.first_chunk().ok_or_else(lost)?;
            let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| lost())?;
            let text = match length.checked_sub(1) {
                Some(length) => Some(records.take(length)?),
                None => None,
            };
            let put = sink.put(place().ok_or_else(lost)?, text);
            put.map_err(|fault| fault.at(crate::error::Place::file(self.draft.target())))?;
        }
        Ok(())
    }
}

impl TextSink for Spool {
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        self.longest.put(row, text)?;
        let length = text.map_or(0, |text| text.len() as u64 + 1);
        self.buffer.extend(length.to_le_bytes());
        self.buffer.extend(text.unwrap_or_default());
        self.rows += 1;
        if self.buffer.len() >= TOGETHER {
            self.flush()?;
        }
        Ok(())
    }
}

/// The records of a spool, read in order.
struct Records<'a> {
    spool: &'a Spool,
    /// Bytes that were read.
    at: u64,
    bytes: Vec<u8>,
    /// How many of these were taken.
    used: usize,
}

impl Records<'_> {
    /// The next bytes.
    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let left = self.bytes.len() - self.used;
        if left < count {
            self.bytes.drain(..self.used);
            self.used = 0;
            let behind = self.spool.written - self.at;
            let wanted = (count - left).max(TOGETHER) as u64;
            let more = usize::try_from(wanted.min(behind)).unwrap_or(usize::MAX);
            self.bytes.resize(left + more, 0);
            let target = self.spool.draft.target();
            let read = read_exact_at(self.spool.draft.file(), &mut self.bytes[left..], self.at);
            read.map_err(|error| Error::io(target, error))?;
            self.at += more as u64;
        }
        let taken = self.bytes.get(self.used..self.used + count);
        self.used += count;
        taken.ok_or_else(|| Error::Internal("texts that were put by end too early".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seen(Vec<Option<Vec<u8>>>);

    impl TextSink for Seen {
        fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
            assert_eq!(row, self.0.len());
            self.0.push(text.map(<[u8]>::to_vec));
            Ok(())
        }
    }

    #[test]
    fn texts_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(&folder.path().join("t"), TextType::Bytes, false).unwrap();
        let texts: Vec<Option<Vec<u8>>> = (0..30_000_usize)
            .map(|at| {
                (at % 7 != 0).then(|| vec![1; at * 31 % 97 + if at == 5 { 200_000 } else { 0 }])
            })
            .collect();
        for text in &texts {
            spool.put(0, text.as_deref()).unwrap();
        }
        spool.flush().unwrap();
        let mut seen = Seen(Vec::new());
        let mut rows = 0..;
        spool
            .read(&mut seen, || rows.next(), Checkpoint::NONE)
            .unwrap();
        assert!(seen.0 == texts);
        assert_eq!(spool.longest.length, 5 * 31 % 97 + 200_000);
    }
}
