//! The values of one data page, in any encoding but the dictionary's.
//!
//! A decoder holds positions, not bytes: the page stays with its owner. Reading can stop and resume at
//! any value, so that neither a page of a billion rows nor a row group sets the memory. To skip values
//! leaves a decoder where to read them would.

use crate::error::Fault;
use crate::error::fault::ensure;
use crate::kernel::Number;
use crate::kernel::bytes::unpack::unpack_bits;
use crate::kernel::scalar::{decimal, plain};
use crate::parquet::Width;
use crate::parquet::encoding::delta::Delta;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::page::header::Encoding;

/// Values that are staged at a time.
const STAGE: usize = 128;
/// Longest single value of a byte column that is taken apart.
const MOST_VALUE: usize = 1 << 16;
/// Said of values that are not there.
const TOO_SHORT: &str = "the values of a page end before its rows do";

/// Where the next value is.
#[derive(Debug, Clone)]
pub enum Decoder {
    /// Values side by side, from a byte on.
    Plain(usize),
    /// One bit each, from a bit on.
    Bits(usize),
    /// Runs and packed bits of width 1.
    Rle(RleBitPacked),
    /// Differences.
    Delta(Delta),
    /// Byte `k` of value `i` at `start + k * count + i`.
    Split {
        /// First byte.
        start: usize,
        /// Values in the page.
        count: usize,
        /// The next value.
        next: usize,
    },
    /// Byte values whose lengths are differences.
    Lengths {
        /// The lengths.
        lengths: Delta,
        /// The next value's first byte.
        at: usize,
    },
    /// Byte values that share a prefix with the one before.
    Prefixes {
        /// How much is shared.
        prefixes: Delta,
        /// How much is new.
        suffixes: Delta,
        /// The next value's first new byte.
        at: usize,
        /// The value before.
        last: Vec<u8>,
    },
}

fn short() -> Fault {
    Fault::corrupt(TOO_SHORT)
}

impl Decoder {
    /// Begins at byte `at` of a page.
    pub fn new(
        encoding: Encoding,
        width: Width,
        body: &[u8],
        at: usize,
        integers: bool,
    ) -> Result<Self, Fault> {
        Ok(match (encoding, width) {
            (Encoding::Plain, Width::Bit) => Self::Bits(at * 8),
            (Encoding::Plain, _) => Self::Plain(at),
            (Encoding::Rle, Width::Bit) => {
                let mut start = at;
                let length = length(body, &mut start)?;
                let mut end = start;
                take(body, &mut end, length)?;
                Self::Rle(RleBitPacked::new(start, end, 1)?)
            }
            (Encoding::Delta, Width::Fixed(_)) if integers => Self::Delta(Delta::new(body, at)?),
            (Encoding::Split, Width::Fixed(bytes)) if bytes > 0 => {
                let length = body.len() - at;
                let is_whole = length.is_multiple_of(bytes);
                ensure!(
                    is_whole,
                    "{length} bytes do not split into values of {bytes}"
                );
                Self::Split {
                    start: at,
                    count: length / bytes,
                    next: 0,
                }
            }
            (Encoding::DeltaLength, Width::Variable) => {
                let lengths = Delta::new(body, at)?;
                let at = lengths.clone().end(body)?;
                Self::Lengths { lengths, at }
            }
            (Encoding::DeltaBytes, Width::Variable | Width::Fixed(_)) if !integers => {
                let prefixes = Delta::new(body, at)?;
                let suffixes = Delta::new(body, prefixes.clone().end(body)?)?;
                let at = suffixes.clone().end(body)?;
                Self::Prefixes {
                    prefixes,
                    suffixes,
                    at,
                    last: Vec::new(),
                }
            }
            _ => {
                let what = format!("the encoding {encoding:?} does not go with the column's type");
                return Err(Fault::corrupt(what));
            }
        })
    }

