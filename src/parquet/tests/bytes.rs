//! The values of a page in each encoding, and any bytes at all taken for them.

use half::f16;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::{Number, naive};
use crate::parquet::Width;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::encoding::rle::{Bits, RleBitPacked};
use crate::parquet::page::codec::{Codec, Codecs};
use crate::parquet::page::header::Encoding;
use crate::parquet::tests::compact::varint;
use crate::parquet::tests::delta::{USUAL, encode};
use crate::parquet::tests::{cases, pack, pieces};

/// Reads `count` values, so many at a time.
fn read<S: Number>(decoder: &mut Decoder, body: &[u8], sizes: &[usize], count: usize) -> Vec<S> {
    let mut values = Vec::new();
    for size in pieces(sizes, count) {
        let mut out = vec![S::default(); size];
        decoder.read(body, &mut out).unwrap();
        values.extend(out);
    }
    values
}

/// First bytes first, then second bytes.
pub(super) fn split(values: &[Vec<u8>]) -> Vec<u8> {
    let width = values.first().map_or(0, Vec::len);
    (0..width)
        .flat_map(|k| values.iter().map(move |value| value[k]))
        .collect()
}

fn fixed<S: Number>(body: &[u8], encoding: Encoding, count: usize, sizes: &[usize]) -> Vec<S> {
    let width = Width::Fixed(S::BYTES);
    let body = [&[0xee; 3], body].concat();
    let mut decoder = Decoder::new(encoding, width, &body, 3, false).unwrap();
    let values = read(&mut decoder, &body, sizes, count);
    assert!(decoder.read(&body, &mut [S::default()]).is_err());
    values
}

proptest! {
    #[test]
    fn plain_and_split_values_return(values in vec(any::<u64>(), 0..300), sizes in vec(1..200_usize, 1..4)) {
        macro_rules! check {
            ($($name:ty, $bits:ty;)*) => {$(
                let stored = values.iter().map(|v| v.to_le_bytes()[..size_of::<$bits>()].to_vec());
                let stored: Vec<Vec<u8>> = stored.collect();
                let bits = stored.iter().map(|v| <$bits>::from_le_bytes(v[..].try_into().unwrap()));
                let bits: Vec<$bits> = bits.collect();
                for (body, encoding) in [(stored.concat(), Encoding::Plain), (split(&stored), Encoding::Split)] {
                    let found: Vec<$name> = fixed(&body, encoding, values.len(), &sizes);
                    let found: Vec<$bits> = found.iter().map(|v| <$bits>::from_le_bytes(v.to_le_bytes())).collect();
                    prop_assert_eq!(&found, &bits);
                }
            )*};
        }
        check! { i32, u32; u32, u32; i64, u64; u64, u64; f16, u16; f32, u32; f64, u64; }
    }

    #[test]
    fn bools_return(values in vec(0..2_u64, 1..300), sizes in vec(1..100_usize, 1..4)) {
        let packed = pack(values.iter().copied(), 1);
        let expected: Vec<bool> = values.iter().map(|value| *value == 1).collect();
        let body = [vec![0xee; 3], packed.clone()].concat();
        let mut decoder = Decoder::new(Encoding::Plain, Width::Bit, &body, 3, false).unwrap();
        prop_assert_eq!(read::<bool>(&mut decoder, &body, &sizes, values.len()), expected.clone());
        let runs = [varint((packed.len() as u64) << 1 | 1), packed].concat();
        let length = u32::try_from(runs.len()).unwrap().to_le_bytes();
        let body = [&[0xee; 3], &length[..], &runs, &[0xee; 2]].concat();
        let mut decoder = Decoder::new(Encoding::Rle, Width::Bit, &body, 3, false).unwrap();
        prop_assert_eq!(read::<bool>(&mut decoder, &body, &sizes, values.len()), expected);
    }

    #[test]
    fn differences_return(values in vec(any::<i64>(), 1..400), sizes in vec(1..300_usize, 1..4)) {
        let body = encode(&values, USUAL);
        let mut decoder = Decoder::new(Encoding::Delta, Width::Fixed(8), &body, 0, true).unwrap();
        prop_assert_eq!(read::<i64>(&mut decoder, &body, &sizes, values.len()), values);
    }

    #[test]
    fn byte_decimals_return_in_every_encoding(
        values in vec(vec(any::<u8>(), 0..20), 1..100),
        sizes in vec(1..40_usize, 1..4),
    ) {
        let expected: Vec<f64> = values.iter().map(|v| naive::decimal(&naive::digits(v), 3)).collect();
        let lengths: Vec<i64> = values.iter().map(|v| v.len().try_into().unwrap()).collect();
        let plain = values.iter().flat_map(|v| [&u32::try_from(v.len()).unwrap().to_le_bytes()[..], v].concat());
        let by_length = [encode(&lengths, USUAL), values.concat()].concat();
        for (body, encoding) in [
            (plain.collect(), Encoding::Plain),
            (by_length, Encoding::DeltaLength),
            (prefixed(&values), Encoding::DeltaBytes),
        ] {
            let mut decoder = Decoder::new(encoding, Width::Variable, &body, 0, false).unwrap();
            let mut found = Vec::new();
            for size in pieces(&sizes, values.len()) {
                let mut out = vec![0.0; size];
                decoder.read_decimals(&body, Width::Variable, 3, &mut out).unwrap();
                found.extend(out);
            }
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&found), bits(&expected), "{:?}", encoding);
            prop_assert!(decoder.read_decimals(&body, Width::Variable, 3, &mut [0.0]).is_err());
        }
    }
}

