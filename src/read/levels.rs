//! Definition levels of a flat column: which rows have a value.

use crate::error::Fault;
use crate::kernel::unpack::bits;
use crate::read::hybrid::{Hybrid, Piece};

/// Rows that are decoded at a time: a mask of them is sixteen words, their values fit L1.
pub const BLOCK: usize = 1024;

/// The rows of a block that have a value, one bit each.
pub type Mask = [u64; BLOCK / 64];

/// The levels of one page.
#[derive(Debug, Clone)]
pub enum Levels {
    /// Every row has a value.
    Required,
    /// Runs and packed bits.
    Hybrid(Hybrid),
    /// One bit a row, highest first, from a bit position on.
    Packed(usize),
}

impl Levels {
    /// Reads the levels of `rows` rows, at most a block, and returns how many have a value. The
    /// mask tells which; it is not touched where all have one or none has.
    pub fn read(&mut self, body: &[u8], rows: usize, mask: &mut Mask) -> Result<usize, Fault> {
        match self {
            Self::Required => Ok(rows),
            Self::Hybrid(hybrid) => read_hybrid(hybrid, body, rows, mask),
            Self::Packed(bit) => {
                if (*bit + rows).div_ceil(8) > body.len() {
                    return Err(Fault::corrupt("the levels of a page end too early"));
                }
                mask.fill(0);
                for row in 0..rows {
                    let at = *bit + row;
                    let level = u64::from(body[at / 8] >> (7 - at % 8) & 1);
                    mask[row / 64] |= level << (row % 64);
                }
                *bit += rows;
                Ok(count(mask))
            }
        }
    }
}

fn read_hybrid(
    hybrid: &mut Hybrid,
    body: &[u8],
    rows: usize,
    mask: &mut Mask,
) -> Result<usize, Fault> {
    let mut piece = hybrid.piece(body, rows)?;
    if let Piece::Run { value, count } = piece
        && count == rows
    {
        return Ok(if value == 1 { rows } else { 0 });
    }
    mask.fill(0);
    let mut row = 0;
    loop {
        match piece {
            Piece::Run { value: 0, count } => row += count,
            Piece::Run { count, .. } => {
                copy(mask, row, count, |_| u64::MAX);
                row += count;
            }
            Piece::Packed { bit, count } => {
                copy(mask, row, count, |at| bits(body, bit + at));
                row += count;
            }
        }
        if row == rows {
            return Ok(count(mask));
        }
        piece = hybrid.piece(body, rows - row)?;
    }
}

/// Sets `count` bits of the mask from `row` on to the bits that `from` tells, 32 at a time.
fn copy(mask: &mut Mask, row: usize, count: usize, from: impl Fn(usize) -> u64) {
    let mut done = 0;
    while done < count {
        let at = row + done;
        let taken = (count - done).min(32).min(64 - at % 64);
        let word = from(done) & ((1 << taken) - 1);
        mask[at / 64] |= word << (at % 64);
        done += taken;
    }
}

fn count(mask: &Mask) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}
