//! Canonical bytes and hashes: against plain ones, and against others computed elsewhere.

use super::{ROOM, Value, form};
use crate::account::Account;
use crate::key::canonical::spell;
use crate::key::column::{KeyColumn, float_key};
use crate::key::{KeyForm, KeyHasher, key_of_seed};
use crate::parquet::KeyFamily::{
    self, Bool, Date, Decimal, Float, Integer, Null, Text, Time, Timestamp,
};

/// A column of one row.
fn column(form: KeyForm, value: Option<Value>) -> KeyColumn {
    KeyColumn::of(form, &[value], &Account::new(ROOM))
}

fn number(family: KeyFamily, width: usize, digits: u32, value: i128) -> KeyColumn {
    let form = form(family, Some(width), !matches!(family, Bool), digits);
    column(form, Some(Value::Number(form.encode(value, 1).unwrap())))
}

fn float(value: f64) -> KeyColumn {
    let number = Value::Number(float_key(value).into());
    column(form(Float, Some(8), false, 0), Some(number))
}

fn text(bytes: &[u8]) -> KeyColumn {
    column(
        form(Text, None, false, 0),
        Some(Value::Text(bytes.to_vec())),
    )
}

fn bytes(columns: &[KeyColumn]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for column in columns {
        spell(column, 0, &mut |piece| bytes.extend_from_slice(piece));
    }
    bytes
}

fn tagged(tag: u8, value: i128) -> Vec<u8> {
    [&[tag][..], &value.to_le_bytes()].concat()
}

/// `SipHash-2-4-128`, as its paper has it.
fn naive_hash(key: [u64; 2], bytes: &[u8]) -> u128 {
    fn round(v: &mut [u64; 4], times: usize) {
        for _ in 0..times {
            v[0] = v[0].wrapping_add(v[1]);
            v[1] = v[1].rotate_left(13) ^ v[0];
            v[0] = v[0].rotate_left(32);
            v[2] = v[2].wrapping_add(v[3]);
            v[3] = v[3].rotate_left(16) ^ v[2];
            v[0] = v[0].wrapping_add(v[3]);
            v[3] = v[3].rotate_left(21) ^ v[0];
            v[2] = v[2].wrapping_add(v[1]);
            v[1] = v[1].rotate_left(17) ^ v[2];
            v[2] = v[2].rotate_left(32);
        }
    }
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len() / 8 * 8 + 7, 0);
    padded.push(bytes.len().to_le_bytes()[0]);
    for word in padded.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*word);
        v[3] ^= word;
        round(&mut v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xee;
    round(&mut v, 4);
    let low = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    round(&mut v, 4);
    u128::from(low) | u128::from(v[0] ^ v[1] ^ v[2] ^ v[3]) << 64
}

#[test]
fn each_family_has_its_bytes() {
    assert_eq!(bytes(&[number(Integer, 4, 0, -7)]), tagged(1, -7));
    assert_eq!(bytes(&[number(Bool, 1, 0, 1)]), tagged(2, 1));
    let half = [&[3][..], &0.5_f64.to_le_bytes()].concat();
    assert_eq!(bytes(&[float(0.5)]), half);
    assert_eq!(bytes(&[number(Date, 4, 0, 19_000)]), tagged(4, 19_000));
    assert_eq!(bytes(&[number(Time, 8, 3, 5)]), tagged(5, 5_000_000));
    assert_eq!(bytes(&[number(Timestamp, 8, 6, -5)]), tagged(6, -5000));
    let price = [tagged(7, 123), 1_i32.to_le_bytes().to_vec()].concat();
    assert_eq!(bytes(&[number(Decimal, 8, 3, 12_300)]), price);
    assert_eq!(bytes(&[text(b"ab")]), b"\x08\x02\0\0\0\0\0\0\0ab");
    for family in [Null, Integer, Float, Decimal] {
        assert_eq!(bytes(&[column(form(family, Some(1), false, 0), None)]), [0]);
    }
    assert_eq!(bytes(&[column(form(Text, None, false, 0), None)]), [0]);
    let both = [tagged(1, 3), bytes(&[text(b"")])].concat();
    assert_eq!(bytes(&[number(Integer, 8, 0, 3), text(b"")]), both);
}

