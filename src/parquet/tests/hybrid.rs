//! Runs and packed bits, and the levels that are written in them.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::bytes::unpack::unpack;
use crate::kernel::naive;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::page::levels::{BLOCK, Levels};
use crate::parquet::tests::compact::varint;
use crate::parquet::tests::{cases, pack, pieces};

/// How a stretch is written.
#[derive(Debug, Clone)]
enum Written {
    /// A value so many times.
    Run(u64, usize),
    /// Groups of eight.
    Packed(Vec<u64>),
}

fn written(most: u64) -> impl Strategy<Value = Vec<Written>> {
    let value = 0..=most;
    let stretch = prop_oneof![
        (value.clone(), 1..300_usize).prop_map(|(value, count)| Written::Run(value, count)),
        (1..9_usize, vec(value, 64)).prop_map(|(groups, mut values)| {
            values.truncate(groups * 8);
            Written::Packed(values)
        }),
    ];
    vec(stretch, 1..12)
}

/// Levels as they are around gaps: short runs, one packed and one not, here and there a long one.
fn short() -> impl Strategy<Value = Vec<Written>> {
    let run = (0..2_u64, prop_oneof![9 => 1..40_usize, 1 => 40..200_usize]);
    let groups = (
        prop_oneof![9 => 1..4_usize, 1 => 4..20_usize],
        vec(0..2_u64, 160),
    );
    let both = (run, groups).prop_map(|((value, count), (groups, mut values))| {
        values.truncate(groups * 8);
        [Written::Run(value, count), Written::Packed(values)]
    });
    vec(both, 1..60).prop_map(|both| both.concat())
}

/// A width, and stretches of values of that width.
fn stretches() -> impl Strategy<Value = (u32, Vec<Written>)> {
    (0..=32_u32).prop_flat_map(|width| (Just(width), written((1 << width) - 1)))
}

fn encode(stretches: &[Written], width: u32) -> (Vec<u8>, Vec<u64>) {
    let (mut bytes, mut values) = (Vec::new(), Vec::new());
    for stretch in stretches {
        match stretch {
            Written::Run(value, count) => {
                bytes.extend(varint((*count as u64) << 1));
                bytes.extend(&value.to_le_bytes()[..(width as usize).div_ceil(8)]);
                values.extend(std::iter::repeat_n(*value, *count));
            }
            Written::Packed(packed) => {
                bytes.extend(varint((packed.len() as u64 / 8) << 1 | 1));
                bytes.extend(pack(packed.iter().copied(), width));
                values.extend(packed);
            }
        }
    }
    (bytes, values)
}

/// Reads `count` values, at most so many at a time.
fn decode(hybrid: &mut RleBitPacked, body: &[u8], sizes: &[usize], count: usize) -> Vec<u64> {
    let mut values = Vec::new();
    for mut wanted in pieces(sizes, count) {
        while wanted > 0 {
            let taken = match hybrid.piece(body, wanted).unwrap() {
                Bits::Run { value, count } => {
                    values.extend(std::iter::repeat_n(u64::from(value), count));
                    count
                }
                Bits::Packed { bit, count } => {
                    let mut out = vec![0; count];
                    unpack(body, bit, hybrid.width(), &mut out);
                    values.extend(out.iter().map(|value| u64::from(*value)));
                    count
                }
            };
            assert!((1..=wanted).contains(&taken));
            wanted -= taken;
        }
    }
    values
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn what_is_written_is_read(
        (width, stretches) in stretches(),
        sizes in vec(1..200_usize, 1..5),
        before in 0..9_usize,
        behind in 0..12_usize,
    ) {
        let (bytes, values) = encode(&stretches, width);
        // Strange bytes on both sides must not show.
        let body = [vec![0xa5; before], bytes, vec![0x5a; behind]].concat();
        let mut hybrid = RleBitPacked::new(before, body.len() - behind, width).unwrap();
        let mut skipping = hybrid.clone();
        prop_assert_eq!(&decode(&mut hybrid, &body, &sizes, values.len()), &values);
        let skipped = sizes[0].min(values.len());
        skipping.skip(&body, skipped).unwrap();
        let rest = decode(&mut skipping, &body, &sizes, values.len() - skipped);
        prop_assert_eq!(&rest, &values[skipped..]);
        let end = hybrid.piece(&body, 1);
        // One value needs no bits, so where no run is written, there is no end to it.
        let is_left_out = width == 0 && body.len() == before + behind;
        prop_assert_eq!(end.is_err(), !is_left_out);
    }

    #[test]
    fn levels_are_read_as_written(
        stretches in prop_oneof![written(1), short()],
        sizes in vec(1..=BLOCK, 1..5),
    ) {
        let (body, values) = encode(&stretches, 1);
        let mut levels = Levels::RleBitPacked(RleBitPacked::new(0, body.len(), 1).unwrap());
        check_skipped_levels(&mut levels.clone(), &body, &values, &sizes);
        check_levels(&mut levels, &body, &values, &sizes);
    }

    #[test]
    fn old_levels_are_read_as_written(values in vec(0..2_u64, 1..3000), sizes in vec(1..=BLOCK, 1..5)) {
        let upwards = pack(values.iter().copied(), 1);
        let downwards: Vec<u8> = upwards.iter().map(|byte| byte.reverse_bits()).collect();
        for (body, upwards) in [(upwards, true), (downwards, false)] {
            let mut levels = Levels::Packed { row: 0, upwards };
            check_skipped_levels(&mut levels.clone(), &body, &values, &sizes);
            check_levels(&mut levels, &body, &values, &sizes);
            let mut mask = [0; BLOCK / 64];
            let mut end = Levels::Packed { row: values.len(), upwards };
            prop_assert!(end.read(&body, 8, &mut mask).is_err());
        }
    }
}

