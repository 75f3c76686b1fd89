//! Threads agree on the numbers of texts, no matter which meets them first.

use std::sync::Arc;
use std::thread;

use crate::account::Account;
use crate::error::{Checkpoint, Fault};
use crate::texts::{Numbering, SharedTexts, TOGETHER, Vocabulary};

const TEXTS: u32 = 500;

fn text(at: u32) -> Vec<u8> {
    at.wrapping_mul(0x9e37_79b9).to_string().into_bytes()
}

const ACCEPT: fn(&[u8]) -> Result<(), Fault> = |_| Ok(());

#[test]
fn threads_agree() {
    let account = Account::new(1 << 20);
    let shared = Arc::new(SharedTexts::new(None, &account));
    let shared = &shared;
    let numbers = thread::scope(|scope| {
        let threads = [1, 7].map(|step| {
            scope.spawn(move || {
                let mut numbering = Numbering::new(shared);
                let mut numbers = vec![0; TEXTS as usize];
                for at in (0..2 * TEXTS).map(|at| at * step % TEXTS) {
                    numbers[at as usize] = numbering.number(&text(at), ACCEPT).unwrap();
                }
                numbers
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(numbers[0], numbers[1]);
    let texts = shared.take(Checkpoint::NONE).unwrap();
    assert_eq!(texts.texts.len(), TEXTS as usize);
    for (at, number) in (0..).zip(&numbers[0]) {
        assert_eq!(texts.texts.get(texts.code(*number) as usize), text(at));
    }
}

#[test]
fn what_is_refused_is_not_numbered() {
    let account = Account::new(1 << 20);
    let shared = Arc::new(SharedTexts::new(None, &account));
    let mut numbering = Numbering::new(&shared);
    let refuse = |_: &[u8]| Err(Fault::corrupt("no text"));
    for _ in 0..2 {
        assert!(numbering.number(b"one", refuse).is_err());
    }
    assert_eq!(numbering.number(b"two", ACCEPT).unwrap(), 0);
    assert_eq!(numbering.number(b"one", ACCEPT).unwrap(), 1);
    assert_eq!(numbering.number(b"two", refuse).unwrap(), 0);
}

#[test]
fn memory_that_is_refused_may_be_had_later() {
    let account = Account::new(4 << 10);
    let shared = Arc::new(SharedTexts::new(None, &account));
    let mut numbering = Numbering::new(&shared);
    let numbered = |numbering: &mut Numbering| {
        let mut at = 0;
        while numbering.number(&text(at), ACCEPT).is_ok() {
            at += 1;
        }
        at
    };
    let first = numbered(&mut numbering);
    assert!(first > 0);
    assert_eq!(numbered(&mut numbering), first);
    drop(numbering);
    assert!(numbered(&mut Numbering::new(&shared)) >= first);
}

#[test]
fn what_is_foreseen_has_its_code() {
    let account = Account::new(1 << 20);
    for (foreseen, met) in [(500, 300), (300, 500), (0, 10), (10, 0)] {
        let mut texts = Vocabulary::new(&account);
        for at in 0..foreseen {
            texts.number(&text(at), Checkpoint::NONE).unwrap();
        }
        let foreseen_texts = texts.sorted(Checkpoint::NONE).unwrap();
        let shared = Arc::new(SharedTexts::new(Some(foreseen_texts), &account));
        let mut numbering = Numbering::new(&shared);
        let numbers: Vec<u32> = (0..met)
            .map(|at| numbering.number(&text(at), ACCEPT).unwrap())
            .collect();
        let together: Vec<f64> = (0..met)
            .collect::<Vec<u32>>()
            .chunks(TOGETHER)
            .flat_map(|chunk| {
                let texts: Vec<Vec<u8>> = chunk.iter().map(|at| text(*at)).collect();
                let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
                let mut numbers = vec![0.0; texts.len()];
                numbering
                    .number_together(&texts, &mut numbers, ACCEPT)
                    .unwrap();
                numbers
            })
            .collect();
        assert!(numbers.iter().map(|number| f64::from(*number)).eq(together));
        drop(numbering);
        let found = shared.take(Checkpoint::NONE).unwrap();
        assert_eq!(found.are_codes(), met <= foreseen);
        assert_eq!(found.texts.len(), met.max(foreseen) as usize);
        assert!(found.texts.iter().is_sorted());
        for (at, number) in (0..).zip(numbers) {
            assert_eq!(found.texts.get(found.code(number) as usize), text(at));
        }
    }
}
