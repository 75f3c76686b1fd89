//! Levels of nested columns, level by level.

use crate::kernel::bytes::depth::{ListStarts, at_least, run};
use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::naive;
use crate::kernel::tests::{Random, lengths};

#[test]
fn levels_are_compared_one_by_one() {
    with_each_isa(|| {
        let mut random = Random(13);
        for length in lengths() {
            for kinds in [1, 2, 4, 256] {
                let level = || u8::try_from(random.below(kinds)).unwrap();
                let levels: Vec<u8> = std::iter::repeat_with(level).take(length).collect();
                for least in [0, 1, 3, u8::MAX] {
                    // What was there before must not show.
                    let mut mask = vec![u64::MAX; length.div_ceil(64) + 1];
                    at_least(&levels, least, &mut mask);
                    let found: Vec<bool> =
                        (0..mask.len() * 64).map(|at| is_set(&mask, at)).collect();
                    let mut expected = naive::at_least(&levels, least);
                    expected.resize(found.len(), false);
                    assert_eq!(found, expected, "{levels:?} of {least}");
                }
            }
        }
    });
}

#[test]
fn runs_of_bits_end_where_they_end() {
    let mut random = Random(17);
    for length in lengths() {
        for density in [0, 1, 60, 64] {
            let bits: Vec<bool> = (0..length).map(|_| random.below(64) < density).collect();
            let mut mask = vec![0_u64; length.div_ceil(64)];
            for (at, _) in bits.iter().enumerate().filter(|(_, set)| **set) {
                mask[at / 64] |= 1 << (at % 64);
            }
            for _ in 0..20 {
                let at = random.below(length + 1);
                let end = at + random.below(length - at + 1);
                let expected = bits[at..end].iter().take_while(|set| **set).count();
                assert_eq!(run(&mask, at, end), expected, "{bits:?}, {at}..{end}");
            }
        }
    }
}

#[test]
fn lists_begin_every_so_many_items() {
    for width in (1..=200).chain([255, 256, 257, 4096]) {
        let starts = ListStarts::new(width);
        for position in (0..width).step_by(if cfg!(miri) { 97 } else { 1 }) {
            let levels = starts.levels(position);
            let found: Vec<bool> = (0..64).map(|at| levels >> at & 1 == 1).collect();
            assert_eq!(
                found,
                naive::goes_on(width, position),
                "{width}, {position}"
            );
        }
    }
}

fn is_set(mask: &[u64], at: usize) -> bool {
    mask[at / 64] >> (at % 64) & 1 == 1
}
