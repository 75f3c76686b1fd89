//! Texts as codes, and which texts a chunk has.
//!
//! A text that has no code is missing. One that has to be UTF-8 and is not is damage, whether it has a
//! code or not.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Checkpoint, Fault};
use crate::kernel::{Cleaner, Element, clean};
use crate::parquet::encoding::decoder::{Decoder, plain_bytes};
use crate::parquet::lane::bytes::{BytesLane, Shown};
use crate::parquet::lane::stored::OpenStored;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::dictionary::DictionaryPage;
use crate::parquet::page::unread::PlainBytes;
use crate::parquet::{ColumnChunk, Kind};
use crate::texts::{TOGETHER, Vocabulary};

/// Codes between look-up and cast.
const STAGE: usize = 512;

/// Rows, or entries, of a word.
const WORD: usize = 64;

/// Called with each text; returns whether it is the first of its kind in the chunk, so that it has to be
/// looked at whether it is UTF-8.
pub type TakeText<'a> = &'a mut dyn FnMut(&[u8]) -> Result<bool, Fault>;

/// Decodes texts, and looks up their codes.
pub fn codes<T: Element>(
    decoder: &mut Decoder,
    body: PlainBytes<'_>,
    stored: &mut OpenStored,
    out: &mut [T],
    cleaner: &mut Cleaner<'_, T>,
) -> Result<(), Fault> {
    let PlainBytes { bytes: body, sum } = body;
    if let Some(sum) = sum {
        sum.take(body);
    }
    let (Some(coder), Kind::Text { is_text, .. }) = (&mut stored.coder, stored.kind) else {
        return Err(Fault::corrupt("a column without codes has a text"));
    };
    let width = stored.kind.width();
    let mut stage = [0.0_f64; STAGE];
    let mut scratch = Vec::new();
    for out in out.chunks_mut(STAGE) {
        let stage = &mut stage[..out.len()];
        let check = |text: &[u8]| check(text, is_text);
        if let Decoder::Plain(at) = decoder {
            for codes in stage.chunks_mut(TOGETHER) {
                let mut texts = [&[][..]; TOGETHER];
                let texts = &mut texts[..codes.len()];
                for text in &mut *texts {
                    *text = plain_bytes(body, at, width)?;
                }
                coder.code_together(texts, codes, check)?;
            }
        } else {
            for code in &mut *stage {
                let text = decoder.bytes(body, width, &mut scratch)?;
                *code = coder.code(text, check)?;
            }
        }
        clean(stage, out, cleaner);
    }
    Ok(())
}

/// Refuses a text that is not UTF-8, if it has to be.
pub fn check(text: &[u8], is_text: bool) -> Result<(), Fault> {
    if is_text && str::from_utf8(text).is_err() {
        return Err(Fault::corrupt("a text is not UTF-8"));
    }
    Ok(())
}

/// Adds the texts of a dictionary to others.
pub fn add_entries(
    page: DictionaryPage<'_>,
    kind: Kind,
    texts: &mut Vocabulary,
) -> Result<(), Fault> {
    let is_text = matches!(kind, Kind::Text { is_text: true, .. });
    if texts.is_empty() {
        texts.reserve(page.length, Checkpoint::NONE)?;
    }
    let (mut at, mut left) = (0, page.length);
    while left > 0 {
        let mut together = [&[][..]; TOGETHER];
        let together = &mut together[..left.min(TOGETHER)];
        for text in &mut *together {
            *text = plain_bytes(page.body, &mut at, kind.width())?;
        }
        texts.add_together(together, |text| check(text, is_text), Checkpoint::NONE)?;
        left -= together.len();
    }
    Ok(())
}

/// The different texts of one chunk, as far as they can be told apart cheaply: an entry of the dictionary
/// comes once, other texts as often as they occur.
#[derive(Debug)]
pub struct Categories {
    lane: BytesLane,
    is_text: bool,
    /// A bit for each entry of the dictionary that was met.
    met: Scratch<u64>,
}

impl Categories {
    /// The texts of a chunk, whose values are of a kind.
    pub fn new(
        column: &ColumnChunk<'_>,
        kind: Kind,
        account: &Arc<Account>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            lane: BytesLane::new(column, kind.width(), account)?,
            is_text: matches!(kind, Kind::Text { is_text: true, .. }),
            met: Scratch::new(account),
        })
    }

    /// Takes the texts of all rows but those of pages that have only indices, which are not decoded:
    /// where it returns true, all `entries` of the dictionary are theirs.
    pub fn all(&mut self, buffers: &mut ReadBuffers, take: TakeText<'_>) -> Result<bool, Fault> {
        let is_text = self.is_text;
        let mut take = |text: &[u8]| take_checked(text, is_text, take);
        let mut is_indexed = false;
        loop {
            is_indexed |= self.lane.pass_indexed(buffers)?;
            let Some(rows) = self.lane.next_rows(buffers)? else {
                break;
            };
            self.lane
                .show(rows, buffers, &mut |text| text.map_or(Ok(()), &mut take))?;
        }
        self.lane.finish(buffers)?;
        Ok(is_indexed)
    }

    /// Takes the entries of the dictionary.
    pub fn entries(&self, take: TakeText<'_>) -> Result<(), Fault> {
        let entries = self.lane.entries();
        for (index, _) in (0..).zip(0..entries.len()) {
            let text = entries.get(index)?;
            check(text, self.is_text)?;
            take(text)?;
        }
        Ok(())
    }

    /// Takes the texts of the next `rows` rows that are set in `wanted`.
    pub fn wanted(
        &mut self,
        rows: usize,
        wanted: &[u64],
        buffers: &mut ReadBuffers,
        take: TakeText<'_>,
    ) -> Result<(), Fault> {
        if wanted.iter().all(|word| *word == 0) {
            return self.lane.skip(rows, buffers);
        }
        let is_text = self.is_text;
        let (met, mut row) = (&mut self.met, 0);
        self.lane
            .show_indices(rows, buffers, &mut |shown, entries| {
                let is_wanted = wanted[row / WORD] >> (row % WORD) & 1 == 1;
                row += 1;
                let text = match shown {
                    _ if !is_wanted => return Ok(()),
                    Shown::Null => return Ok(()),
                    Shown::Value(text) => text,
                    Shown::Entry(index) => {
                        if !meet(met, index, entries.len())? {
                            return Ok(());
                        }
                        entries.get(index)?
                    }
                };
                take_checked(text, is_text, take)
            })
    }

    /// Checks that no rows are left.
    pub fn finish(&mut self, buffers: &mut ReadBuffers) -> Result<(), Fault> {
        self.lane.finish(buffers)
    }
}

/// Takes a text, and refuses it where it is new and not what it has to be.
#[inline]
fn take_checked(text: &[u8], is_text: bool, take: TakeText<'_>) -> Result<(), Fault> {
    if take(text)? {
        check(text, is_text)?;
    }
    Ok(())
}

/// Marks an entry of `count`, and returns whether it is met for the first time.
fn meet(met: &mut Scratch<u64>, index: u32, count: usize) -> Result<bool, Fault> {
    if met.all().is_empty() {
        met.fit(count.div_ceil(WORD))?;
    }
    let index = index as usize;
    let absent = || Fault::corrupt(format!("index {index} into {count} entries"));
    let word = met.all_mut().get_mut(index / WORD).ok_or_else(absent)?;
    let is_first = *word >> (index % WORD) & 1 == 0;
    *word |= 1 << (index % WORD);
    Ok(is_first)
}
