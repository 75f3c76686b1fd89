//! A CRC-32 whose bytes are cast, too: it is summed along with that, for while values are cast the
//! multiplier of the processor is idle.
//!
//! ```text
//! for each line: cast it; fold it into the lines so far
//! ```
//!
//! All lines so far are folded to four that have the same sum. `crc32fast` sums those, and whatever
//! is not cast or cannot be folded here.

use crc32fast::Hasher;

#[cfg(target_arch = "x86_64")]
use crate::kernel::x86_64::crc::Cast;
use crate::kernel::{Element, Number};

/// Bytes that stand for all before them.
pub const FOLDED: usize = 256;
/// The polynomial; its lowest bit is the highest power but that of `x^32`, which is left out.
pub const POLYNOMIAL: u32 = 0xedb8_8320;

/// The sum of bytes that come piece by piece.
#[derive(Debug, Clone)]
pub struct Crc {
    /// Of the bytes so far, unless they are folded.
    sum: u32,
    /// Bytes that make of a register of zeros what those so far make of the first one.
    folded: Option<[u8; FOLDED]>,
}

impl Crc {
    /// Of no bytes.
    pub const fn new() -> Self {
        let folded = None;
        Self { sum: 0, folded }
    }

    /// The sum of all bytes that were taken.
    pub fn sum(&self) -> u32 {
        self.folded.map_or(self.sum, |folded| sum(!0, &folded))
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.sum = sum(self.sum(), bytes);
            self.folded = None;
        }
    }

    /// Takes the bytes of the next values, and casts these; `again` is called for blocks in which not
    /// all casts are finite. Tells how many values: none where types, count or machine are not fit.
    pub fn take_and_cast<S: Number, T: Element>(
        &mut self,
        bytes: &[u8],
        out: &mut [T],
        again: impl FnMut(&[u8], &mut [T]),
    ) -> usize {
        #[cfg(target_arch = "x86_64")]
        if let Some(cast) = Cast::<S, T>::new(out.len()) {
            let mut folded = self.folded();
            let count = cast.run(&mut folded, bytes, out, again);
            self.folded = Some(folded);
            return count;
        }
        let _ = (bytes, out, again);
        0
    }

    /// What stands for the bytes so far: nothing but zeros, and the register turned back by as many
    /// bits as it has.
    fn folded(&self) -> [u8; FOLDED] {
        self.folded.unwrap_or_else(|| {
            let back = (0..u32::BITS).fold(!self.sum, |register, _| {
                let top = register >> 31;
                ((register ^ (top * POLYNOMIAL)) << 1) | top
            });
            let mut folded = [0; FOLDED];
            folded[FOLDED - 4..].copy_from_slice(&back.to_le_bytes());
            folded
        })
    }
}

impl Default for Crc {
    fn default() -> Self {
        Self::new()
    }
}

/// The sum of `before` and of more bytes.
fn sum(before: u32, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(before);
    hasher.update(bytes);
    hasher.finalize()
}
