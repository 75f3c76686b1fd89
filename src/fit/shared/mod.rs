//! Fills of columns whose rows are divided among several processes: each counts its own rows, hears what
//! all have counted, and decides what every other one decides.
//!
//! ```text
//! glimpse   each share: a sample of its values, and their sums   -> a bracket, a mean
//! look      each share: how many values are in each bin          -> a narrower bracket, again and again
//! look      each share: the few values that are left             -> the fill
//! ```
//!
//! A sample only says where to look first, and counts add up in any order: so neither the number of
//! shares nor their cuts show in a fill. Messages are bytes of others, and are checked as such.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`message`] | numbers as bytes, and back |
//! | [`glimpse`] | a sample and the sums of a share |
//! | [`held`] | the rows of a share, as they lie in memory |
//! | [`look`](mod@look) | the questions about columns, and answers, as messages |
//! | [`pass`] | one pass over rows, in which they are answered |
//! | [`fit`](mod@fit) | what is known of all shares, and what is asked next |

pub mod fit;
pub mod glimpse;
pub mod held;
pub mod look;
pub mod message;
pub mod pass;

#[cfg(test)]
mod tests;

use crate::kernel::Real;

pub use fit::SharedFit;
pub use glimpse::{Glimpse, SharedRows};
pub use held::HeldRows;
pub use look::{Look, merged};
pub use pass::look;

/// The bytes that a message about all columns is to have at most, as far as one may choose.
const MESSAGE: usize = 1 << 20;
/// Values of a column in the sample of a share, at least and at most.
const SAMPLE: (usize, usize) = (64, 4096);
/// Values of a column that all shares together may send at the end, at least and at most.
const ROOM: (usize, usize) = (256, 1 << 16);
/// Bins of a look, as a power of two, at least and at most.
const BITS: (u32, u32) = (6, 12);
/// The most columns of a look. Others wait until these are done.
const COLUMNS: usize = 2048;

/// The keys of the values of a dtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// Bytes of a key.
    pub width: usize,
    /// The greatest that a value has.
    pub greatest: u64,
}

impl Keys {
    /// Those of a type.
    pub fn of<T: Real>() -> Self {
        Self {
            width: size_of::<T>(),
            greatest: T::INFINITY.key(),
        }
    }
}

/// How large messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Values of a column in the sample of a share.
    pub sample: usize,
    /// Values of a column that are sent at the end.
    pub room: usize,
    /// Bins of a column, as a power of two.
    pub bits: u32,
}

impl Sizes {
    /// For so many medians of values of so many bytes.
    pub fn new(columns: usize, item: usize) -> Self {
        let together = columns.clamp(1, COLUMNS);
        let each = MESSAGE / (together * item);
        // Most counts take two bytes or less.
        let bins = MESSAGE / (together * 2);
        Self {
            sample: (MESSAGE / (columns.max(1) * item)).clamp(SAMPLE.0, SAMPLE.1),
            room: each.clamp(ROOM.0, ROOM.1),
            bits: bins.ilog2().clamp(BITS.0, BITS.1),
        }
    }

    /// About the most bytes that a share says at a time, for so many medians of values of so many bytes.
    pub fn message_bytes(columns: usize, item: usize) -> usize {
        let sizes = Self::new(columns, item);
        let together = columns.min(COLUMNS);
        let sample = columns * sizes.sample * item;
        let kept = together * sizes.room * item;
        let bins = (together * 2) << sizes.bits;
        sample.max(kept).max(bins)
    }
}
