//! The `.npy` format: a plain version 1 header that NumPy reads without this library, and the names of
//! the files beside a matrix.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::sys::page_bytes;
use crate::types::{ArraySpec, Order};

/// The data begin at a multiple of so many bytes, so that ranges of rows can be mapped; of a page where
/// pages are larger, unless the length of the header has no room for one.
const ALIGNMENT: usize = 4096;
const MOST_ALIGNMENT: usize = 32 << 10;

fn alignment() -> usize {
    let page = page_bytes();
    if page > MOST_ALIGNMENT {
        return ALIGNMENT;
    }
    page.max(ALIGNMENT)
}

/// The header of an array: all bytes before the data.
pub fn header(array: &ArraySpec) -> Vec<u8> {
    header_as(array, array.dtype.code())
}

/// The header of an array of this shape and order, whose type NumPy writes like this.
pub fn header_as(array: &ArraySpec, descr: &str) -> Vec<u8> {
    let lengths = array.shape.iter().map(|length| format!("{length},"));
    let lengths: Vec<String> = lengths.collect();
    let is_fortran = array.order == Order::F;
    let text = format!(
        "{{'descr': '{descr}', 'fortran_order': {}, 'shape': ({}), }}",
        if is_fortran { "True" } else { "False" },
        lengths.join(" ")
    );
    let length = (10 + text.len() + 1).next_multiple_of(alignment());
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // A header of two lengths is far shorter than 64 KiB.
    bytes.extend(u16::try_from(length - 10).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.resize(length - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// The path of another file of the set: `train.npy` has `train.y.npy` and `train.json` beside it.
pub fn beside(matrix: &Path, ending: &str) -> PathBuf {
    let is_npy = matrix.extension().is_some_and(|ending| ending == "npy");
    let stem = if is_npy {
        matrix.file_stem()
    } else {
        matrix.file_name()
    };
    let mut name = OsString::from(stem.unwrap_or_default());
    name.push(".");
    name.push(ending);
    matrix.with_file_name(name)
}