fn check_levels(levels: &mut Levels, body: &[u8], values: &[u64], sizes: &[usize]) {
    let mut done = 0;
    for rows in pieces(sizes, values.len()) {
        let mut mask = [0x5555_5555_5555_5555; BLOCK / 64];
        let valid = levels.read(body, rows, &mut mask).unwrap();
        let expected: Vec<bool> = values[done..done + rows]
            .iter()
            .map(|level| *level == 1)
            .collect();
        assert_eq!(valid, expected.iter().filter(|set| **set).count());
        // Where all or none is set, the mask is not touched.
        if valid > 0 && valid < rows {
            let found = (0..rows).map(|row| mask[row / 64] >> (row % 64) & 1 == 1);
            assert_eq!(found.collect::<Vec<_>>(), expected);
            let none = naive::expand(&[], &expected, 0);
            assert_eq!(none.len(), rows);
        }
        done += rows;
    }
}

/// Every other piece of levels is skipped, and has as many values as if it were read.
fn check_skipped_levels(levels: &mut Levels, body: &[u8], values: &[u64], sizes: &[usize]) {
    let mut done = 0;
    for (at, rows) in pieces(sizes, values.len()).into_iter().enumerate() {
        let expected = &values[done..done + rows];
        let mut mask = [0; BLOCK / 64];
        let valid = if at % 2 == 0 {
            levels.skip(body, rows).unwrap()
        } else {
            levels.read(body, rows, &mut mask).unwrap()
        };
        assert_eq!(valid, expected.iter().filter(|level| **level == 1).count());
        done += rows;
    }
    assert!(levels.skip(body, 8).is_err());
}

#[test]
fn a_last_group_may_be_cut_short() {
    // Two groups of width 3 are claimed, four of the six bytes are there: ten values.
    let values = [1, 2, 3, 4, 5, 6, 7, 0, 1, 2];
    let mut body = varint(2 << 1 | 1);
    body.extend(pack(values, 3));
    assert_eq!(body.len(), 5);
    let mut hybrid = RleBitPacked::new(0, body.len(), 3).unwrap();
    assert_eq!(decode(&mut hybrid, &body, &[4], 10), values);
    assert!(hybrid.piece(&body, 1).is_err());
}

#[test]
fn a_strange_level_among_short_runs_is_refused() {
    let good = [[0x02, 0x01], [0x03, 0x5a], [0x12, 0x00], [0x03, 0x77]];
    for strange in [[0x02, 0x02], [0x00, 0x01], [0x01, 0xff]] {
        let body = [&good.concat()[..], &strange, &[0x02, 0x01].repeat(40)].concat();
        let mut levels = Levels::RleBitPacked(RleBitPacked::new(0, body.len(), 1).unwrap());
        let mut mask = [0; BLOCK / 64];
        let refused = levels.read(&body, 60, &mut mask);
        assert!(refused.is_err(), "{strange:?} gives {refused:?}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(RleBitPacked::new(0, 0, 33).is_err());
    let refused = |body: &[u8], width| {
        let mut hybrid = RleBitPacked::new(0, body.len(), width).unwrap();
        assert!(hybrid.piece(body, 1).is_err(), "{body:?}");
    };
    refused(&[], 1);
    refused(&[0x02], 1);
    // A level of 2 in one bit.
    refused(&[0x02, 0x02], 1);
    refused(&[0x03], 5);
    refused(&[0x02, 0, 0, 0], 32);
    // Lengths of more than 32 bits.
    refused(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00], 1);
    refused(&[0x82, 0x80, 0x80, 0x80, 0x10, 0x01], 1);
    // Runs of nothing, without end.
    refused(&[0x00; 64], 8);
    refused(&[0x01; 64], 8);
}
