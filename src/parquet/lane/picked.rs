//! Of the next rows of a lane only those that are wanted: the others are neither converted nor counted.
//!
//! ```text
//! for each block: read its levels, and find which of its values belong to wanted rows
//!                 bring these together as they are stored, convert them, and spread them over gaps
//! ```

use crate::error::Fault;
use crate::kernel::bytes::depth::run;
use crate::kernel::bytes::unpack::ones;
use crate::kernel::moves::compress::compress;
use crate::kernel::moves::extract::{bits_from, extract};
use crate::kernel::{Cleaner, Element, expand};
use crate::parquet::Width;
use crate::parquet::encoding::decoder::{Decoder, take};
use crate::parquet::encoding::dictionary::Picked;
use crate::parquet::lane::numbers::{Lane, NumberReader};
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::cursor::Block;
use crate::parquet::page::levels::{BLOCK, Mask};
use crate::parquet::page::unread::PlainBytes;
use crate::parquet::page::values::OpenValues;

/// Rows of a word.
const WORD: usize = 64;
/// Rows without a wanted one from which they are skipped, so that whole pages may be.
const IDLE: usize = 256;
/// Stored values that are brought together at a time, room behind them so that registers are stored
/// whole, the most bytes of one that fits a register, and of any.
const TOGETHER: usize = 256;
const ROOM: usize = 80;
const NARROW_BYTES: usize = 8;
const MOST_BYTES: usize = 32;

/// The wanted rows of a block.
struct WantedRows {
    /// Which of the block's values they have.
    values: Mask,
    /// How many have a value.
    count: usize,
    /// How many there are.
    rows: usize,
    /// Which of them have a value.
    present: Mask,
}

impl<T: Element> Lane<T> {
    /// Fills the front of `out` with those of the next `rows` rows whose bit is set in `wanted`, and
    /// returns how many they are. Only they are counted.
    pub fn fill_wanted(
        &mut self,
        rows: usize,
        wanted: &[u64],
        out: &mut [T],
        buffers: &mut ReadBuffers,
    ) -> Result<usize, Fault> {
        let (mut done, mut filled) = (0, 0);
        while done < rows {
            let idle = idle(wanted, done, rows);
            if idle >= IDLE || done + idle == rows {
                self.pages.skip(idle, buffers)?;
                done += idle;
                continue;
            }
            let count = self.pages.rows(rows - done, buffers)?;
            let mut here: Mask = [0; BLOCK / WORD];
            bits_from(wanted, done, count, &mut here);
            let block = self.wanted_block(count, &here, &mut out[filled..], buffers);
            filled += block.map_err(|fault| self.pages.about(fault))?;
            done += count;
        }
        Ok(filled)
    }

    fn wanted_block(
        &mut self,
        rows: usize,
        wanted: &Mask,
        out: &mut [T],
        buffers: &mut ReadBuffers,
    ) -> Result<usize, Fault> {
        let mut mask: Mask = [0; BLOCK / WORD];
        let block = self.pages.block(rows, &mut mask, buffers)?;
        let wanted = if block.valid == rows {
            WantedRows::all(wanted)
        } else {
            WantedRows::of(wanted, &mask)
        };
        let out = &mut out[..wanted.rows];
        let null = block.reader.rule.null;
        block.reader.tally.nulls += (wanted.rows - wanted.count) as u64;
        pick(block, &wanted, &mut out[..wanted.count])?;
        if wanted.count == 0 {
            out.fill(null);
        } else if wanted.count < out.len() {
            expand(out, wanted.count, &wanted.present, null);
        }
        Ok(wanted.rows)
    }
}

impl WantedRows {
    /// The rows that are set in `wanted`, of which all have a value.
    fn all(wanted: &Mask) -> Self {
        let rows = ones(wanted);
        Self {
            values: *wanted,
            count: rows,
            rows,
            present: [0; BLOCK / WORD],
        }
    }

    /// The rows that are set in `wanted`, where those that are set in `valid` have a value.
    fn of(wanted: &Mask, valid: &Mask) -> Self {
        let mut found = Self {
            values: [0; BLOCK / WORD],
            count: 0,
            rows: 0,
            present: [0; BLOCK / WORD],
        };
        extract(wanted, valid, &mut found.values);
        found.rows = extract(valid, wanted, &mut found.present);
        found.count = ones(&found.values);
        found
    }
}

