//! `DELTA_BINARY_PACKED`: integers as differences, in blocks of miniblocks of packed bits.

use crate::error::Fault;
use crate::kernel::bytes::unpack::bits;
use crate::parquet::thrift::{Bytes, Slice, int, varint};

/// Most values of a block that is believed. Writers use 128.
const MOST_BLOCK: u64 = 1 << 20;

/// A reader that can be left and taken up again anywhere.
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
        if minis == 0
            || block > MOST_BLOCK
            || !block.is_multiple_of(minis)
            || block / minis % 8 != 0
        {
            let what = format!("a block of {block} differences in {minis} miniblocks");
            return Err(Fault::corrupt(what));
        }
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
        if out.len() as u64 > self.left {
            return Err(short());
        }
        self.left -= out.len() as u64;
        let mut done = 0;
        if self.first && !out.is_empty() {
            self.first = false;
            out[0] = self.last;
            done = 1;
        }
        while done < out.len() {
            if self.mini_left == 0 {
                self.open(body)?;
            }
            let taken = self.mini_left.min(out.len() - done);
            let end = self.bit + taken * self.width as usize;
            if end.div_ceil(8) > body.len() {
                return Err(short());
            }
            let mut last = self.last;
            for (i, out) in out[done..done + taken].iter_mut().enumerate() {
                let difference = packed(body, self.bit + i * self.width as usize, self.width);
                last = last.wrapping_add(self.least).wrapping_add(difference);
                *out = last;
            }
            self.last = last;
            self.bit = end;
            self.mini_left -= taken;
            done += taken;
        }
        Ok(())
    }

    /// Team over what is left, miniblock by miniblock, and tells where it ends.
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
        if self.width > 64 {
            return Err(Fault::corrupt(format!("a bit width of {}", self.width)));
        }
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