#[test]
fn halves_that_share_prefixes_return() {
    let stored: Vec<Vec<u8>> = [0x3c00_u16, 0x3c01, 0x3d01, 0xbc01, 0x0001]
        .map(|bits| bits.to_le_bytes().to_vec())
        .to_vec();
    let body = prefixed(&stored);
    let found: Vec<f16> = fixed(&body, Encoding::DeltaBytes, 5, &[2]);
    let found: Vec<Vec<u8>> = found.iter().map(|v| v.to_le_bytes().to_vec()).collect();
    assert_eq!(found, stored);
    let mut long = Decoder::new(
        Encoding::DeltaBytes,
        Width::Fixed(2),
        &prefixed(&[vec![1, 2, 3]]),
        0,
        false,
    )
    .unwrap();
    assert!(
        long.read(&prefixed(&[vec![1, 2, 3]]), &mut [f16::ZERO])
            .is_err()
    );
}

/// Each value as what it shares with the one before, and the rest.
pub(super) fn prefixed(values: &[Vec<u8>]) -> Vec<u8> {
    let empty = Vec::new();
    let befores = std::iter::once(&empty).chain(values);
    let shared = |(a, b): (&Vec<u8>, &Vec<u8>)| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let prefixes: Vec<usize> = befores.zip(values).map(shared).collect();
    let rest = values
        .iter()
        .zip(&prefixes)
        .map(|(value, shared)| &value[*shared..]);
    let rest: Vec<&[u8]> = rest.collect();
    let signed = |n: usize| i64::try_from(n).unwrap();
    let suffixes: Vec<i64> = rest.iter().map(|rest| signed(rest.len())).collect();
    let prefixes: Vec<i64> = prefixes.into_iter().map(signed).collect();
    [
        encode(&prefixes, USUAL),
        encode(&suffixes, USUAL),
        rest.concat(),
    ]
    .concat()
}

