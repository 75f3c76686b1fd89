//! `DELTA_BINARY_PACKED`: integers as differences, in blocks of miniblocks of packed bits.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::unpack::bits;
use crate::parquet::thrift::{Bytes, Slice, int, varint};

/// Most values of a block; larger ones are refused. Writers use 128.
const MOST_BLOCK: u64 = 1 << 20;

/// A reader that can stop and resume at any value.
#[derive(Debug, Clone)]
pub struct Delta {
    at: usize,
    per_mini: usize,
    minis: usize,
    /// Values still to come.
    left: u64,
    last: i64,
    least: i64,
    /// Where the widths of this block's miniblocks are, and which one is open.
    widths: usize,
    mini: usize,
    mini_left: usize,
    bit: usize,
    width: u32,
    first: bool,
}

/// Differences of one width, side by side from a bit on.
struct Packed {
    bit: usize,
    count: usize,
}

fn short() -> Fault {
    Fault::corrupt("the differences of a page end too early")
}

impl Delta {
    /// Reads the head of the differences in `body`, from `at` on.
    pub fn new(body: &[u8], at: usize) -> Result<Self, Fault> {
        let mut input = Slice::new(body.get(at..).ok_or_else(short)?);
        let mut number = || varint(&mut input).map_err(|_| short());
        let (block, minis, left) = (number()?, number()?, number()?);
        let last = int(&mut input).map_err(|_| short())?;
        let is_even = minis > 0 && block.is_multiple_of(minis) && block / minis % 8 == 0;
        let is_sound = is_even && block <= MOST_BLOCK;
        ensure!(
            is_sound,
            "a block of {block} differences in {minis} miniblocks"
        );
        let size = |n: u64| usize::try_from(n).map_err(|_| short());
        Ok(Self {
            at: at + input.position(),
            per_mini: size(block / minis)?,
            minis: size(minis)?,
            left,
            last,
            least: 0,
            widths: 0,
            mini: size(minis)?,
            mini_left: 0,
            bit: 0,
            width: 0,
            first: true,
        })
    }

    /// Values still to come.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Reads the next values.
    pub fn read(&mut self, body: &[u8], out: &mut [i64]) -> Result<(), Fault> {
        let mut done = self.claim(out.len())?;
        if done == 1 {
            out[0] = self.last;
        }
        while done < out.len() {
            let Packed { bit, count } = self.piece(body, out.len() - done)?;
            let mut last = self.last;
            for (i, out) in out[done..done + count].iter_mut().enumerate() {
                let difference = packed(body, bit + i * self.width as usize, self.width);
                last = last.wrapping_add(self.least).wrapping_add(difference);
                *out = last;
            }
            self.last = last;
            done += count;
        }
        Ok(())
    }

    /// Passes over the next `values` values, adding their differences up: the value after them depends
    /// on each.
    pub fn skip(&mut self, body: &[u8], values: usize) -> Result<(), Fault> {
        let mut done = self.claim(values)?;
        while done < values {
            let Packed { bit, count } = self.piece(body, values - done)?;
            let mut last = (count as u64).cast_signed();
            last = last.wrapping_mul(self.least).wrapping_add(self.last);
            if self.width > 0 {
                for i in 0..count {
                    let difference = packed(body, bit + i * self.width as usize, self.width);
                    last = last.wrapping_add(difference);
                }
            }
            self.last = last;
            done += count;
        }
        Ok(())
    }

    /// Takes `count` values off those still to come, and returns how many of them are the first value,
    /// which is not a difference: one or none.
    #[inline(always)]
    fn claim(&mut self, count: usize) -> Result<usize, Fault> {
        self.left = self.left.checked_sub(count as u64).ok_or_else(short)?;
        let is_first = self.first && count > 0;
        self.first &= !is_first;
        Ok(usize::from(is_first))
    }

    /// The next differences of one miniblock, at most `most`.
    #[inline(always)]
    fn piece(&mut self, body: &[u8], most: usize) -> Result<Packed, Fault> {
        if self.mini_left == 0 {
            self.open(body)?;
        }
        let bit = self.bit;
        let count = self.mini_left.min(most);
        let end = bit + count * self.width as usize;
        if end.div_ceil(8) > body.len() {
            return Err(short());
        }
        self.bit = end;
        self.mini_left -= count;
        Ok(Packed { bit, count })
    }

    /// Goes over what is left, miniblock by miniblock, and returns where it ends.
    pub fn end(mut self, body: &[u8]) -> Result<usize, Fault> {
        let mut left = self.left.saturating_sub(u64::from(self.first));
        while left > 0 {
            self.open(body)?;
            left = left.saturating_sub(self.per_mini as u64);
        }
        Ok(self.at)
    }

    fn open(&mut self, body: &[u8]) -> Result<(), Fault> {
        if self.mini == self.minis {
            let mut input = Slice::new(body.get(self.at..).ok_or_else(short)?);
            self.least = int(&mut input).map_err(|_| short())?;
            self.widths = self.at + input.position();
            input.skip(self.minis as u64).map_err(|_| short())?;
            self.at += input.position();
            self.mini = 0;
        }
        self.width = u32::from(*body.get(self.widths + self.mini).ok_or_else(short)?);
        ensure!(self.width <= 64, "a bit width of {}", self.width);
        self.mini += 1;
        self.mini_left = self.per_mini;
        self.bit = self.at * 8;
        self.at += self.per_mini * self.width as usize / 8;
        Ok(())
    }
}

#[inline(always)]
fn packed(body: &[u8], bit: usize, width: u32) -> i64 {
    let low = bits(body, bit);
    let value = match width {
        0 => 0,
        1..=56 => low & ((1 << width) - 1),
        _ => (low & ((1 << 32) - 1) | bits(body, bit + 32) << 32) & (u64::MAX >> (64 - width)),
    };
    value.cast_signed()
}
