//! Decoders against encoders and decoders in the plainest words, and all of them against bytes
//! that nobody wrote.

mod account;
#[cfg(not(miri))]
mod bloom;
mod bytes;
mod claims;
#[cfg(not(miri))]
mod columns;
mod delta;
mod hybrid;
#[cfg(not(miri))]
mod page_index;
mod pages;
#[cfg(not(miri))]
mod skip;
mod thrift;
mod times;
mod vector_rows;

#[path = "../../../tests/rust/support/compact.rs"]
mod compact;

/// So many random cases; a few of them where an interpreter runs the tests.
fn cases(most: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config::with_cases(if cfg!(miri) { 16 } else { most })
}

/// The lowest `width` bits of each value, lowest first, side by side.
fn pack(values: impl IntoIterator<Item = u64>, width: u32) -> Vec<u8> {
    let bits = values
        .into_iter()
        .flat_map(|value| (0..width).map(move |bit| value >> bit & 1));
    let mut bytes = Vec::new();
    for (at, bit) in bits.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        let last = bytes.len() - 1;
        bytes[last] |= u8::from(bit == 1) << (at % 8);
    }
    bytes
}

/// Lengths of pieces that something is read in, over and over, until `total` is read.
fn pieces(sizes: &[usize], total: usize) -> Vec<usize> {
    let mut pieces = Vec::new();
    let mut left = total;
    for size in sizes.iter().chain(&[1]).cycle() {
        if left == 0 {
            break;
        }
        pieces.push(left.min(*size));
        left -= left.min(*size);
    }
    pieces
}
