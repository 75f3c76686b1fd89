//! Bloom filters: what is put in is found, and one of another kind is not used.

use std::io::Write;

use twox_hash::XxHash64;

use crate::io::Source;
use crate::parquet::Location;
use crate::parquet::footer::bloom::BloomFilter;
use crate::parquet::tests::compact::Struct;

/// A header for blocks of so many bytes; each way of it has this number.
fn header(length: i64, way: i16) -> Vec<u8> {
    let way = || Struct::default().child(way, &Struct::default());
    let header = Struct::default().int(1, length);
    let header = header.child(2, &way()).child(3, &way());
    header.child(4, &way()).end()
}

/// A filter of some values, put in as the format describes it.
fn filter(values: &[&[u8]], blocks: usize) -> Vec<u8> {
    let salt: [u32; 8] = [
        0x47b6_137b,
        0x4497_4d91,
        0x8824_ad5b,
        0xa2b7_289d,
        0x7054_95c7,
        0x2df1_424b,
        0x9efc_4947,
        0x5c6b_fb31,
    ];
    let mut words = vec![0_u32; 8 * blocks];
    for value in values {
        let hash = XxHash64::oneshot(0, value);
        let block = usize::try_from(((hash >> 32) * blocks as u64) >> 32).unwrap();
        let low = u32::try_from(hash & 0xffff_ffff).unwrap();
        for (word, salt) in words[8 * block..].iter_mut().zip(salt) {
            *word |= 1 << (low.wrapping_mul(salt) >> 27);
        }
    }
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The filter in a file, five bytes from its beginning.
fn opened(header: &[u8], blocks: &[u8], length: Option<u64>) -> Option<BloomFilter> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[&[0; 5], header, blocks].concat()).unwrap();
    let source = Source::open(file.path(), None).unwrap();
    let start = Some(5);
    BloomFilter::new(&source, Location { start, length }).unwrap()
}

#[test]
fn what_is_put_in_is_found() {
    let values: [&[u8]; 4] = [
        b"",
        b"a",
        b"\0\0\0\0",
        b"a longer text than a block has bytes, as may be",
    ];
    for blocks in [1, 2, 7, 64] {
        let bytes = filter(&values, blocks);
        let length = i64::try_from(bytes.len()).unwrap();
        let header = header(length, 1);
        for length in [None, Some((header.len() + bytes.len()) as u64)] {
            let filter = opened(&header, &bytes, length).unwrap();
            for value in values {
                assert!(filter.may_have(value).unwrap());
            }
            let absent = (0_u32..100).filter(|n| !filter.may_have(&n.to_le_bytes()).unwrap());
            assert!(absent.count() > 90);
        }
    }
}

#[test]
fn a_filter_of_another_kind_is_not_used() {
    let bytes = filter(&[b"a"], 2);
    assert!(opened(&header(64, 1), &bytes, None).is_some());
    for (length, way) in [(64, 2), (0, 1), (-32, 1), (33, 1), (96, 1), (1 << 40, 1)] {
        assert!(
            opened(&header(length, way), &bytes, None).is_none(),
            "{length} {way}"
        );
    }
    assert!(opened(&header(64, 1), &bytes, Some(64)).is_none());
    assert!(opened(&[], &[], None).is_none());
    assert!(opened(&[0xff; 80], &bytes, None).is_none());
    let beyond = Location {
        start: Some(1 << 40),
        length: None,
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    let source = Source::open(file.path(), None).unwrap();
    assert!(BloomFilter::new(&source, beyond).unwrap().is_none());
    let none = Location::default();
    assert!(BloomFilter::new(&source, none).unwrap().is_none());
}