#[test]
fn bytes_do_not_depend_on_the_form() {
    for width in [1, 2, 4, 8, 16] {
        assert_eq!(bytes(&[number(Integer, width, 0, -100)]), tagged(1, -100));
    }
    let unsigned = column(form(Integer, Some(8), false, 0), Some(Value::Number(100)));
    assert_eq!(bytes(&[unsigned]), tagged(1, 100));
    let instants = [(3, 7), (6, 7000), (9, 7_000_000)];
    for (digits, value) in instants {
        assert_eq!(
            bytes(&[number(Timestamp, 11, digits, value)]),
            tagged(6, 7_000_000)
        );
        assert_eq!(
            bytes(&[number(Time, 11, digits, value)]),
            tagged(5, 7_000_000)
        );
    }
}

#[test]
fn decimals_are_written_at_their_least_scale() {
    for value in [
        0,
        1,
        -1,
        10,
        -1200,
        12_345,
        i128::from(i64::MIN),
        10_i128.pow(30) * 7,
        -(10_i128.pow(37)),
    ] {
        let (mut least, mut scale) = (value, 0);
        while least % 10 == 0 && least != 0 {
            (least, scale) = (least / 10, scale - 1);
        }
        let expected = [tagged(7, least), i32::to_le_bytes(scale).to_vec()].concat();
        assert_eq!(bytes(&[number(Decimal, 16, 0, value)]), expected, "{value}");
        if let Some(finer) = value.checked_mul(1000) {
            assert_eq!(bytes(&[number(Decimal, 16, 3, finer)]), expected, "{value}");
        }
    }
}

#[test]
fn zeros_are_one_and_so_are_nans() {
    assert_eq!(bytes(&[float(-0.0)]), bytes(&[float(0.0)]));
    let other = f64::from_bits(0xfff8_0000_0000_1234);
    let expected = [&[3][..], &0x7ff8_0000_0000_0000_u64.to_le_bytes()].concat();
    assert_eq!(bytes(&[float(other)]), expected);
    for value in [-1.5, f64::MIN_POSITIVE, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(bytes(&[float(value)])[1..], value.to_le_bytes());
    }
}

/// The reference, and hashes that a program of its own has computed.
#[test]
fn hashes_are_those_of_other_programs() {
    let reference = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
    let empty = 0x9302_55c7_1472_f66d_e6a8_25ba_047f_81a3;
    assert_eq!(naive_hash(reference, &[]), empty);
    assert_eq!(KeyHasher::new(reference).hash(&[], 0), empty);

    assert_eq!(key_of_seed(0, 0)[0], 0xe220_a839_7b1d_cdaf);
    let key = key_of_seed(7, 3);
    assert_eq!(key, [0x77cb_c4a1_33c2_d0f6, 0x53fc_d651_3d02_befe]);
    let hash = KeyHasher::new(key).hash(&[number(Integer, 4, 0, -5)], 0);
    assert_eq!(hash, 0x3659_0841_e1d9_712d_fc72_2878_673d_d321);
    let columns = [
        text(b"user7"),
        column(form(Integer, Some(8), true, 0), None),
        number(Date, 4, 0, 19_000),
    ];
    let hash = KeyHasher::new(key_of_seed(0, 0)).hash(&columns, 0);
    assert_eq!(hash, 0x3b42_3627_6f88_d9db_d099_d13b_39b9_5fa3);
}

#[test]
fn hashes_are_those_of_the_bytes() {
    for length in 0..160_u8 {
        let columns = [
            number(Integer, 8, 0, length.into()),
            text(&(0..length).collect::<Vec<_>>()),
            float(length.into()),
        ];
        let key = key_of_seed(length.into(), length);
        let expected = naive_hash(key, &bytes(&columns));
        assert_eq!(KeyHasher::new(key).hash(&columns, 0), expected);
    }
    let [one, other] = [KeyHasher::random(), KeyHasher::random()];
    assert_ne!(one.hash(&[float(1.0)], 0), other.hash(&[float(1.0)], 0));
}

#[test]
fn purposes_of_a_seed_share_no_word() {
    let mut words: Vec<u64> = (0..=u8::MAX)
        .flat_map(|purpose| key_of_seed(11, purpose))
        .collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), 512);
}