    /// Reads the next values.
    pub fn read<S: Number>(&mut self, body: &[u8], out: &mut [S]) -> Result<(), Fault> {
        match self {
            Self::Plain(at) => {
                plain::load(take(body, at, out.len() * S::BYTES)?, out);
            }
            Self::Bits(at) => {
                let end = *at + out.len();
                ensure!(end.div_ceil(8) <= body.len(), "{TOO_SHORT}");
                unpack_bits(body, *at, out);
                *at = end;
            }
            Self::Rle(hybrid) => hybrid.pieces(body, out, |bits, out| match bits {
                Bits::Run { value, .. } => out.fill(S::from_stored(i64::from(value))),
                Bits::Packed { bit, .. } => unpack_bits(body, bit, out),
            })?,
            Self::Delta(delta) => {
                let mut stage = [0; STAGE];
                for out in out.chunks_mut(STAGE) {
                    let stage = &mut stage[..out.len()];
                    delta.read(body, stage)?;
                    for (out, stored) in out.iter_mut().zip(stage) {
                        *out = S::from_stored(*stored);
                    }
                }
            }
            Self::Split { start, count, next } => {
                ensure!(out.len() <= *count - *next, "{TOO_SHORT}");
                for (i, out) in out.iter_mut().enumerate() {
                    let mut bytes = [0; 8];
                    for (k, byte) in bytes[..S::BYTES].iter_mut().enumerate() {
                        *byte = body[*start + k * *count + *next + i];
                    }
                    *out = S::load(&bytes);
                }
                *next += out.len();
            }
            // Halves are bytes of a fixed length to the format.
            Self::Prefixes { .. } if S::BYTES == 2 => {
                let mut scratch = Vec::new();
                for out in out {
                    *out = S::load(self.bytes(body, Width::Fixed(S::BYTES), &mut scratch)?);
                }
            }
            Self::Lengths { .. } | Self::Prefixes { .. } => return Err(short()),
        }
        Ok(())
    }

    /// Passes over the next `count` values of a width.
    pub fn skip(&mut self, body: &[u8], width: Width, count: usize) -> Result<(), Fault> {
        if let (Self::Plain(at), Width::Fixed(bytes)) = (&mut *self, width) {
            let length = count.checked_mul(bytes).ok_or_else(short)?;
            return take(body, at, length).map(|_| ());
        }
        match self {
            Self::Bits(at) => {
                let end = at.checked_add(count).ok_or_else(short)?;
                ensure!(end.div_ceil(8) <= body.len(), "{TOO_SHORT}");
                *at = end;
            }
            Self::Rle(hybrid) => hybrid.skip(body, count)?,
            Self::Delta(delta) => delta.skip(body, count)?,
            Self::Split {
                count: all, next, ..
            } => {
                ensure!(count <= *all - *next, "{TOO_SHORT}");
                *next += count;
            }
            Self::Lengths { lengths, at } => {
                let total = total(lengths, body, count)?;
                take(body, at, total)?;
            }
            // Where the next value is depends on each of these, or what it shares with the last of them.
            Self::Plain(_) | Self::Prefixes { .. } => {
                let mut scratch = Vec::new();
                for _ in 0..count {
                    self.bytes(body, width, &mut scratch)?;
                }
            }
        }
        Ok(())
    }

    /// Reads the next decimals that are stored as bytes.
    pub fn read_decimals(
        &mut self,
        body: &[u8],
        width: Width,
        scale: i32,
        out: &mut [f64],
    ) -> Result<(), Fault> {
        let mut scratch = Vec::new();
        for out in out {
            let bytes = self.bytes(body, width, &mut scratch)?;
            *out = decimal::from_be(bytes, scale)
                .ok_or_else(|| Fault::corrupt("a decimal has more than 32 bytes"))?;
        }
        Ok(())
    }

