//! What is written for the instructions of one machine: AVX-512, and what comes with it.

pub mod avx512;
pub mod count;
pub mod crc;
pub mod expand;
pub mod gather;
pub mod halves;
