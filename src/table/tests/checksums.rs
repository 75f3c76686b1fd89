//! Headers of pages with checksums, and headers that get none.

use crate::parquet::page::header::{PageKind, Version, header as page_header};
use crate::table::row_groups::checksum::summed;

const BODY: &[u8] = b"123456789";
/// The checksum of `BODY` that every description of this CRC-32 gives.
const CHECKSUM: u32 = 0xcbf4_3926;
/// The same as a field: one further, and a number with a sign.
const CHECKSUM_FIELD: [u8; 6] = [0x15, 0xb3, 0x9b, 0xde, 0xc0, 0x06];

const DATA_ONE: &[u8] = &[
    0x15, 0x00, 0x15, 0x28, 0x15, 0x12, 0x2c, 0x15, 0x0a, 0x15, 0x00, 0x15, 0x06, 0x15, 0x06, 0x00,
    0x00,
];
/// With bounds: as long as they like, and full of what could be heads of fields.
const DATA_ONE_BOUNDED: &[u8] = &[
    0x15, 0x00, 0x15, 0x28, 0x15, 0x12, 0x2c, 0x15, 0x0a, 0x15, 0x10, 0x15, 0x06, 0x15, 0x06, 0x1c,
    0x36, 0x02, 0x28, 0x04, 0x15, 0x00, 0x2c, 0x4c, 0x18, 0x02, 0x15, 0x15, 0x00, 0x00, 0x00,
];
const DATA_TWO: &[u8] = &[
    0x15, 0x06, 0x15, 0x28, 0x15, 0x12, 0x5c, 0x15, 0x0a, 0x15, 0x02, 0x15, 0x0a, 0x15, 0x00, 0x15,
    0x04, 0x15, 0x00, 0x11, 0x00, 0x00,
];
const DICTIONARY: &[u8] = &[
    0x15, 0x04, 0x15, 0x28, 0x15, 0x12, 0x4c, 0x15, 0x0a, 0x15, 0x00, 0x12, 0x00, 0x00,
];
/// All kinds, with the head of the field behind the sizes as it is and as it becomes.
const KINDS: [(&[u8], u8); 4] = [
    (DATA_ONE, 0x1c),
    (DATA_ONE_BOUNDED, 0x1c),
    (DATA_TWO, 0x4c),
    (DICTIONARY, 0x3c),
];
/// Where the sizes end.
const SIZES: usize = 6;

#[test]
fn a_header_gets_the_checksum_and_keeps_all_else() {
    for (before, head) in KINDS {
        let after = summed(before, BODY).unwrap();
        let expected = [
            &before[..SIZES],
            &CHECKSUM_FIELD,
            &[head],
            &before[SIZES + 1..],
        ];
        assert_eq!(after.bytes, expected.concat());
        assert_eq!(after.is_dictionary, before == DICTIONARY);
        let (found, length) = page_header(&after.bytes).unwrap();
        assert_eq!(length, after.bytes.len());
        assert_eq!(found.checksum, Some(CHECKSUM));
        let (was, _) = page_header(before).unwrap();
        assert_eq!(
            (found.kind, found.values, found.bytes, found.plain_bytes),
            (was.kind, was.values, was.bytes, was.plain_bytes)
        );
    }
    let kinds = KINDS.map(|(before, _)| page_header(before).unwrap().0.kind);
    assert!(matches!(kinds[0], PageKind::Data(Version::One { .. })));
    assert!(matches!(kinds[2], PageKind::Data(Version::Two { .. })));
    assert!(matches!(kinds[3], PageKind::Dictionary));
}

#[test]
fn checksums_of_every_size_are_read_back() {
    let mut sizes = [0; 6];
    for number in 0..4000_u32 {
        let body = &number.to_le_bytes()[..usize::from(number > 0) * 3];
        let mut before = DATA_ONE.to_vec();
        before[5] = if number == 0 { 0 } else { 6 };
        let after = summed(&before, body).unwrap();
        let (found, _) = page_header(&after.bytes).unwrap();
        assert_eq!(found.checksum, Some(crc32fast::hash(body)));
        sizes[after.bytes.len() - before.len() - 1] += 1;
    }
    // No bytes have the checksum 0; others have small ones now and then.
    assert!(
        sizes[1] == 1 && sizes[4] > 0 && sizes[5] > 3000,
        "{sizes:?}"
    );
}

#[test]
fn headers_that_are_cut_or_too_long_are_refused() {
    for (before, _) in KINDS {
        for length in 0..before.len() {
            assert!(summed(&before[..length], BODY).is_err(), "{length} bytes");
        }
        assert!(summed(&[before, &[0]].concat(), BODY).is_err());
        for other in [&BODY[1..], b"1234567890", b""] {
            let fault = format!("{:?}", summed(before, other).unwrap_err());
            assert!(fault.contains("follow"), "{fault}");
        }
    }
}

#[test]
fn headers_that_begin_otherwise_are_refused() {
    let rest = &DATA_ONE[SIZES + 1..];
    let sum = &CHECKSUM_FIELD[1..];
    let others: [(&str, Vec<u8>); 7] = [
        ("summed", summed(DATA_ONE, BODY).unwrap().bytes),
        (
            "summed behind",
            [&DATA_ONE[..16], &[0x05, 0x08], sum, &[0]].concat(),
        ),
        (
            "an index",
            vec![0x15, 0x02, 0x15, 0x28, 0x15, 0x12, 0x3c, 0x00, 0x00],
        ),
        (
            "sizes turned",
            [&[0x15, 0x00, 0x25, 0x12, 0x05, 0x04, 0x28, 0x3c][..], rest].concat(),
        ),
        (
            "sizes as bytes",
            [&[0x15, 0x00, 0x15, 0x28, 0x13, 0x09, 0x2c][..], rest].concat(),
        ),
        (
            "a number in full",
            [&DATA_ONE[..SIZES], &[0x0c, 0x0a], rest].concat(),
        ),
        (
            "something else behind",
            [&DATA_ONE[..SIZES], &[0x05, 0x00, 0x00, 0x5c], rest].concat(),
        ),
    ];
    for (what, header) in others {
        assert!(summed(&header, BODY).is_err(), "{what}");
    }
}

#[test]
fn no_byte_of_a_header_is_believed() {
    let mut refused = 0;
    for (before, _) in KINDS {
        for at in 0..before.len() {
            for byte in 0..=u8::MAX {
                let mut other = before.to_vec();
                other[at] = byte;
                let Ok(after) = summed(&other, BODY) else {
                    refused += 1;
                    continue;
                };
                let (found, length) = page_header(&after.bytes).unwrap();
                let (was, _) = page_header(&other).unwrap();
                assert_eq!(length, after.bytes.len(), "{other:x?}");
                assert_eq!(found.checksum, Some(CHECKSUM), "{other:x?}");
                assert_eq!((found.kind, found.values), (was.kind, was.values));
            }
        }
    }
    assert!(refused > 5000, "{refused}");
}
