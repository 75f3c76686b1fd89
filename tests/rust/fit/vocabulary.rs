//! Codes of texts, against a sorted set of them.

use std::cell::Cell;
use std::collections::BTreeSet;

use onecopy::account::Account;
use onecopy::error::{Checkpoint, Error, Fault};
use onecopy::texts::Vocabulary;

/// Texts of which some are beginnings of others, in no order.
fn texts(count: usize) -> Vec<Vec<u8>> {
    let text = |at: usize| {
        let number = at.wrapping_mul(0x9E37_79B9) % (count * 3 / 4 + 1);
        let mut text = format!("{:x}", number / 4).into_bytes();
        text.extend(std::iter::repeat_n(0, number % 4));
        text
    };
    (0..count).map(text).collect()
}

#[test]
fn codes_are_in_the_order_of_bytes() {
    for count in [0, 1, 2, 1000, 40_000, 100_000] {
        let texts = texts(count);
        let account = Account::new(1 << 30);
        let mut vocabulary = Vocabulary::new(&account);
        let numbers = texts.iter().map(|text| {
            let number = vocabulary.number(text, Checkpoint::NONE);
            number.unwrap()
        });
        let numbers: Vec<u32> = numbers.collect();
        let sorted = vocabulary.sorted(Checkpoint::NONE).unwrap();
        let expected: BTreeSet<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        assert!(sorted.iter().eq(expected.iter().copied()), "{count}");
        assert_eq!(
            (sorted.len(), sorted.is_empty()),
            (expected.len(), count == 0)
        );
        for (text, number) in texts.iter().zip(numbers) {
            assert_eq!(sorted.get(sorted.code(number) as usize), text);
        }
    }
}

#[test]
fn what_it_takes_is_leased() {
    let account = Account::new(1 << 16);
    let mut vocabulary = Vocabulary::new(&account);
    let failed = texts(100_000).iter().find_map(|text| {
        let number = vocabulary.number(text, Checkpoint::NONE);
        number.err()
    });
    assert!(matches!(failed, Some(Fault::Scarce { .. })));
    // What was there before is still known.
    let before = vocabulary.len();
    assert_eq!(
        vocabulary.number(&texts(1)[0], Checkpoint::NONE).unwrap(),
        0
    );
    assert_eq!(vocabulary.len(), before);
}

#[test]
fn sorting_can_be_cancelled() {
    let mut polls = 0;
    for most in 0.. {
        let account = Account::new(1 << 30);
        let mut vocabulary = Vocabulary::new(&account);
        for text in texts(100_000) {
            vocabulary.number(&text, Checkpoint::NONE).unwrap();
        }
        let left = Cell::new(most);
        let poll = |_| match left.get() {
            0 => Err(Error::Interrupted),
            count => {
                left.set(count - 1);
                Ok(())
            }
        };
        if vocabulary.sorted(Checkpoint::new(&poll)).is_ok() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 10, "{polls} polls");
}