/// Whatever the bytes: values that can be read can be skipped, and the next ones are the same then.
fn skips_what_can_be_read(decoder: &Decoder, body: &[u8], width: Width) {
    let next = |decoder: &mut Decoder| {
        let mut bits = [0; 3];
        for bits in &mut bits {
            *bits = match width {
                Width::Bit => {
                    let mut out = [false];
                    decoder.read(body, &mut out).ok()?;
                    u64::from(out[0])
                }
                Width::Fixed(4) => {
                    let mut out = [0_u32];
                    decoder.read(body, &mut out).ok()?;
                    u64::from(out[0])
                }
                _ => {
                    let mut out = [0.0_f64];
                    decoder.read_decimals(body, width, 2, &mut out).ok()?;
                    out[0].to_bits()
                }
            };
        }
        Some(bits)
    };
    let (mut reading, mut skipping) = (decoder.clone(), decoder.clone());
    // A run may have more values than can be read here.
    for _ in 0..100 {
        if next(&mut reading).is_none() {
            break;
        }
        skipping.skip(body, width, 3).unwrap();
        assert_eq!(next(&mut skipping.clone()), next(&mut reading.clone()));
        assert_eq!(
            skipping.has_more(body, width),
            reading.has_more(body, width)
        );
    }
    let _ = skipping.skip(body, width, 1000);
}

const ENCODINGS: [Encoding; 8] = [
    Encoding::Plain,
    Encoding::Dictionary,
    Encoding::Rle,
    Encoding::BitPacked,
    Encoding::Delta,
    Encoding::DeltaLength,
    Encoding::DeltaBytes,
    Encoding::Split,
];

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn any_bytes_as_values_are_an_answer(
        body in vec(any::<u8>(), 0..80),
        at in 0..80_usize,
        encoding in 0..ENCODINGS.len(),
        width in prop_oneof![Just(Width::Bit), Just(Width::Fixed(4)), Just(Width::Fixed(9)), Just(Width::Variable)],
        integers: bool,
    ) {
        let at = at.min(body.len());
        let decoder = Decoder::new(ENCODINGS[encoding], width, &body, at, integers);
        if let Ok(mut decoder) = decoder {
            skips_what_can_be_read(&decoder, &body, width);
            // The lane reads numbers only where the width is theirs, and decimals elsewhere.
            match width {
                Width::Bit => while decoder.read(&body, &mut [false; 13]).is_ok() {},
                Width::Fixed(4) => {
                    for _ in 0..100 {
                        let _ = decoder.read(&body, &mut [0_i32; 13]);
                    }
                }
                _ => {
                    for _ in 0..100 {
                        let _ = decoder.read_decimals(&body, width, 2, &mut [0.0; 3]);
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_as_runs_are_an_answer(body in vec(any::<u8>(), 0..80), width in 1..=32_u32, most in 1..2000_usize) {
        let mut hybrid = RleBitPacked::new(0, body.len(), width).unwrap();
        for _ in 0..50 {
            match hybrid.piece(&body, most) {
                Ok(Bits::Run { count, .. }) => prop_assert!((1..=most).contains(&count)),
                Ok(Bits::Packed { bit, count }) => {
                    prop_assert!((1..=most).contains(&count));
                    prop_assert!(bit + count * width as usize <= body.len() * 8);
                }
                Err(_) => break,
            }
        }
    }
}

/// A block of a million differences of no bits takes two bytes, so few bytes claim many lengths.
#[test]
fn lengths_beyond_the_page_are_refused_at_once() {
    let mut body = [varint(1 << 20), varint(1), varint(u64::MAX), vec![0]].concat();
    body.extend([0; 1000]);
    let began = std::time::Instant::now();
    let _ = Decoder::new(Encoding::DeltaLength, Width::Variable, &body, 0, false);
    assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
}

#[test]
fn codecs_refuse_what_is_not_as_long_as_it_claims() {
    let mut codecs = Codecs::default();
    // All but the one that decompresses nothing.
    for codec in (1..8).filter_map(|number| Codec::of(number).ok()) {
        for input in [&[][..], &[0], &[0xff; 40], &[0x1f, 0x8b, 8, 0, 0]] {
            for length in [1, 39, 41, 1000] {
                let mut out = vec![0; length];
                assert!(
                    codecs.decompress(codec, input, &mut out).is_err(),
                    "{codec:?} {input:?}"
                );
            }
        }
    }
    assert!(Codec::of(3).is_err() && Codec::of(8).is_err());
}
