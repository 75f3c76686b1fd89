//! The hybrid of runs and packed bits that levels, dictionary indices and some bools are written
//! in. Reading can stop and resume at any value, so a page is decoded as far as it is wanted.

use std::ops::Range;

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::bytes::level_runs::short_runs;

/// Values that follow each other: equal ones, or packed ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// `count` times `value`.
    Run {
        /// The value.
        value: u32,
        /// How often.
        count: usize,
    },
    /// `count` values packed from a bit position on.
    Packed {
        /// Where the first one begins.
        bit: usize,
        /// How many.
        count: usize,
    },
}

impl Bits {
    /// How many values they are.
    pub const fn count(self) -> usize {
        let (Self::Run { count, .. } | Self::Packed { count, .. }) = self;
        count
    }
}

/// A reader of one part of a page that is written so.
#[derive(Debug, Clone)]
pub struct RleBitPacked {
    at: usize,
    end: usize,
    width: u32,
    open: Bits,
}

impl RleBitPacked {
    /// Reads `body[at..end]`, values of `width` bits.
    pub fn new(at: usize, end: usize, width: u32) -> Result<Self, Fault> {
        ensure!(width <= 32, "a bit width of {width}");
        // One value needs no bits, and some writers leave the runs out.
        let is_left_out = width == 0 && at == end;
        let count = if is_left_out { usize::MAX } else { 0 };
        Ok(Self {
            at,
            end,
            width,
            open: Bits::Run { value: 0, count },
        })
    }

    /// Bits of each value.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Passes over the next `count` values, at least one, where they are one run, and returns its
    /// value.
    pub fn run(&mut self, body: &[u8], count: usize) -> Result<Option<u32>, Fault> {
        loop {
            match &mut self.open {
                Bits::Run { value, count: left } if *left >= count => {
                    *left -= count;
                    return Ok(Some(*value));
                }
                Bits::Run { count: 0, .. } | Bits::Packed { count: 0, .. } => {
                    self.open = self.next(body)?;
                }
                _ => return Ok(None),
            }
        }
    }

    /// The piece that comes next, at least one value, which is not passed over.
    pub fn peek(&mut self, body: &[u8]) -> Result<Bits, Fault> {
        if self.open.count() == 0 {
            self.open = self.next(body)?;
        }
        Ok(self.open)
    }

    /// The next piece, of at most `most` values and at least one.
    #[inline]
    pub fn piece(&mut self, body: &[u8], most: usize) -> Result<Bits, Fault> {
        loop {
            match &mut self.open {
                Bits::Run { value, count } if *count > 0 => {
                    let taken = most.min(*count);
                    *count -= taken;
                    return Ok(Bits::Run {
                        value: *value,
                        count: taken,
                    });
                }
                Bits::Packed { bit, count } if *count > 0 => {
                    let taken = most.min(*count);
                    let first = *bit;
                    *count -= taken;
                    *bit += taken * self.width as usize;
                    return Ok(Bits::Packed {
                        bit: first,
                        count: taken,
                    });
                }
                _ => self.open = self.next(body)?,
            }
        }
    }

    /// Passes over the next `count` values, run by run.
    pub fn skip(&mut self, body: &[u8], count: usize) -> Result<(), Fault> {
        let mut left = count;
        while left > 0 {
            left -= self.piece(body, left)?.count();
        }
        Ok(())
    }

    /// Takes as many values as `out` has room for, piece by piece, each with its own room.
    #[inline(always)]
    pub fn pieces<S>(
        &mut self,
        body: &[u8],
        mut out: &mut [S],
        mut take: impl FnMut(Bits, &mut [S]),
    ) -> Result<(), Fault> {
        while !out.is_empty() {
            let bits = self.piece(body, out.len())?;
            let (here, rest) = out.split_at_mut(bits.count());
            take(bits, here);
            out = rest;
        }
        Ok(())
    }

    /// Reads runs of single bits, as far as they are short and plain, into the zeros that `mask` holds
    /// at `rows`. Returns the row after them.
    pub fn short_bits(&mut self, body: &[u8], mask: &mut [u64], rows: Range<usize>) -> usize {
        let is_open = matches!(
            self.open,
            Bits::Run { count: 1.., .. } | Bits::Packed { count: 1.., .. }
        );
        let bytes = body[..self.end].get(self.at..).unwrap_or_default();
        if is_open || self.width != 1 {
            return rows.start;
        }
        let read = short_runs(bytes, mask, rows);
        self.at += read.bytes;
        read.row
    }

    fn next(&mut self, body: &[u8]) -> Result<Bits, Fault> {
        let head = match body[..self.end].get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                u32::from(*byte)
            }
            _ => self.long(body)?,
        };
        let length = (head >> 1) as usize;
        // No writer emits an empty run: it is padding, or damage.
        if length == 0 {
            return Err(short());
        }
        let width = self.width as usize;
        if head & 1 == 0 {
            let bytes = width.div_ceil(8);
            let stored = body[..self.end]
                .get(self.at..self.at + bytes)
                .ok_or_else(short)?;
            self.at += bytes;
            let value = match stored {
                [byte] => u32::from(*byte),
                bytes => bytes
                    .iter()
                    .rev()
                    .fold(0, |value, byte| value << 8 | u32::from(*byte)),
            };
            let fits = width == 32 || value >> width == 0;
            ensure!(fits, "a run's value is wider than its bit width");
            return Ok(Bits::Run {
                value,
                count: length,
            });
        }
        let bit = self.at * 8;
        let claimed = length.saturating_mul(width);
        let taken = claimed.min(self.end - self.at);
        if claimed > 0 && taken == 0 {
            return Err(short());
        }
        self.at += taken;
        // The last group may be cut short: it holds as many values as there are bits for.
        let count = if taken < claimed {
            taken * 8 / width
        } else {
            length.saturating_mul(8)
        };
        Ok(Bits::Packed { bit, count })
    }

    /// The head of a run, of several bytes.
    #[cold]
    fn long(&mut self, body: &[u8]) -> Result<u32, Fault> {
        let mut head = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = *body[..self.end].get(self.at).ok_or_else(short)?;
            self.at += 1;
            let fits = shift < 28 || byte <= 0x0f;
            ensure!(fits, "a run length has more than 32 bits");
            head |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        Ok(head)
    }
}

fn short() -> Fault {
    Fault::corrupt("the runs of a page end before its values do")
}
