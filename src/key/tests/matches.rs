//! Values scattered to the rows that they match, in any pieces.

use super::ROOM;
use crate::account::Account;
use crate::error::Checkpoint;
use crate::key::{MatchKind, Matches, NONE};

/// A table of `table` rows for a source with `rows` of it, placed in pieces of `piece` rows.
fn place(rows: &[u32], table: usize, piece: usize) -> Vec<u32> {
    let account = Account::new(ROOM);
    let mut matches = Matches::none(rows.len(), MatchKind::Unsorted, &account).unwrap();
    matches.rows_mut().copy_from_slice(rows);
    matches.finish(table as u64, 0);
    if piece < table {
        matches.prepare_pieces(Checkpoint::NONE).unwrap();
    }
    let mut out = vec![NONE; rows.len()];
    let (mut first, mut cursor) = (0, 0);
    while first < table {
        let end = (first + piece).min(table);
        let tile: Vec<u32> = (u32::try_from(first).unwrap()..u32::try_from(end).unwrap()).collect();
        cursor = matches.scatter(&tile, first..end, cursor, &mut out);
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
