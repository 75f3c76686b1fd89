//! `DELTA_BINARY_PACKED` against an encoder in the plainest words.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::parquet::encoding::delta::Delta;
use crate::parquet::tests::compact::{varint, zigzag};
use crate::parquet::tests::{pack, pieces};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Values of a miniblock.
    pub(super) mini: usize,
    /// Miniblocks of a block.
    pub(super) minis: usize,
    /// Whether the last miniblock is as long as the others.
    pub(super) padded: bool,
}

pub(super) const USUAL: Shape = Shape {
    mini: 32,
    minis: 4,
    padded: true,
};

pub(super) fn encode(values: &[i64], shape: Shape) -> Vec<u8> {
    let Shape {
        mini,
        minis,
        padded,
    } = shape;
    let mut bytes = [mini * minis, minis, values.len()]
        .into_iter()
        .flat_map(|number| varint(number as u64))
        .collect::<Vec<u8>>();
    bytes.extend(zigzag(values.first().copied().unwrap_or(0)));
    let differences: Vec<i64> = values.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
    for block in differences.chunks(mini * minis) {
        let least = block.iter().copied().min().unwrap_or(0);
        bytes.extend(zigzag(least));
        let over: Vec<u64> = block
            .iter()
            .map(|d| d.wrapping_sub(least).cast_unsigned())
            .collect();
        let width = |mini: &[u64]| 64 - mini.iter().fold(0, |all, d| all | d).leading_zeros();
        let widths = over.chunks(mini).map(width).collect::<Vec<u32>>();
        // A miniblock that holds nothing has a width all the same, which says nothing.
        let idle = std::iter::repeat_n(0xff, minis - widths.len());
        bytes.extend(
            widths
                .iter()
                .map(|width| width.to_le_bytes()[0])
                .chain(idle),
        );
        for (over, width) in over.chunks(mini).zip(widths) {
            let mut over = over.to_vec();
            if padded {
                over.resize(mini, 0);
            }
            bytes.extend(pack(over, width));
        }
    }
    bytes
}

fn shape() -> impl Strategy<Value = Shape> {
    (1..9_usize, 1..6_usize, any::<bool>()).prop_map(|(eights, minis, padded)| Shape {
        mini: eights * 8,
        minis,
        padded,
    })
}

fn values() -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![
        vec(any::<i64>(), 0..500),
        (0..64_u32).prop_flat_map(|shift| vec(any::<i64>().prop_map(move |v| v >> shift), 0..500)),
        vec(prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0)], 0..300),
        (any::<i64>(), 0..1000_usize).prop_map(|(value, count)| vec![value; count]),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        values in values(),
        shape in shape(),
        sizes in vec(1..200_usize, 1..5),
        before in 0..5_usize,
        behind in vec(any::<u8>(), 0..12),
    ) {
        let bytes = encode(&values, shape);
        let end = before + bytes.len();
        let body = [vec![0xa5; before], bytes, behind].concat();
        let mut delta = Delta::new(&body, before).unwrap();
        let whole = delta.clone();
        let mut found = Vec::new();
        for size in pieces(&sizes, values.len()) {
            let mut out = vec![0; size];
            delta.read(&body, &mut out).unwrap();
            found.extend(out);
        }
        prop_assert_eq!(&found, &values);
        prop_assert_eq!(delta.left(), 0);
        prop_assert!(delta.read(&body, &mut [0]).is_err());
        if shape.padded {
            prop_assert_eq!(whole.clone().end(&body).unwrap(), end);
        }
        // Every other piece is skipped.
        let (mut delta, mut done) = (whole, 0);
        for (at, size) in pieces(&sizes, values.len()).into_iter().enumerate() {
            let mut out = values[done..done + size].to_vec();
            if at % 2 == 0 {
                delta.skip(&body, size).unwrap();
            } else {
                delta.read(&body, &mut out).unwrap();
            }
            prop_assert_eq!(&out, &values[done..done + size]);
            done += size;
        }
        prop_assert!(delta.left() == 0 && delta.skip(&body, 1).is_err());
    }

    #[test]
    fn what_is_cut_is_refused(values in vec(any::<i64>(), 2..200), cut in 0..1000_usize) {
        let bytes = encode(&values, Shape { padded: false, ..USUAL });
        let body = &bytes[..cut % bytes.len()];
        let read = Delta::new(body, 0).and_then(|mut delta| delta.read(body, &mut vec![0; values.len()]));
        prop_assert!(read.is_err());
    }
}

#[test]
fn every_bit_width_is_read() {
    for width in 0..=64_u32 {
        let most = u64::MAX.checked_shr(64 - width).unwrap_or(0).cast_signed();
        // Differences of 0 and of the most that the width holds, wrapping round.
        let mut values = vec![5_i64];
        for at in 0..70 {
            let step = if at % 3 == 1 { most } else { 0 };
            values.push(values[at].wrapping_add(step));
        }
        let mut body = [varint(128), varint(4), varint(71), zigzag(5), zigzag(0)].concat();
        body.extend([width.to_le_bytes()[0]; 4]);
        let differences = values
            .windows(2)
            .map(|w| w[1].wrapping_sub(w[0]).cast_unsigned());
        body.extend(pack(differences.chain([0; 26]), width));
        let mut out = vec![0; 71];
        Delta::new(&body, 0).unwrap().read(&body, &mut out).unwrap();
        assert_eq!(out, values, "{width} bits");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let head = |numbers: [u64; 3]| {
        let body: Vec<u8> = numbers.into_iter().flat_map(varint).chain([0]).collect();
        Delta::new(&body, 0).is_err()
    };
    assert!(head([128, 0, 10]));
    assert!(head([128, 3, 10]));
    assert!(head([12, 3, 10]));
    assert!(head([u64::MAX - 7, 1, 10]));
    assert!(Delta::new(&[], 0).is_err());
    assert!(Delta::new(&[1], 2).is_err());
    let mut wide = [varint(8), varint(1), varint(9), zigzag(0), zigzag(0)].concat();
    wide.push(65);
    wide.extend([0; 100]);
    assert!(
        Delta::new(&wide, 0)
            .unwrap()
            .read(&wide, &mut [0; 9])
            .is_err()
    );
}
