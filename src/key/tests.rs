//! The index, the matches and the keys against what is plainly true of them.

use std::collections::HashMap;

use crate::account::Account;
use crate::key::KeyForm;
use crate::key::index::RowIndex;
use crate::key::store::{BytesKeys, KeyStore, Keys, NumberKeys};
use crate::key::{MatchKind, Matches, NONE};

const ROOM: usize = 1 << 24;

fn integers(width: usize, signed: bool) -> KeyForm {
    KeyForm {
        family: crate::parquet::KeyFamily::Integer,
        width: Some(width),
        signed,
        digits: 0,
    }
}

fn mixed(row: u64) -> u64 {
    (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40
}

fn index_finds_every_row<K: KeyStore>(key: impl Fn(u64) -> u128) {
    let account = Account::new(ROOM);
    let mut keys: Keys<K> = Keys::new(&account);
    let mut expected: HashMap<u128, Vec<u32>> = HashMap::new();
    for row in 0..2000_u32 {
        let value = key(mixed(row.into()) % 700);
        let null = row % 17 == 0;
        keys.kept.push_number(value).unwrap();
        keys.count(null).unwrap();
        if !null {
            expected.entry(value).or_default().push(row);
        }
    }
    let index = RowIndex::new(&keys, &account, &|| Ok(())).unwrap();
    assert!(index.has_doubles());
    for value in 0..800 {
        let mut wanted: Keys<K> = Keys::new(&account);
        wanted.kept.push_number(key(value)).unwrap();
        let mut next = index.first(&keys, wanted.kept.key(0));
        let mut found = Vec::new();
        while let Some(row) = next {
            found.push(row);
            next = index.next(row);
        }
        assert_eq!(
            found,
            expected.get(&key(value)).cloned().unwrap_or_default()
        );
    }
}

#[test]
fn an_index_finds_the_rows_of_each_key_in_order() {
    index_finds_every_row::<NumberKeys<u64>>(u128::from);
    index_finds_every_row::<NumberKeys<u128>>(|value| u128::from(value) << 64);
    index_finds_every_row::<BytesKeys>(u128::from);
}

#[test]
fn an_index_takes_at_most_16_bytes_a_row() {
    for rows in [1000, 1535, 1537, 3072, 3073, 100_000] {
        let account = Account::new(ROOM);
        let mut keys: Keys<NumberKeys<u64>> = Keys::new(&account);
        keys.kept.reserve(rows).unwrap();
        for row in 0..rows {
            keys.kept.push_number(row as u128).unwrap();
            keys.count(false).unwrap();
        }
        let before = account.peak();
        let _index = RowIndex::new(&keys, &account, &|| Ok(())).unwrap();
        let taken = account.peak() - before;
        assert!(taken <= 16 * rows, "{taken} bytes for {rows} rows");
    }
}

/// A table of `table` rows for a source with `rows` of it, placed in pieces of `piece` rows.
fn place(rows: &[u32], table: usize, piece: usize) -> Vec<u32> {
    let account = Account::new(ROOM);
    let mut matches = Matches::none(rows.len(), MatchKind::Unsorted, &account).unwrap();
    matches.rows_mut().copy_from_slice(rows);
    matches.finish(table as u64, 0);
    if piece < table {
        matches.prepare_pieces(&|| Ok(())).unwrap();
    }
    let mut out = vec![NONE; rows.len()];
    let (mut first, mut cursor) = (0, 0);
    while first < table {
        let end = (first + piece).min(table);
        let tile: Vec<u32> = (u32::try_from(first).unwrap()..u32::try_from(end).unwrap()).collect();
        cursor = matches.place(&tile, first..end, cursor, &mut out);
        first = end;
    }
    out
}

#[test]
fn rows_are_placed_alike_in_any_pieces() {
    let ascending: Vec<u32> = (0..30)
        .map(|row| if row % 7 == 3 { NONE } else { row + row / 4 })
        .collect();
    let mixed: Vec<u32> = (0..30)
        .map(|row| if row % 5 == 1 { NONE } else { row * 7 % 40 })
        .collect();
    let doubled: Vec<u32> = (0..30).map(|row| row / 3).collect();
    let nothing = vec![NONE; 30];
    for rows in [ascending, mixed, doubled, nothing] {
        for piece in [1, 3, 8, 39, 40] {
            assert_eq!(place(&rows, 40, piece), rows, "in pieces of {piece}");
        }
    }
}

/// More rows than there are buckets to sort them into, some of them often.
#[test]
fn many_rows_are_placed_in_pieces() {
    let often = |row: u32| {
        if row.is_multiple_of(3) {
            row % 100
        } else {
            row
        }
    };
    let rows: Vec<u32> = (0..150_000_u32)
        .map(|row| match row % 11 {
            5 => NONE,
            _ => often(row.wrapping_mul(0x9e37_79b9) % 300_000),
        })
        .collect();
    assert!(place(&rows, 300_000, 7001) == rows);
}

#[test]
fn encoded_numbers_are_ordered_and_come_back() {
    let signed = [i128::from(i64::MIN), -2, -1, 0, 1, 2, i128::from(i64::MAX)];
    for form in [integers(8, true), integers(11, true), integers(16, true)] {
        let encoded: Vec<u128> = signed.iter().map(|n| form.encode(*n, 1).unwrap()).collect();
        assert!(encoded.is_sorted());
        let decoded: Vec<i128> = encoded.iter().map(|n| form.decode(*n)).collect();
        assert_eq!(decoded, signed);
    }
    let narrow = integers(1, true);
    assert_eq!(
        [-129, -128, 127, 128].map(|n| narrow.encode(n, 1).is_some()),
        [false, true, true, false]
    );
    let unsigned = integers(8, false);
    assert_eq!(unsigned.encode(-1, 1), None);
    assert_eq!(
        unsigned.decode(unsigned.encode(i128::from(u64::MAX), 1).unwrap()),
        i128::from(u64::MAX)
    );
    assert_eq!(integers(16, true).encode(i128::MAX / 2, 1000), None);
}

#[test]
fn rows_without_a_key_are_remembered_wherever_they_come() {
    let account = Account::new(ROOM);
    let mut keys: Keys<BytesKeys> = Keys::new(&account);
    for round in 0..2 {
        for row in 0..3000_usize {
            keys.kept
                .push_bytes(format!("key {row}").as_bytes())
                .unwrap();
            keys.count(row % 1000 == 999 - round).unwrap();
        }
        assert_eq!((keys.len(), keys.null_count()), (3000, 3));
        for row in 0..3000 {
            let expected = (row % 1000 != 999 - round).then(|| format!("key {row}"));
            assert_eq!(keys.get(row), expected.as_ref().map(String::as_bytes));
        }
        keys.clear();
    }
}
