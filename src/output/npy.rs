//! The `.npy` header: a plain version 1 file that NumPy opens without us.

use crate::types::{Dtype, Order};

/// Data begins at a multiple of this.
const ALIGNMENT: usize = 64;

/// The bytes before the data.
pub fn header(dtype: Dtype, order: Order, shape: &[usize]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let fortran = if order == Order::F { "True" } else { "False" };
    let text = format!(
        "{{'descr': '{}', 'fortran_order': {fortran}, 'shape': ({}), }}",
        dtype.code(),
        shape.join(" ")
    );
    let length = (10 + text.len() + 1).next_multiple_of(ALIGNMENT);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // A shape of two lengths stays far below 64 KiB.
    bytes.extend(u16::try_from(length - 10).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.resize(length - 1, b' ');
    bytes.push(b'\n');
    bytes
}
