//! Snappy, raw: a block of literals and copies, written into a slice as long as the block claims.
//!
//! ```text
//! tag -> literal: the next bytes of the block | copy: bytes that were written `back` bytes before
//! ```
//!
//! 1. A tag costs the time until the next one is known, and its branch mispredictions. So a literal
//!    and the tag of the copy after it come from one word, and which of the two usual kinds a copy
//!    has is a mask, not a branch.
//! 2. Far from the ends whole words are moved, whatever the length: the next tag overwrites the
//!    excess.
//! 3. Near the ends, and where a length is unusual, `step` does one tag with every check. It is the
//!    plain twin, and does whole blocks in the tests.
#![expect(
    unsafe_code,
    reason = "moves words through pointers, as far from the ends as was just checked"
)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "only the tag is used of a word"
)]

use crate::kernel::isa::kernel;

/// Bytes after their beginning that a tag and its literal or copy may touch: a literal or copy of
/// 64 bytes, and the excess of moving whole words.
const SPARE: usize = 96;
/// Bits of the longest literal, with its tag, that leaves the next tag in the same eight bytes.
const SHORT: usize = 56;
/// Bytes that are moved at a time.
const WORD: usize = size_of::<u128>();

/// The length that a block claims to have when it is decompressed, and the bytes of that claim.
fn claimed(block: &[u8]) -> Option<(usize, usize)> {
    let mut claim = 0_u64;
    for (at, byte) in block.iter().enumerate().take(5) {
        claim |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            let claim = u32::try_from(claim).ok()?;
            return Some((usize::try_from(claim).ok()?, at + 1));
        }
    }
    None
}

/// Decompresses a block; returns whether its length is exactly that of `out`.
pub fn decompress(block: &[u8], out: &mut [u8]) -> bool {
    whole(block, out, usual_tags)
}

/// Decompresses a block tag by tag.
pub fn decompress_plain(block: &[u8], out: &mut [u8]) -> bool {
    whole(block, out, |_, _, _| true)
}

/// Does all tags of a block: by `run` as far as it goes, then one by `step`, and so on.
#[inline(always)]
fn whole(block: &[u8], out: &mut [u8], run: impl Fn(&[u8], &mut [u8], &mut Place) -> bool) -> bool {
    let Some((_, begin)) = claimed(block).filter(|(length, _)| *length == out.len()) else {
        return false;
    };
    let mut place = Place { from: begin, to: 0 };
    while place.from < block.len() {
        if !run(block, out, &mut place) || !step(block, out, &mut place) {
            return false;
        }
    }
    place.to == out.len()
}

/// How far a block has been read, and its output written.
#[derive(Debug, Clone, Copy)]
struct Place {
    from: usize,
    to: usize,
}

/// Does one tag, if one is left; returns false if it is damaged.
fn step(block: &[u8], out: &mut [u8], place: &mut Place) -> bool {
    let Some(tag) = block.get(place.from) else {
        return true;
    };
    let number = |bytes: usize| {
        let bytes = block.get(place.from + 1..)?.get(..bytes)?;
        let number = bytes.iter().rev();
        Some(number.fold(0, |number, byte| number << 8 | usize::from(*byte)))
    };
    let high = usize::from(tag >> 2);
    let (size, length, back) = match (tag & 3, high) {
        (0, 0..60) => (1, Some(high + 1), None),
        (0, _) => (high - 58, number(high - 59).map(|most| most + 1), None),
        (1, _) => {
            let back = number(1).map(|low| usize::from(tag >> 5) << 8 | low);
            (2, back.map(|_| (high & 7) + 4), back)
        }
        (2, _) => (3, Some(high + 1), Some(number(2).unwrap_or(0))),
        _ => (5, Some(high + 1), Some(number(4).unwrap_or(0))),
    };
    let Some((length, rest)) = length.zip(out.len().checked_sub(place.to)) else {
        return false;
    };
    if length > rest {
        return false;
    }
    place.from += size;
    if let Some(back) = back {
        if back == 0 || back > place.to {
            return false;
        }
        for at in place.to..place.to + length {
            out[at] = out[at - back];
        }
    } else {
        let literal = block.get(place.from..).and_then(|rest| rest.get(..length));
        let Some(literal) = literal else {
            return false;
        };
        out[place.to..place.to + length].copy_from_slice(literal);
        place.from += length;
    }
    place.to += length;
    true
}

