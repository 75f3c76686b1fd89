//! Bytes of a page: unpacked, gathered, decompressed, summed.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`unpack`] | values packed in bits, unpacked and counted |
//! | [`gather`] | elements of a dictionary by their indices |
//! | [`depth`] | levels of nested columns |
//! | [`level_runs`] | short runs of definition levels |
//! | [`snappy`] | the Snappy decompressor |
//! | [`crc`] | checksums of pages |

pub mod crc;
pub mod depth;
pub mod gather;
pub mod level_runs;
pub mod snappy;
pub mod unpack;
