//! Definition levels of a flat column: which rows have a value.

use std::ops::Range;

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::unpack::{bits, ones};
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::footer::quirks::WrittenBy;
use crate::parquet::page::header::{Encoding, PageHeader, Version};

/// Rows that are decoded at a time: a mask of them is sixteen words, their values fit L1.
pub const BLOCK: usize = 1024;

/// Levels that are read together: as many bits as can be had from any place of a page.
const AT_ONCE: usize = 57;

/// Said of levels that are not there.
pub const TOO_EARLY: &str = "the levels of a page end too early";
/// The rows of a block that have a value, one bit each.
pub type Mask = [u64; BLOCK / 64];

/// The levels of one page.
#[derive(Debug, Clone)]
pub enum Levels {
    /// Every row has a value.
    Required,
    /// Runs and packed bits.
    RleBitPacked(RleBitPacked),
    /// One bit a row.
    Packed {
        /// The next row.
        row: usize,
        /// Whether the first row has the lowest bit of its byte, and not the highest.
        upwards: bool,
    },
}

impl Levels {
    /// The levels of a page, and where its values begin.
    pub fn of(
        header: &PageHeader,
        version: Version,
        body: &[u8],
        nullable: bool,
        writer: WrittenBy,
    ) -> Result<(Self, usize), Fault> {
        let short = || Fault::corrupt(TOO_EARLY);
        match version {
            Version::One { .. } if !nullable => Ok((Self::Required, 0)),
            Version::One {
                levels: Encoding::BitPacked,
                ..
            } => {
                let bytes = usize::try_from(header.values.div_ceil(8)).unwrap_or(usize::MAX);
                ensure!(bytes <= body.len(), "{TOO_EARLY}");
                let upwards = writer.packs_upwards();
                Ok((Self::Packed { row: 0, upwards }, bytes))
            }
            Version::One { .. } => {
                let length = body.first_chunk().ok_or_else(short)?;
                let end = 4 + u32::from_le_bytes(*length) as usize;
                ensure!(end <= body.len(), "{TOO_EARLY}");
                Ok((Self::RleBitPacked(RleBitPacked::new(4, end, 1)?), end))
            }
            Version::Two {
                definition_bytes,
                repetition_bytes,
                ..
            } => {
                check_rows(header, version, writer)?;
                // Nothing repeats, so repetition levels say nothing; some writers write them.
                let start = usize::try_from(repetition_bytes).map_err(|_| short())?;
                let end = usize::try_from(definition_bytes).ok();
                let end = end.and_then(|bytes| start.checked_add(bytes));
                let end = end.ok_or_else(short)?;
                if !nullable {
                    return Ok((Self::Required, end));
                }
                Ok((Self::RleBitPacked(RleBitPacked::new(start, end, 1)?), end))
            }
        }
    }

    /// Reads the levels of `rows` rows, at most a block, and returns how many have a value. Sets which
    /// ones in the mask, unless all have one or none has.
    pub fn read(&mut self, body: &[u8], rows: usize, mask: &mut Mask) -> Result<usize, Fault> {
        match self {
            Self::Required => Ok(rows),
            Self::RleBitPacked(hybrid) => read_hybrid(hybrid, body, rows, mask),
            Self::Packed {
                row: first,
                upwards,
            } => {
                let end = packed_end(body, *first, rows)?;
                mask.fill(0);
                let flip = if *upwards { 0 } else { 7 };
                for row in 0..rows {
                    let at = *first + row;
                    let level = u64::from(body[at / 8] >> ((at % 8) ^ flip) & 1);
                    mask[row / 64] |= level << (row % 64);
                }
                *first = end;
                Ok(ones(mask))
            }
        }
    }

    /// Passes over the levels of `rows` rows, and returns how many have a value.
    pub fn skip(&mut self, body: &[u8], rows: usize) -> Result<usize, Fault> {
        match self {
            Self::Required => Ok(rows),
            Self::RleBitPacked(hybrid) => {
                let (mut left, mut valid) = (rows, 0);
                while left > 0 {
                    let bits = hybrid.piece(body, left)?;
                    left -= bits.count();
                    valid += match bits {
                        Bits::Run { value: 1, count } => count,
                        Bits::Run { .. } => 0,
                        Bits::Packed { bit, count } => ones_between(body, bit..bit + count, 0),
                    };
                }
                Ok(valid)
            }
            Self::Packed { row, upwards } => {
                let end = packed_end(body, *row, rows)?;
                let flip = if *upwards { 0 } else { 7 };
                let valid = ones_between(body, *row..end, flip);
                *row = end;
                Ok(valid)
            }
        }
    }
}

/// Holds the rows of a page of version 2 against its values: in a flat column they are as many.
pub fn check_rows(header: &PageHeader, version: Version, writer: WrittenBy) -> Result<(), Fault> {
    if let Version::Two { rows, .. } = version {
        let is_flat = rows == header.values || writer.forgets_rows() && rows == 0;
        ensure!(is_flat, "a page of a flat column has repeated rows");
    }
    Ok(())
}

fn read_hybrid(
    hybrid: &mut RleBitPacked,
    body: &[u8],
    rows: usize,
    mask: &mut Mask,
) -> Result<usize, Fault> {
    if let Some(level) = hybrid.run(body, rows)? {
        return Ok(if level == 1 { rows } else { 0 });
    }
    mask.fill(0);
    let mut row = 0;
    while row < rows {
        row = hybrid.short_bits(body, mask, row..rows);
        if row == rows {
            break;
        }
        let (levels, count) = match hybrid.piece(body, (rows - row).min(AT_ONCE))? {
            Bits::Run { value, count } => (0_u64.wrapping_sub(value.into()), count),
            Bits::Packed { bit, count } => (bits(body, bit), count),
        };
        set(mask, row, count, levels);
        row += count;
    }
    Ok(ones(mask))
}

/// The row after the next `rows` ones, whose levels, one bit each, must be in the page.
fn packed_end(body: &[u8], row: usize, rows: usize) -> Result<usize, Fault> {
    let end = row + rows;
    ensure!(end.div_ceil(8) <= body.len(), "{TOO_EARLY}");
    Ok(end)
}

/// How many of some bits of a page are set, where bit `n` is bit `n % 8 ^ flip` of its byte.
fn ones_between(body: &[u8], bits: Range<usize>, flip: usize) -> usize {
    let is_set = |at: &usize| body[at / 8] >> ((at % 8) ^ flip) & 1 == 1;
    // Bits of whole bytes are counted together: their order does not matter.
    let start = bits.start.next_multiple_of(8).min(bits.end);
    let end = (bits.end / 8 * 8).max(start);
    let whole = body[start / 8..end / 8].iter();
    let whole = whole.map(|byte| byte.count_ones() as usize).sum::<usize>();
    let edges = (bits.start..start).chain(end..bits.end);
    whole + edges.filter(is_set).count()
}

/// Sets at most a word of bits of the mask from `row` on, which are 0.
fn set(mask: &mut Mask, row: usize, count: usize, levels: u64) {
    let levels = levels & (u64::MAX >> (64 - count));
    let (word, bit) = (row / 64, row % 64);
    mask[word] |= levels << bit;
    if bit + count > 64 {
        mask[word + 1] |= levels >> (64 - bit);
    }
}
