//! A hash of short byte strings that takes a few multiplications. It has a random key, so that no file
//! can be written to make hashes collide; it is no hash to be stored or told.

use std::hash::{BuildHasher, RandomState};

const WORD: usize = size_of::<u64>();
/// The longest text that is two words.
pub const SHORT: usize = 2 * WORD;

/// Hashes byte strings.
#[derive(Debug, Clone, Copy)]
pub struct TextHasher {
    key: [u64; 2],
}

impl TextHasher {
    /// A hasher with a random key.
    pub fn random() -> Self {
        let words = RandomState::new();
        Self {
            key: [words.hash_one(0_u8), words.hash_one(1_u8)],
        }
    }

    /// The hash of some bytes.
    #[inline]
    pub fn hash(self, bytes: &[u8]) -> u64 {
        let [one, other] = self.key;
        let length = bytes.len() as u64;
        let (mut first, mut second) = (one, other ^ length);
        let mut rest = bytes;
        while let Some((pair, others)) = rest.split_first_chunk::<{ 2 * WORD }>()
            && !others.is_empty()
        {
            let (low, high) = pair.split_at(WORD);
            first = fold(first ^ word(low), second ^ word(high));
            second = second.rotate_left(23) ^ other;
            rest = others;
        }
        let (low, high) = ends(rest);
        fold(fold(first ^ low, second ^ high), one ^ length)
    }
}

/// Whether two texts are equal. Short ones are compared as words: most words of a language are short,
/// and a call for each costs more than that.
#[inline]
pub fn are_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && if one.len() <= SHORT {
            ends(one) == ends(other)
        } else {
            one == other
        }
}

/// Both halves of a product.
#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let [low, high] = [product & u128::from(u64::MAX), product >> u64::BITS];
    u64::try_from(low ^ high).unwrap_or_default()
}

/// At most 16 bytes as two words; where there are at least 4 of them the words may overlap.
#[inline]
pub fn ends(bytes: &[u8]) -> (u64, u64) {
    let half = |bytes: &[u8]| bytes.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
    let length = bytes.len();
    if length >= WORD {
        (word(bytes), word(&bytes[length - WORD..]))
    } else if length >= WORD / 2 {
        (half(bytes).into(), half(&bytes[length - WORD / 2..]).into())
    } else {
        let mut few = [0; 4];
        few[..length].copy_from_slice(bytes);
        (u32::from_le_bytes(few).into(), 0)
    }
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b))
}
