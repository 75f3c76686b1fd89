//! Snappy: what the `snap` crate makes of a block, from blocks that it wrote and from tags in any
//! order, damaged or not; and the same from the plain twin.

use crate::kernel::bytes::snappy::{decompress, decompress_plain};
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::tests::Random;

/// What three readers make of a block that claims `length` bytes.
fn judge(block: &[u8], length: usize) -> Option<Vec<u8>> {
    let theirs = snap::raw::Decoder::new().decompress_vec(block).ok();
    let theirs = theirs.filter(|theirs| theirs.len() == length);
    for ours in [decompress, decompress_plain] {
        let mut out = vec![0xa5; length];
        let done = ours(block, &mut out).then_some(out);
        assert_eq!(done, theirs, "{length} bytes from {block:?}");
    }
    theirs
}

fn bytes(random: &mut Random, count: usize, kinds: usize) -> Vec<u8> {
    let byte = |random: &mut Random| u8::try_from(random.below(kinds)).unwrap();
    (0..count).map(|_| byte(random)).collect()
}

#[test]
fn blocks_as_they_are_written() {
    with_each_isa(check_written);
}

fn check_written() {
    let mut random = Random(1);
    for length in super::lengths().chain([70_000, 200_001]) {
        let length = length.min(if cfg!(miri) { 300 } else { length });
        for kinds in [1, 2, 5, 256] {
            let mut plain = bytes(&mut random, length, kinds);
            for kind in 0..3 {
                if kind == 1 {
                    // Numbers of eight bytes, of which two differ.
                    for number in plain.chunks_mut(8) {
                        number.iter_mut().skip(2).for_each(|byte| *byte = 7);
                    }
                } else if kind == 2 {
                    // One stretch again and again, as far apart as it is long.
                    let period = 1 + random.below(40);
                    for at in period..plain.len() {
                        plain[at] = plain[at - period];
                    }
                }
                let block = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
                if !plain.is_empty() {
                    assert_eq!(judge(&block, length), Some(plain.clone()));
                }
            }
        }
    }
}

/// Tags in any order, most of them sound.
fn tags(random: &mut Random, count: usize) -> (Vec<u8>, usize) {
    let (mut tags, mut length) = (Vec::new(), 0_usize);
    for _ in 0..count {
        let near = [1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 2000, 70_000][random.below(13)];
        let mut back = 1 + random.below(near.min(length.max(1)));
        if random.below(400) == 0 {
            back = [0, length, length + 1][random.below(3)];
        }
        let kind = random.below(if length == 0 { 1 } else { 4 });
        let mut long = 1 + random.below(64);
        let low = |value: usize, count: usize| value.to_le_bytes()[..count].to_vec();
        match kind {
            0 => {
                long = [long.min(60), 1 + random.below(6), 1 + random.below(400)][random.below(3)];
                if long <= 60 {
                    tags.extend(low((long - 1) << 2, 1));
                } else {
                    let width = if long <= 256 { 1 } else { 2 } + random.below(2);
                    tags.extend(low((59 + width) << 2, 1));
                    tags.extend(low(long - 1, width));
                }
                tags.extend(bytes(random, long, 256));
            }
            1 => {
                long = 4 + long % 8;
                back %= 2048;
                tags.extend(low((long - 4) << 2 | (back >> 8) << 5 | 1, 1));
                tags.extend(low(back, 1));
            }
            2 => {
                back %= 1 << 16;
                tags.extend(low((long - 1) << 2 | 2, 1));
                tags.extend(low(back, 2));
            }
            _ => {
                tags.extend(low((long - 1) << 2 | 3, 1));
                tags.extend(low(back, 4));
            }
        }
        length += long;
    }
    (tags, length)
}

/// A block that claims `length` bytes.
fn block(tags: &[u8], length: usize) -> Vec<u8> {
    let (mut block, mut left) = (Vec::new(), length);
    while left >= 0x80 {
        block.push((left & 0x7f | 0x80).to_le_bytes()[0]);
        left >>= 7;
    }
    block.push(left.to_le_bytes()[0]);
    block.extend(tags);
    block
}

#[test]
fn tags_in_any_order() {
    with_each_isa(check_tags);
}

fn check_tags() {
    let mut random = Random(2);
    let mut sound = 0;
    for case in 0..if cfg!(miri) { 20 } else { 3000 } {
        let count = 1 + random.below(60);
        let (tags, length) = tags(&mut random, count);
        sound += usize::from(judge(&block(&tags, length), length).is_some());
        // Cut, turned, or with another claim: the same answer, whatever it is.
        let cut = &tags[..random.below(tags.len())];
        judge(&block(cut, length), length);
        let mut turned = tags.clone();
        let at = random.below(tags.len());
        turned[at] ^= 1 << (case % 8);
        judge(&block(&turned, length), length);
        let other = (length + random.below(3)).saturating_sub(1).max(1);
        judge(&block(&tags, other), other);
    }
    assert!(sound > 10, "only {sound} blocks were sound");
}

#[test]
fn claims() {
    with_each_isa(check_claims);
}

fn check_claims() {
    for claim in [&[][..], &[0x80], &[0xff; 4], &[0xff; 5], &[0xff; 6], &[5]] {
        assert_eq!(judge(claim, 5), None);
    }
}
