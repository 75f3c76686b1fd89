//! The canonical bytes of a row's key, and their hash: the same whichever files there are, and
//! whatever their widths, units of time, decimal scales or encodings. Other programs can compute both.
//!
//! # Bytes
//!
//! Columns follow each other in the order in which they are named. Each is a tag, and then its value;
//! integers are little-endian, and signed ones in two's complement:
//!
//! | family | tag | value |
//! | --- | --- | --- |
//! | null, of any family | 0 | nothing |
//! | integer | 1 | the number in 16 bytes |
//! | bool | 2 | 0 or 1 in 16 bytes |
//! | float | 3 | the `float64` in 8 bytes; -0 is 0, and any NaN is `7ff8000000000000` |
//! | date | 4 | days since 1970 in 16 bytes |
//! | time | 5 | nanoseconds in 16 bytes |
//! | timestamp | 6 | nanoseconds since 1970 in 16 bytes |
//! | decimal | 7 | a number in 16 bytes that does not end with a decimal zero, and its scale in 4 bytes, which may be negative: the value is the number times 10 to the minus scale; zero is 0 and 0 |
//! | text | 8 | the number of bytes in 8 bytes, and the bytes |
//!
//! No key is the beginning of another one of as many columns, so different keys have different bytes.
//!
//! # Hash
//!
//! SipHash-2-4 with 128 bits of output, of all these bytes at once. Its key is two words, the second of
//! which is what the reference takes from bytes 8 to 16; its 16 bytes of output are one little-endian
//! number.
//!
//! # Words of a seed
//!
//! [`key_of_seed`] takes the two words from the stream of `SplitMix64` whose state begins as the seed:
//! its outputs `2 * purpose` and `2 * purpose + 1`, counted from 0. Output `i` is, in 64 bits that wrap
//! around:
//!
//! ```text
//! z = seed + (i + 1) * 0x9e3779b97f4a7c15
//! z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
//! z = (z ^ (z >> 27)) * 0x94d049bb133111eb
//! z ^ (z >> 31)
//! ```

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::key::KeyForm;
use crate::key::column::{KeyColumn, float_value};
use crate::parquet::KeyFamily;

/// Bytes of a whole number and its tag.
const NUMBER_BYTES: usize = 17;
/// The most bytes of a key that is hashed in one piece.
const SHORT: usize = 128;
/// Digits of a second that instants have here.
const NANOS: u32 = 9;

/// Hashes keys of rows.
#[derive(Debug, Clone, Copy)]
pub struct KeyHasher {
    key: [u64; 2],
}

impl KeyHasher {
    /// A hasher with this key.
    pub const fn new(key: [u64; 2]) -> Self {
        Self { key }
    }

    /// A hasher with a random key, so that no file can be written to make hashes collide.
    pub fn random() -> Self {
        let words = RandomState::new();
        Self::new([words.hash_one(0), words.hash_one(1)])
    }

    /// The hash of a row of the block that these columns have read.
    #[inline]
    pub fn hash(&self, columns: &[KeyColumn], row: usize) -> u128 {
        let mut hasher = SipHasher24::new_with_keys(self.key[0], self.key[1]);
        if let [column] = columns
            && let Some(bytes) = number(column, row)
        {
            return hasher.hash(&bytes).as_u128();
        }
        // Most keys are short, and hashed in one piece in a fraction of the time.
        let mut bytes = [0; SHORT];
        let mut length = 0;
        for column in columns {
            spell(column, row, &mut |piece| {
                let end = length + piece.len();
                if let Some(to) = bytes.get_mut(length..end) {
                    to.copy_from_slice(piece);
                }
                length = end;
            });
        }
        if let Some(bytes) = bytes.get(..length) {
            return hasher.hash(bytes).as_u128();
        }
        for column in columns {
            spell(column, row, &mut |bytes| hasher.write(bytes));
        }
        hasher.finish128().as_u128()
    }
}

/// The key of a hash that a seed decides; each purpose of a seed has its own.
pub const fn key_of_seed(seed: u64, purpose: u8) -> [u64; 2] {
    let first = 2 * purpose as u64;
    [split_mix(seed, first), split_mix(seed, first + 1)]
}

/// An output of `SplitMix64`, counted from 0.
pub const fn split_mix(seed: u64, at: u64) -> u64 {
    let state = seed.wrapping_add((at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Hands the canonical bytes of a row's value to `each`, piece by piece.
#[inline]
pub(super) fn spell(column: &KeyColumn, row: usize, each: &mut impl FnMut(&[u8])) {
    if column.is_null(row) {
        return each(&[0]);
    }
    if let Some(bytes) = number(column, row) {
        return each(&bytes);
    }
    let form = column.form();
    each(&[tag(form.family)]);
    match form.family {
        KeyFamily::Text => {
            let text = column.text(row);
            each(&(text.len() as u64).to_le_bytes());
            each(text);
        }
        KeyFamily::Float => {
            let value = float_value(column.number(row));
            each(&value.to_bits().to_le_bytes());
        }
        KeyFamily::Decimal => {
            let (value, scale) = stripped(form, column.number(row));
            each(&value.to_le_bytes());
            each(&scale.to_le_bytes());
        }
        _ => {}
    }
}

/// The canonical bytes of a whole number: an integer, a bool, a day or an instant.
#[inline]
fn number(column: &KeyColumn, row: usize) -> Option<[u8; NUMBER_BYTES]> {
    if column.is_null(row) {
        return None;
    }
    let form = column.form();
    let units = match form.family {
        KeyFamily::Integer | KeyFamily::Bool | KeyFamily::Date => 1,
        KeyFamily::Time | KeyFamily::Timestamp => units(form.digits),
        _ => return None,
    };
    let value = form.decode(column.number(row));
    let value = if units == 1 { value } else { value * units };
    let mut bytes = [0; NUMBER_BYTES];
    bytes[0] = tag(form.family);
    bytes[1..].copy_from_slice(&value.to_le_bytes());
    Some(bytes)
}

const fn tag(family: KeyFamily) -> u8 {
    match family {
        KeyFamily::Null => 0,
        KeyFamily::Integer => 1,
        KeyFamily::Bool => 2,
        KeyFamily::Float => 3,
        KeyFamily::Date => 4,
        KeyFamily::Time => 5,
        KeyFamily::Timestamp => 6,
        KeyFamily::Decimal => 7,
        KeyFamily::Text => 8,
    }
}

/// Nanoseconds of a unit of time with so many digits of a second.
#[inline]
const fn units(digits: u32) -> i128 {
    match digits {
        NANOS => 1,
        6 => 1_000,
        3 => 1_000_000,
        digits => 10_i128.pow(NANOS.saturating_sub(digits)),
    }
}

/// A decimal without zeros at its end, and the scale that it has then.
fn stripped(form: &KeyForm, number: u128) -> (i128, i32) {
    let mut value = form.decode(number);
    let mut scale = i32::try_from(form.digits).unwrap_or(i32::MAX);
    if value == 0 {
        return (0, 0);
    }
    // Dividing a short number takes a fraction of the time.
    while let Err(_) | Ok(i64::MIN) = i64::try_from(value) {
        if value % 10 != 0 {
            return (value, scale);
        }
        value /= 10;
        scale -= 1;
    }
    let mut short = i64::try_from(value).unwrap_or(0);
    while short % 10 == 0 && short != 0 {
        short /= 10;
        scale -= 1;
    }
    (short.into(), scale)
}
