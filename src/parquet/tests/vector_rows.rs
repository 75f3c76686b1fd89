//! The lengths of lists, followed by blocks and runs, against lists that are counted one by one.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::error::Fault;
use crate::parquet::encoding::rle::RleBitPacked;
use crate::parquet::lane::vector_rows::RowLengths;
use crate::parquet::tests::{cases, pack, pieces};

/// What becomes of items with these repetition levels: the rows that were begun, or the first row with
/// another length, and how many items it has; more than it should, where it goes on.
fn counted(levels: &[bool], width: usize) -> Result<u64, (u64, Option<usize>)> {
    let (mut rows, mut length) = (0, width);
    for goes_on in levels {
        match goes_on {
            true if length == width => return Err((rows, None)),
            true => length += 1,
            false if length < width => return Err((rows, Some(length))),
            false => {
                rows += 1;
                length = 1;
            }
        }
    }
    Ok(rows)
}

/// The levels as they are written: runs of these lengths, or packed.
fn written(levels: &[bool], is_run: &[bool]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut ways = is_run.iter().chain(&[false]).cycle();
    let mut at = 0;
    while at < levels.len() {
        let equal = levels[at..]
            .iter()
            .take_while(|level| **level == levels[at]);
        let equal = equal.count();
        if *ways.next().unwrap() || equal > 40 {
            let mut header = equal << 1;
            while header > 127 {
                bytes.push(u8::try_from(header & 127).unwrap() | 128);
                header >>= 7;
            }
            bytes.push(u8::try_from(header).unwrap());
            bytes.push(levels[at].into());
            at += equal;
        } else {
            let end = levels.len().min(at + 8);
            bytes.push(3);
            let mut group: Vec<u64> = levels[at..end]
                .iter()
                .map(|level| (*level).into())
                .collect();
            group.resize(8, 0);
            bytes.extend(pack(group, 1));
            at = end;
        }
    }
    bytes
}

/// Lists of `width` items, some of them of another length.
fn lists(width: usize, lengths: &[(bool, usize)]) -> Vec<bool> {
    let lengths = lengths
        .iter()
        .map(|(is_odd, odd)| if *is_odd { *odd } else { width });
    let lists = lengths.filter(|length| *length > 0);
    lists
        .flat_map(|length| (0..length).map(|item| item > 0))
        .collect()
}

fn said<T>(found: Result<T, Fault>) -> Result<T, String> {
    found.map_err(|fault| format!("{fault:?}"))
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn lists_are_counted(
        width in prop_oneof![1_usize..5, 60_usize..70, 120_usize..140],
        lengths in vec((prop::bool::weighted(0.03), 0_usize..140), 0..60),
        is_run in vec(any::<bool>(), 1..6),
        sizes in vec(1_usize..90, 1..5),
    ) {
        let levels = lists(width, &lengths);
        let body = written(&levels, &is_run);
        let expected = counted(&levels, width);
        let mut whole = RowLengths::new(width);
        let mut reader = RleBitPacked::new(0, body.len(), 1).unwrap();
        let followed = whole.follow_items(&mut reader, &body, levels.len());
        let found = said(followed.map(|()| whole.rows()));
        let mut piecewise = RowLengths::new(width);
        let mut reader = RleBitPacked::new(0, body.len(), 1).unwrap();
        let mut pieces = pieces(&sizes, levels.len()).into_iter();
        let followed = pieces.try_for_each(|count| piecewise.follow_items(&mut reader, &body, count));
        prop_assert_eq!(&said(followed.map(|()| piecewise.rows())), &found);
        let mut taken = RowLengths::new(width);
        let mut words = vec![0_u64; levels.len().div_ceil(64)];
        for (at, _) in levels.iter().enumerate().filter(|(_, level)| **level) {
            words[at / 64] |= 1 << (at % 64);
        }
        let followed = taken.take_items(&words, levels.len());
        prop_assert_eq!(&said(followed.map(|()| taken.rows())), &found);
        match expected {
            Ok(rows) => prop_assert_eq!(found, Ok(rows)),
            Err((row, length)) => {
                let said = found.unwrap_err();
                let own = match length {
                    Some(1) => format!("row {} of the row group has a list of 1 number,", row - 1),
                    Some(length) => {
                        format!("row {} of the row group has a list of {length} numbers,", row - 1)
                    }
                    None => format!("row {} of the row group has a list of more than", row - 1),
                };
                prop_assert!(said.contains(&own), "{} is not {}", said, own);
            }
        }
    }
}

#[test]
fn a_missing_list_has_one_level_or_one_an_item() {
    let mut rows = RowLengths::new(3);
    let mut take = |goes_on, is_empty| said(rows.take_missing(goes_on, is_empty));
    assert_eq!(take(false, false), Ok(true));
    assert_eq!(take(false, false), Ok(true));
    assert_eq!(take(true, false), Ok(false));
    take(true, true).unwrap_err();
    assert_eq!(take(true, false), Ok(false));
    take(true, false).unwrap_err();
    assert_eq!(rows.rows(), 2);
    rows.take_items(&[0b110], 3).unwrap();
    rows.take_missing(true, false).unwrap_err();
}

#[test]
fn missing_lists_are_counted_by_runs() {
    let levels = [false, true, true, false, false, true, true];
    for is_run in [true, false] {
        let body = written(&levels, &[is_run]);
        let mut rows = RowLengths::new(3);
        let mut reader = RleBitPacked::new(0, body.len(), 1).unwrap();
        let lists = rows.follow_missing(&mut reader, &body, levels.len(), false);
        assert_eq!((lists.unwrap(), rows.rows()), (3, 3));
    }
}
