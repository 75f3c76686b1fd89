//! A CRC-32 of bytes that are also cast: both are done in one loop, because the multiplier of the
//! processor is idle while values are cast.
//!
//! ```text
//! for each line: cast it; fold it into the lines so far
//! ```
//!
//! All lines so far are folded to a few that have the same sum. `crc32fast` sums those, and all
//! bytes that are not cast or cannot be folded here.

use crc32fast::Hasher;

use crate::kernel::arch::Folded;
use crate::kernel::scalar::clean::BLOCK;
use crate::kernel::{Element, Number, arch};

/// The sum of bytes that come piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Crc {
    /// The sum of the bytes so far, unless they are folded.
    sum: u32,
    /// Bytes with the same sum as all so far, from a register of zeros.
    folded: Option<Folded>,
}

impl Crc {
    /// The sum of all bytes that were taken.
    pub fn sum(&self) -> u32 {
        let folded = self.folded.as_ref();
        folded.map_or(self.sum, |folded| sum(!0, folded.bytes()))
    }

    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.sum = sum(self.sum(), bytes);
            self.folded = None;
        }
    }

    /// Takes the bytes of the next values, and casts these; `again` is called with each block in
    /// which some casts are not finite. Returns how many values: none where the machine cannot cast
    /// these types while it folds.
    pub fn take_and_cast<S: Number, T: Element>(
        &mut self,
        bytes: &[u8],
        out: &mut [T],
        again: impl FnMut(&[u8], &mut [T]),
    ) -> usize {
        if out.len() < BLOCK {
            return 0;
        }
        arch::cast_and_fold::<S, T, BLOCK>(&mut self.folded, self.sum, bytes, out, again)
    }
}

/// The sum of `before` and of more bytes.
fn sum(before: u32, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(before);
    hasher.update(bytes);
    hasher.finalize()
}