kernel! {
    /// Does tags as long as they are usual and far from both ends; returns false if one is damaged.
    fn usual_tags(block: &[u8], out: &mut [u8], place: &mut Place) -> bool {
        let last = block.len().checked_sub(SPARE);
        let Some((last, room)) = last.zip(out.len().checked_sub(SPARE)) else {
            return true;
        };
        let (source, target) = (block.as_ptr(), out.as_mut_ptr());
        let Place { mut from, mut to } = *place;
        let mut is_sound = true;
        while from <= last && to <= room {
            // SAFETY: `SPARE` bytes are readable from `from` on and writable from `to` on. A
            // literal takes at most 1 + 64 of them, or 7 and the tag after it; after at most 7, a
            // copy writes 64 + `WORD` at most, from bytes that begin `back <= to` before.
            unsafe {
                let head = source.add(from).cast::<u64>().read_unaligned().to_le();
                let tag = head as usize & 0xff;
                let is_literal = tag.is_multiple_of(4);
                // Bits before the tag of the next copy: of a literal and its tag, or none.
                let bits = if is_literal { 2 * tag + 16 } else { 0 };
                if bits > SHORT {
                    let length = (tag >> 2) + 1;
                    if length > 60 {
                        break;
                    }
                    literal(source.add(from + 1), target.add(to), length);
                    from += length + 1;
                    to += length;
                    continue;
                }
                let short = (head >> 8).to_le();
                target.add(to).cast::<u64>().write_unaligned(short);
                from += bits / 8;
                to += bits / 8 - usize::from(is_literal);
                let copy = (head >> bits) as usize;
                let kind = copy % 4;
                if kind == 0 {
                    continue;
                }
                if kind == 3 {
                    break;
                }
                let low = source.add(from + 1).cast::<u16>().read_unaligned().to_le();
                let (length, back) = copied(copy, low.into());
                // One comparison for both: too far back, and nowhere.
                if back.wrapping_sub(1) >= to {
                    is_sound = false;
                    break;
                }
                repeat(target.add(to), back, length);
                from += kind + 1;
                to += length;
            }
        }
        *place = Place { from, to };
        is_sound
    }
}

/// How many bytes the tag of a copy repeats, and from how far back, for the two usual kinds. Which
/// of them comes next cannot be predicted, so both are done by masks.
#[inline(always)]
fn copied(tag: usize, low: usize) -> (usize, usize) {
    let second = tag >> 1 & 1;
    let mask = 0_usize.wrapping_sub(second);
    let high = tag >> 2 & 63;
    let length = (high & (7 | mask)) + 4 - 3 * second;
    (length, low & (0xff | mask) | (high >> 3 << 8) & !mask)
}

/// Moves a literal of at most 64 bytes.
///
/// # Safety
/// 64 bytes must be readable at `from` and writable at `to`.
#[inline(always)]
unsafe fn literal(from: *const u8, to: *mut u8, length: usize) {
    // SAFETY: as the caller promises.
    unsafe {
        word(from, to);
        if length > WORD {
            word(from.add(WORD), to.add(WORD));
            word(from.add(2 * WORD), to.add(2 * WORD));
            word(from.add(3 * WORD), to.add(3 * WORD));
        }
    }
}

/// Repeats bytes from `back` bytes before.
///
/// # Safety
/// `back` bytes before `to` must be written, and 64 + `WORD` bytes from it on writable.
#[inline(always)]
unsafe fn repeat(to: *mut u8, back: usize, length: usize) {
    // SAFETY: words are read from `back` bytes before `to` on, and written where the caller
    // promises room: a word begins before `length`, at most 64 bytes and one round of doubling on.
    unsafe {
        let from = to.sub(back).cast_const();
        if length <= WORD && length <= back {
            word(from, to);
        } else if back >= WORD {
            for at in (0..length).step_by(WORD) {
                word(from.add(at), to.add(at));
            }
        } else {
            // A pattern of `back` bytes: twice as many repeat, too, until they fill a word.
            let (mut back, mut at) = (back, 0);
            while back < WORD {
                word(from, to.add(at));
                at += back;
                back *= 2;
            }
            while at < length {
                word(to.add(at).sub(back), to.add(at));
                at += WORD;
            }
        }
    }
}

/// Moves one word.
///
/// # Safety
/// `WORD` bytes must be readable at `from` and writable at `to`; they may overlap.
#[inline(always)]
unsafe fn word(from: *const u8, to: *mut u8) {
    // SAFETY: as the caller promises; all is read before anything is written.
    unsafe {
        let value = from.cast::<u128>().read_unaligned();
        to.cast::<u128>().write_unaligned(value);
    }
}
