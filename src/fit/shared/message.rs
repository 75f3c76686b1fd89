//! Numbers as bytes, and back. Nothing that a message claims is believed before its bytes are there.

use crate::error::{Error, Result};

/// Bytes that are made of numbers.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// A number in as many bytes as it needs.
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// How many of something follow.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// The last `width` bytes of a number.
    pub fn fixed(&mut self, number: u64, width: usize) {
        self.0.extend_from_slice(&number.to_le_bytes()[..width]);
    }

    /// A floating-point number.
    pub fn float(&mut self, number: f64) {
        self.fixed(number.to_bits(), 8);
    }
}

/// The numbers of a message.
#[derive(Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
    /// Which of all messages it is, for errors.
    share: usize,
}

impl<'a> Reader<'a> {
    /// The message of a share.
    pub const fn new(bytes: &'a [u8], share: usize) -> Self {
        Self { left: bytes, share }
    }

    /// The error for a message that is none of ours.
    pub fn strange(&self) -> Error {
        Error::Argument(format!(
            "gather: expected from share {} what it has counted, found other bytes; every process \
             must load the same data with the same options and the same version, and gather= must \
             return what each of them gave, in their order",
            self.share
        ))
    }

    /// A number.
    pub fn number(&mut self) -> Result<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.strange())
    }

    /// How many of something follow, each of at least `least` bytes: so many must be there.
    pub fn count(&mut self, least: usize) -> Result<usize> {
        let count = usize::try_from(self.number()?).map_err(|_| self.strange())?;
        let bytes = count.checked_mul(least);
        if bytes.is_none_or(|bytes| bytes > self.left.len()) {
            return Err(self.strange());
        }
        Ok(count)
    }

    /// A number of `width` bytes, at most eight.
    pub fn fixed(&mut self, width: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// A floating-point number.
    pub fn float(&mut self) -> Result<f64> {
        Ok(f64::from_bits(self.fixed(8)?))
    }

    /// What follows must be `expected`.
    pub fn expect(&mut self, expected: usize) -> Result<()> {
        if self.number()? == expected as u64 {
            Ok(())
        } else {
            Err(self.strange())
        }
    }

    /// The message must end here.
    pub fn end(&self) -> Result<()> {
        if self.left.is_empty() {
            Ok(())
        } else {
            Err(self.strange())
        }
    }

    fn take(&mut self, bytes: usize) -> Result<&'a [u8]> {
        let (taken, left) = self
            .left
            .split_at_checked(bytes)
            .ok_or_else(|| self.strange())?;
        self.left = left;
        Ok(taken)
    }
}
