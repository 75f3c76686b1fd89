//! The walker of the compact protocol.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::parquet::tests::compact::{Struct, list_head, varint, zigzag};
use crate::parquet::thrift;
use crate::parquet::thrift::{Bytes, Fields, Slice, Wire};

fn read<T>(bytes: &[u8], read: impl Fn(&mut Slice<'_>) -> T) -> T {
    read(&mut Slice::new(bytes))
}

/// Whether a whole value of this type stands in `bytes`, to the last one.
fn skips(bytes: &[u8], wire: Wire) -> bool {
    let mut input = Slice::new(bytes);
    thrift::skip(&mut input, wire).is_ok() && input.left() == 0
}

proptest! {
    #[test]
    fn numbers_return(value: u64, shift in 0..64_u32) {
        let value = value >> shift;
        prop_assert_eq!(read(&varint(value), |input| thrift::varint(input).unwrap()), value);
        let signed = value.cast_signed();
        prop_assert_eq!(read(&zigzag(signed), |input| thrift::int(input).unwrap()), signed);
        let bytes = varint(value);
        prop_assert!(read(&bytes[..bytes.len() - 1], |input| thrift::varint(input).is_err()));
    }

    #[test]
    fn whatever_the_bytes_a_skip_ends(bytes in vec(any::<u8>(), 0..300)) {
        for wire in [Wire::Struct, Wire::List, Wire::Binary, Wire::Int, Wire::Map, Wire::Uuid] {
            let mut input = Slice::new(&bytes);
            let _ = thrift::skip(&mut input, wire);
            prop_assert!(input.position() <= bytes.len());
        }
    }
}

#[test]
fn numbers_of_more_than_64_bits_are_refused() {
    assert!(read(&[0xff; 10], |input| thrift::varint(input).is_err()));
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(
        read(&most, |input| thrift::varint(input).unwrap()),
        u64::MAX
    );
    let beyond = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
    assert!(read(&beyond, |input| thrift::varint(input).is_err()));
}

fn nested() -> Struct {
    let inner = Struct::default()
        .int(1, -5)
        .binary(2, b"name")
        .bool(3, true);
    let list = Struct::default()
        .children(1, &vec![inner.clone(); 20])
        .ints(40, &[1, -2, 3]);
    Struct::default()
        .bool(1, false)
        .child(7, &list)
        .children(300, &[])
        .children(301, &[inner.clone(), list])
        .child(2, &inner)
}

#[test]
fn nested_values_are_skipped_whole_and_refused_when_cut() {
    let bytes = nested().end();
    assert!(skips(&bytes, Wire::Struct));
    for cut in 0..bytes.len() {
        let mut input = Slice::new(&bytes[..cut]);
        assert!(
            thrift::skip(&mut input, Wire::Struct).is_err(),
            "cut at {cut}"
        );
    }
}

#[test]
fn fields_tell_ids_and_types() {
    let bytes = nested().end();
    let mut input = Slice::new(&bytes);
    let (mut fields, mut found) = (Fields::default(), Vec::new());
    while let Some((id, wire)) = fields.next(&mut input).unwrap() {
        thrift::skip(&mut input, wire).unwrap();
        found.push((id, wire));
    }
    let expected = [
        (1, Wire::Bool(false)),
        (7, Wire::Struct),
        (300, Wire::List),
        (301, Wire::List),
        (2, Wire::Struct),
    ];
    assert_eq!(found, expected);
    assert_eq!(input.left(), 0);
}

#[test]
fn every_plain_type_is_skipped() {
    assert!(skips(&[], Wire::Bool(true)));
    assert!(skips(&[9], Wire::Byte));
    assert!(skips(&zigzag(i64::MIN), Wire::Int));
    assert!(skips(&[0; 8], Wire::Double));
    assert!(skips(&[0; 16], Wire::Uuid));
    assert!(skips(&[3, b'a', b'b', b'c'], Wire::Binary));
    // A list of three bools: a byte for each.
    assert!(skips(&[0x31, 1, 2, 1], Wire::List));
    assert!(skips(&[0], Wire::Map));
    // Two pairs of text and a bool.
    assert!(skips(&[2, 0x81, 1, b'a', 1, 1, b'b', 2], Wire::Map));
    assert!(!skips(&[3, 0x81, 1, b'a', 1, 1, b'b', 2], Wire::Map));
    assert!(read(&[0x1e], |input| Fields::default()
        .next(input)
        .is_err()));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = |depth: usize| {
        // Each struct holds one in field 1.
        [vec![0x1c; depth], vec![0; depth + 1]].concat()
    };
    assert!(skips(&deep(20), Wire::Struct));
    assert!(!skips(&deep(100), Wire::Struct));
    assert!(!skips(&vec![0x1c; 1 << 20], Wire::Struct));
    // Lists of one list each.
    assert!(!skips(&vec![0x19; 1 << 20], Wire::List));
}

#[test]
fn bombs_are_refused_before_they_are_walked() {
    for wire in [1, 3, 5, 7, 8, 9, 12] {
        for count in [100, u64::from(u32::MAX), u64::MAX] {
            let bytes = [list_head(count, wire), vec![0; 50]].concat();
            assert!(read(&bytes, |input| thrift::list(input).is_err()));
            assert!(!skips(&bytes, Wire::List));
        }
    }
    // Eight bytes for each double, so six of them do not fit into 47 bytes.
    assert!(read(&[&[0x67][..], &[0; 47]].concat(), |input| {
        thrift::list(input).is_err()
    }));
    let long = varint(u64::MAX);
    assert!(read(&long, |input| thrift::binary(input, Wire::Binary).is_err()));
}

#[test]
fn a_type_where_another_belongs_is_refused() {
    let bytes = [2, 0, 0, 0];
    for wire in [
        Wire::Bool(true),
        Wire::Double,
        Wire::Binary,
        Wire::Struct,
        Wire::List,
    ] {
        assert!(read(&bytes, |input| thrift::int_field(input, wire).is_err()));
    }
    assert!(read(&bytes, |input| thrift::binary(input, Wire::Int).is_err()));
    assert!(read(&zigzag(-1), |input| thrift::size_field(
        input,
        Wire::Int
    )
    .is_err()));
}

#[test]
fn of_byte_strings_the_front_is_kept() {
    let bytes = [3, 1, 2, 3, 9];
    let (kept, length) = read(&bytes, |input| {
        thrift::front::<4>(input, Wire::Binary).unwrap()
    });
    assert_eq!((kept, length), ([1, 2, 3, 0], 3));
    let mut input = Slice::new(&bytes);
    let cut = thrift::front::<2>(&mut input, Wire::Binary).unwrap();
    assert_eq!(cut, ([1, 2], 3));
    assert_eq!(input.position(), 4);
}
