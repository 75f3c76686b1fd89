//! Texts are equal where all their bytes are.

use crate::texts::hash::{TextHasher, are_equal};

#[test]
fn every_byte_and_the_length_count() {
    let hasher = TextHasher::random();
    for length in 0..40_u8 {
        let text: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37)).collect();
        assert!(are_equal(&text, &text.clone()));
        let longer = [text.as_slice(), &[0]].concat();
        assert!(!are_equal(&text, &longer) && !are_equal(&longer, &text));
        assert_ne!(hasher.hash(&text), hasher.hash(&longer));
        for at in 0..text.len() {
            let mut other = text.clone();
            other[at] ^= 0x80;
            assert!(!are_equal(&text, &other), "byte {at} of {length}");
            assert_ne!(hasher.hash(&text), hasher.hash(&other));
        }
    }
}
