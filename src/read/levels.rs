//! Definition levels of a flat column: which rows have a value.

use crate::error::Fault;
use crate::kernel::unpack::bits;
use crate::read::hybrid::{Hybrid, Piece};

/// Rows that are decoded at a time: a mask of them is sixteen words, their values fit L1.
pub const BLOCK: usize = 1024;

/// Levels that are looked at together: as many bits as can be had from any place of a page.
const AT_ONCE: usize = 57;

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
    if let Some(level) = hybrid.run(body, rows)? {
        return Ok(if level == 1 { rows } else { 0 });
    }
    mask.fill(0);
    let mut row = 0;
    while row < rows {
        let (levels, count) = match hybrid.piece(body, (rows - row).min(AT_ONCE))? {
            Piece::Run { value, count } => (0_u64.wrapping_sub(value.into()), count),
            Piece::Packed { bit, count } => (bits(body, bit), count),
        };
        set(mask, row, count, levels);
        row += count;
    }
    Ok(count(mask))
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

fn count(mask: &Mask) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}
