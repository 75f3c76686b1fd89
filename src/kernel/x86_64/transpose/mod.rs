//! Columns stored row by row: blocks are loaded, turned within the registers and stored, so each value is
//! loaded and stored once, in whole registers.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`avx512`] | registers of 64 bytes |
//! | [`avx2`] | registers of 32 bytes |

use ndarray::ArrayViewMut2;

use crate::kernel::x86_64::LINE;

pub mod avx2;
pub mod avx512;

/// Lines of rows between those that are stored and those that are fetched: rows are so far apart that
/// the hardware would not fetch them.
const AHEAD: usize = 2;
/// Bytes of the output from which whole lines are stored past the cache: of a smaller output they
/// stay there for the fills.
const LARGE: usize = 4 << 20;

/// How the rows of a block follow each other.
#[derive(Debug, Clone, Copy)]
struct RowStride {
    /// Values from one row to the next.
    values: isize,
    /// Whether each row of a block is a whole line of the cache, to be stored past it.
    whole_lines: bool,
}

impl RowStride {
    /// The stride of `out`, of which so many rows are stored in blocks.
    fn of<T>(out: &ArrayViewMut2<'_, T>, rows: usize) -> Self {
        let values = out.strides()[0];
        let bytes = values.unsigned_abs() * size_of::<T>();
        let is_line = out.ncols() * size_of::<T>() == LINE && bytes.is_multiple_of(LINE);
        let is_aligned = out.as_ptr().addr().is_multiple_of(LINE);
        Self {
            values,
            whole_lines: is_line && is_aligned && rows * bytes >= LARGE,
        }
    }
}
