//! Of the next rows of a lane only those that are wanted: the others are neither converted nor counted.
//!
//! ```text
//! for each block: read its levels, and find which of its values belong to wanted rows
//!                 bring these together as they are stored, convert them, and spread them over gaps
//! ```

use crate::error::Fault;
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
/// Stored values that are brought together at a time, and the most bytes of one.
const TOGETHER: usize = 64;
const MOST_BYTES: usize = 32;

/// The wanted rows of a block.
struct WantedRows {
    /// Which of the block's values they have, counted from its first value.
    positions: [u16; BLOCK],
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
            let here = cut(wanted, done, count);
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
        if block.valid == rows {
            mask = [u64::MAX; BLOCK / WORD];
        }
        let wanted = WantedRows::of(wanted, &mask);
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
    /// The rows that are set in `wanted`, where those that are set in `valid` have a value.
    fn of(wanted: &Mask, valid: &Mask) -> Self {
        let mut found = Self {
            positions: [0; BLOCK],
            count: 0,
            rows: 0,
            present: [0; BLOCK / WORD],
        };
        let mut before = 0_u16;
        for (wanted, valid) in wanted.iter().zip(valid) {
            let mut left = *wanted;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                left ^= bit;
                let is_there = usize::from(valid & bit != 0);
                found.positions[found.count % BLOCK] = before + ones(valid & (bit - 1));
                found.present[found.rows / WORD] |= (is_there as u64) << (found.rows % WORD);
                found.count += is_there;
                found.rows += 1;
            }
            before += ones(*valid);
        }
        found
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a word has at most 64 ones"
)]
const fn ones(word: u64) -> u16 {
    word.count_ones() as u16
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

/// The bits of `count` rows from `row` on, of which there are at most as many as in a block.
fn cut(wanted: &[u64], row: usize, count: usize) -> Mask {
    let mut mask: Mask = [0; BLOCK / WORD];
    let (word, shift) = (row / WORD, row % WORD);
    for (at, mask) in mask.iter_mut().take(count.div_ceil(WORD)).enumerate() {
        let low = wanted[word + at] >> shift;
        let high = match wanted.get(word + at + 1) {
            Some(next) if shift > 0 => next << (WORD - shift),
            _ => 0,
        };
        let rows = (count - at * WORD).min(WORD);
        *mask = (low | high) & (u64::MAX >> (WORD - rows));
    }
    mask
}

/// Converts the values of the wanted rows.
fn pick<T: Element>(
    block: Block<'_, NumberReader<T>>,
    wanted: &WantedRows,
    out: &mut [T],
) -> Result<(), Fault> {
    let numbers = block.reader;
    let positions = &wanted.positions[..wanted.count];
    let cleaner = &mut Cleaner {
        rule: &numbers.rule,
        tally: &mut numbers.tally,
    };
    let (kind, convert) = (numbers.kind, numbers.convert);
    let mut plain = |bytes: &[u8], width: usize, out: &mut [T]| -> Result<(), Fault> {
        let mut stored = [0; TOGETHER * MOST_BYTES];
        for (positions, out) in positions.chunks(TOGETHER).zip(out.chunks_mut(TOGETHER)) {
            let stored = &mut stored[..positions.len() * width];
            bring_together(bytes, width, positions, stored);
            let decoder = &mut Decoder::Plain(0);
            convert(decoder, PlainBytes::unsummed(stored), kind, out, cleaner)?;
        }
        Ok(())
    };
    match (block.values, kind.width()) {
        (OpenValues::Indices(indices), _) => {
            let picked = Picked {
                values: block.valid,
                positions,
            };
            let stage = &mut numbers.stage;
            let dictionary = &numbers.dictionary;
            dictionary.gather_picked(indices, block.body, stage, picked, out, cleaner)
        }
        (OpenValues::Direct(Decoder::Plain(at)), Width::Fixed(width @ 1..=MOST_BYTES)) => {
            plain(take(block.body, at, block.valid * width)?, width, out)
        }
        (OpenValues::Unread(unread), Width::Fixed(width @ 1..=MOST_BYTES)) => {
            let PlainBytes { bytes, sum } = unread.next(block.valid, block.from)?;
            if let Some(sum) = sum {
                sum.take(bytes);
            }
            plain(bytes, width, out)
        }
        (OpenValues::Direct(decoder), width) => {
            let mut next = 0;
            let mut left = out;
            for run in positions.chunk_by(|one, other| one + 1 == *other) {
                let first = usize::from(run[0]);
                decoder.skip(block.body, width, first - next)?;
                next = first + run.len();
                let (out, others) = left.split_at_mut(run.len());
                left = others;
                let body = PlainBytes::unsummed(block.body);
                convert(decoder, body, kind, out, cleaner)?;
            }
            decoder.skip(block.body, width, block.valid - next)
        }
        (OpenValues::Unread(_), _) => {
            Err(Fault::corrupt("its values are too wide to stay in a file"))
        }
    }
}

/// Copies the values of a width at these positions.
fn bring_together(bytes: &[u8], width: usize, positions: &[u16], stored: &mut [u8]) {
    match width {
        2 => copy_fixed::<2>(bytes, positions, stored),
        4 => copy_fixed::<4>(bytes, positions, stored),
        8 => copy_fixed::<8>(bytes, positions, stored),
        _ => {
            for (position, to) in positions.iter().zip(stored.chunks_exact_mut(width)) {
                to.copy_from_slice(&bytes[usize::from(*position) * width..][..width]);
            }
        }
    }
}

fn copy_fixed<const WIDTH: usize>(bytes: &[u8], positions: &[u16], stored: &mut [u8]) {
    let (values, _) = bytes.as_chunks::<WIDTH>();
    let (stored, _) = stored.as_chunks_mut::<WIDTH>();
    for (position, to) in positions.iter().zip(stored) {
        *to = values[usize::from(*position)];
    }
}