/// Rows from `row` on, before the row `end`, of which none is wanted.
fn idle(wanted: &[u64], row: usize, end: usize) -> usize {
    let mut at = row;
    while at < end {
        let word = wanted[at / WORD] >> (at % WORD);
        if word != 0 {
            return (at + word.trailing_zeros() as usize).min(end) - row;
        }
        at += WORD - at % WORD;
    }
    end - row
}

/// Converts the values of the wanted rows.
fn pick<T: Element>(
    block: Block<'_, NumberReader<T>>,
    wanted: &WantedRows,
    out: &mut [T],
) -> Result<(), Fault> {
    let numbers = block.reader;
    let (body, valid, wanted) = (block.body, block.valid, &wanted.values);
    match (block.values, numbers.stored.kind.width()) {
        (OpenValues::Indices(indices), _) => {
            let picked = Picked {
                values: valid,
                wanted,
            };
            let cleaner = &mut Cleaner {
                rule: &numbers.rule,
                tally: &mut numbers.tally,
            };
            let stage = &mut numbers.stage;
            let dictionary = &numbers.dictionary;
            dictionary.gather_picked(indices, body, stage, picked, out, cleaner)
        }
        (OpenValues::Direct(Decoder::Plain(at)), Width::Fixed(width @ 1..=MOST_BYTES)) => {
            let bytes = take(body, at, valid * width)?;
            numbers.pick_plain(bytes, width, wanted, out)
        }
        (OpenValues::Unread(unread), Width::Fixed(width @ 1..=MOST_BYTES)) => {
            let PlainBytes { bytes, sum } = unread.next(valid, block.from)?;
            if let Some(sum) = sum {
                sum.take(bytes);
            }
            numbers.pick_plain(bytes, width, wanted, out)
        }
        (OpenValues::Direct(decoder), width) => {
            let (mut at, mut left) = (0, out);
            while at < valid {
                let idle = idle(wanted, at, valid);
                decoder.skip(body, width, idle)?;
                let run = run(wanted, at + idle, valid);
                let (out, others) = left.split_at_mut(run);
                left = others;
                numbers.convert(decoder, body, out)?;
                at += idle + run;
            }
            Ok(())
        }
        (OpenValues::Unread(_), _) => {
            let what = "its values are too wide to stay in a file";
            Err(Fault::corrupt(what))
        }
    }
}

impl<T: Element> NumberReader<T> {
    fn convert(&mut self, decoder: &mut Decoder, body: &[u8], out: &mut [T]) -> Result<(), Fault> {
        let cleaner = &mut Cleaner {
            rule: &self.rule,
            tally: &mut self.tally,
        };
        (self.convert)(
            decoder,
            PlainBytes::unsummed(body),
            &mut self.stored,
            out,
            cleaner,
        )
    }

    /// Converts those of the plain values in `bytes` that are wanted.
    fn pick_plain(
        &mut self,
        bytes: &[u8],
        width: usize,
        wanted: &Mask,
        mut out: &mut [T],
    ) -> Result<(), Fault> {
        let mut narrow = [0; (TOGETHER + ROOM) * NARROW_BYTES];
        let mut wide = Vec::new();
        let stored = if width <= NARROW_BYTES {
            &mut narrow[..]
        } else {
            wide.resize(TOGETHER * width, 0);
            &mut wide[..]
        };
        let pieces = bytes.chunks(TOGETHER * width);
        for (bytes, masks) in pieces.zip(wanted.chunks(TOGETHER / WORD)) {
            let (now, later) = out.split_at_mut(ones(masks).min(out.len()));
            bring_together(bytes, width, masks, stored);
            self.convert(&mut Decoder::Plain(0), stored, now)?;
            out = later;
        }
        Ok(())
    }
}

/// Copies those values of a width whose bit is set to the front of `stored`.
fn bring_together(bytes: &[u8], width: usize, masks: &[u64], stored: &mut [u8]) {
    match width {
        2 => compress_fixed::<2>(bytes, masks, stored),
        4 => compress_fixed::<4>(bytes, masks, stored),
        8 => compress_fixed::<8>(bytes, masks, stored),
        _ => {
            let mut places = stored.chunks_exact_mut(width);
            for (row, value) in bytes.chunks_exact(width).enumerate() {
                if masks[row / WORD] >> (row % WORD) & 1 == 1
                    && let Some(place) = places.next()
                {
                    place.copy_from_slice(value);
                }
            }
        }
    }
}

fn compress_fixed<const WIDTH: usize>(bytes: &[u8], masks: &[u64], stored: &mut [u8]) {
    let (values, _) = bytes.as_chunks::<WIDTH>();
    let (stored, _) = stored.as_chunks_mut::<WIDTH>();
    compress(values, masks, stored);
}