    /// Whether the page has more values. Some writers leave zeros after plain ones, which are not
    /// values; bits and runs are padded, so that they do not show it.
    pub fn has_more(&self, body: &[u8], width: Width) -> bool {
        match self {
            Self::Plain(at) => {
                let rest = body.get(*at..).unwrap_or_default();
                let whole = matches!(width, Width::Fixed(bytes) if rest.len() >= bytes);
                whole && rest.iter().any(|byte| *byte != 0)
            }
            Self::Split { count, next, .. } => next < count,
            Self::Delta(delta)
            | Self::Lengths { lengths: delta, .. }
            | Self::Prefixes {
                prefixes: delta, ..
            } => delta.left() > 0,
            Self::Bits(_) | Self::Rle(_) => false,
        }
    }

    /// The next value, as bytes.
    pub fn bytes<'a>(
        &'a mut self,
        body: &'a [u8],
        width: Width,
        scratch: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], Fault> {
        match self {
            Self::Plain(at) => plain_bytes(body, at, width),
            Self::Split { start, count, next } => {
                let Width::Fixed(bytes) = width else {
                    return Err(short());
                };
                ensure!(*next < *count, "{TOO_SHORT}");
                scratch.clear();
                let scarce = |_| Fault::Scarce { needed: bytes };
                scratch.try_reserve(bytes).map_err(scarce)?;
                scratch.extend((0..bytes).map(|k| body[*start + k * *count + *next]));
                *next += 1;
                Ok(scratch)
            }
            Self::Lengths { lengths, at } => {
                let length = one(lengths, body)?;
                take(body, at, length)
            }
            Self::Prefixes {
                prefixes,
                suffixes,
                at,
                last,
            } => {
                let shared = one(prefixes, body)?;
                let new = one(suffixes, body)?;
                let new = take(body, at, new)?;
                let fits = shared <= last.len() && shared + new.len() <= MOST_VALUE;
                ensure!(fits, "a value shares more than there is");
                last.truncate(shared);
                last.extend_from_slice(new);
                match width {
                    Width::Fixed(bytes) if bytes != last.len() => Err(short()),
                    _ => Ok(last),
                }
            }
            Self::Bits(_) | Self::Rle(_) | Self::Delta(_) => Err(short()),
        }
    }
}

/// The next plain byte value of a width.
#[inline]
pub fn plain_bytes<'a>(body: &'a [u8], at: &mut usize, width: Width) -> Result<&'a [u8], Fault> {
    let length = if let Width::Fixed(bytes) = width {
        bytes
    } else {
        length(body, at)?
    };
    take(body, at, length)
}

/// The length that a plain byte value begins with.
fn length(body: &[u8], at: &mut usize) -> Result<usize, Fault> {
    let length = body.get(*at..).and_then(<[u8]>::first_chunk);
    let length = u32::from_le_bytes(*length.ok_or_else(short)?);
    *at += 4;
    Ok(length as usize)
}

/// The next length.
fn one(delta: &mut Delta, body: &[u8]) -> Result<usize, Fault> {
    let mut value = [0];
    delta.read(body, &mut value)?;
    size(value[0])
}

fn size(length: i64) -> Result<usize, Fault> {
    usize::try_from(length).map_err(|_| Fault::corrupt("a length is negative"))
}

/// The sum of the next `count` lengths.
fn total(delta: &mut Delta, body: &[u8], count: usize) -> Result<usize, Fault> {
    let mut stage = [0; STAGE];
    let mut total = 0_usize;
    let mut left = count;
    while left > 0 {
        let stage = &mut stage[..left.min(STAGE)];
        delta.read(body, stage)?;
        for length in &*stage {
            total = total.checked_add(size(*length)?).ok_or_else(short)?;
        }
        left -= stage.len();
    }
    Ok(total)
}

/// The next `length` bytes.
pub fn take<'a>(body: &'a [u8], at: &mut usize, length: usize) -> Result<&'a [u8], Fault> {
    let end = at.checked_add(length).ok_or_else(short)?;
    let bytes = body.get(*at..end).ok_or_else(short)?;
    *at = end;
    Ok(bytes)
}
