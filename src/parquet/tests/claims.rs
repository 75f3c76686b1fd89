//! Which chunks share bytes: those of one row group, those of two, and none at all.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::account::Account;
use crate::parquet::Chunk;
use crate::parquet::RowGroup;
use crate::parquet::footer::chunk::FRONT;
use crate::parquet::footer::overlaps::{ChunkRanges, Interleaved};

const ROWS: u64 = 10;

fn chunk(start: u64, bytes: u64) -> Chunk {
    Chunk {
        start,
        bytes,
        values: ROWS,
        ..Chunk::default()
    }
}

fn row_group(chunks: Vec<Chunk>) -> RowGroup {
    RowGroup {
        rows: ROWS,
        chunks,
        ..RowGroup::default()
    }
}

/// What is wrong with some row groups of a file, whose data ends at `data_end`.
fn wrong(row_groups: &[RowGroup], data_end: u64, room: usize) -> Option<String> {
    let account = Account::new(room);
    let mut claims = ChunkRanges::new(data_end, &account);
    for row_group in row_groups {
        if let Err((_, fault)) = claims.take(row_group) {
            return Some(format!("{fault:?}"));
        }
    }
    if !claims.are_interleaved() {
        return None;
    }
    let mut mixed = Interleaved::new(claims, &account);
    if !row_groups.iter().all(|row_group| mixed.take(row_group)) {
        return None;
    }
    mixed.finish().err().map(|(_, fault)| format!("{fault:?}"))
}

/// Chunks side by side, with gaps, dealt out to row groups in any order; and where they end.
fn dealt(sizes: &[(u64, u64)], owners: &[usize], count: usize) -> (Vec<RowGroup>, u64) {
    let mut row_groups: Vec<RowGroup> = (0..count).map(|_| row_group(Vec::new())).collect();
    let mut at = FRONT;
    for ((gap, bytes), owner) in sizes.iter().zip(owners) {
        row_groups[owner % count]
            .chunks
            .push(chunk(at + gap, *bytes));
        at += gap + bytes;
    }
    (row_groups, at)
}

proptest! {
    #[test]
    fn chunks_that_share_nothing_are_taken(
        sizes in vec((0_u64..3, 8_u64..50), 1..60),
        owners in vec(0_usize..20, 60),
        count in 1_usize..8,
    ) {
        let (row_groups, end) = dealt(&sizes, &owners, count);
        prop_assert_eq!(wrong(&row_groups, end, 1 << 20), None);
    }

    #[test]
    fn a_byte_that_two_claim_is_found(
        sizes in vec((0_u64..3, 8_u64..50), 1..60),
        owners in vec(0_usize..20, 60),
        (count, thief, victim, part) in (1_usize..8, 0_usize..60, 0_usize..60, 0_u64..8),
    ) {
        let (mut row_groups, end) = dealt(&sizes, &owners, count);
        let chunks: Vec<Chunk> = row_groups.iter().flat_map(|group| group.chunks.clone()).collect();
        let robbed = chunks[victim % chunks.len()];
        // Eight bytes that begin within it.
        row_groups[thief % count].chunks.push(chunk(robbed.start + part, 8));
        prop_assert!(wrong(&row_groups, end + 8, 1 << 20).is_some());
    }
}

#[test]
fn all_together_claim_no_more_than_there_is() {
    // Without room to compare them, the sum still tells.
    let row_groups: Vec<RowGroup> = [(60, 40), (20, 40), (40, 40)]
        .map(|(start, bytes)| row_group(vec![chunk(start, bytes)]))
        .into();
    let little = 64;
    assert!(wrong(&row_groups, 200, little).is_none());
    assert!(wrong(&row_groups, 123, little).is_some_and(|what| what.contains("claim 120 bytes")));
    assert!(wrong(&row_groups, 200, 1 << 20).is_some_and(|what| what.contains("row group")));
}

#[test]
fn chunks_hold_their_values_and_lie_in_the_file() {
    let alone = |chunk: Chunk| wrong(&[row_group(vec![chunk])], 100, 1 << 20);
    assert_eq!(alone(chunk(4, 96)), None);
    assert!(alone(chunk(4, 97)).is_some());
    assert!(alone(chunk(3, 20)).is_some());
    assert!(alone(chunk(u64::MAX, u64::MAX)).is_some());
    let few = Chunk {
        values: ROWS - 1,
        ..chunk(4, 90)
    };
    assert!(alone(few).is_some_and(|what| what.contains("9 values for 10 rows")));
    let many = Chunk {
        values: 1 << 40,
        ..chunk(4, 90)
    };
    assert!(alone(many).is_some_and(|what| what.contains("values in 90 bytes")));
    // Others' business, or nobody's.
    for odd in [
        Chunk {
            encrypted: true,
            ..chunk(0, 1 << 40)
        },
        Chunk {
            elsewhere: true,
            ..chunk(0, 1 << 40)
        },
    ] {
        assert_eq!(alone(odd), None);
    }
}
