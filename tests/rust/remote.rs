//! Objects that are read over a network, with a fetcher that answers from memory: early, late, in any
//! order, or not at all.
#![expect(
    clippy::single_range_in_vec_init,
    reason = "one range is announced like several"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "answers come from threads that are not waited for, as from a network"
)]

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::slice::from_ref;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use onecopy::error::Error;
use onecopy::io::remote::ranges::pieces;
use onecopy::io::remote::{Answer, Fetcher, Missed, Object, Request, SeenObject, Session};
use onecopy::io::{Location, Source};

const MIB: u64 = 1 << 20;

/// What a fetcher does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Answers,
    /// Drops every third request without an answer.
    Forgets,
    /// Says that the object has changed.
    Changes,
    Fails,
    /// One byte is missing.
    IsShort,
    /// Never answers; a caller that waits gives up.
    Hangs,
}

#[derive(Debug)]
struct Memory {
    objects: Vec<Vec<u8>>,
    manner: Manner,
    requests: AtomicUsize,
    flying: Arc<AtomicU64>,
    most: AtomicU64,
    hanging: Mutex<Vec<Answer>>,
}

impl Fetcher for Memory {
    fn fetch(&self, request: Request, answer: Answer) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let Range { start, end } = request.range;
        let bytes = end - start;
        let flying = self.flying.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.most.fetch_max(flying, Ordering::Relaxed);
        let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
        let came = match self.manner {
            Manner::Forgets if number.is_multiple_of(3) => {
                self.flying.fetch_sub(bytes, Ordering::Relaxed);
                return drop(answer);
            }
            Manner::Hangs => return self.hanging.lock().unwrap().push(answer),
            Manner::Changes => Err(Missed::Changed("it is another one".to_owned())),
            Manner::Fails => Err(Missed::Failed(io::ErrorKind::PermissionDenied.into())),
            Manner::IsShort => {
                Ok(self.objects[request.object][range.start..range.end - 1].to_vec())
            }
            Manner::Answers | Manner::Forgets => Ok(self.objects[request.object][range].to_vec()),
        };
        let flying = Arc::clone(&self.flying);
        std::thread::spawn(move || {
            if number.is_multiple_of(2) {
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
            flying.fetch_sub(bytes, Ordering::Relaxed);
            answer.give(came, 0);
        });
    }

    fn poll(&self) -> io::Result<()> {
        match self.manner {
            Manner::Hangs => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }

    fn cancel(&self) {
        self.hanging.lock().unwrap().clear();
    }
}

fn bytes(count: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..count).map(next).collect()
}

fn served(objects: &[Vec<u8>], manner: Manner) -> (Arc<Session>, Vec<Arc<Source>>) {
    let session = Session::new(Box::new(Memory {
        objects: objects.to_vec(),
        manner,
        requests: AtomicUsize::default(),
        flying: Arc::default(),
        most: AtomicU64::default(),
        hanging: Mutex::default(),
    }));
    let open = objects.iter().enumerate().map(|(at, content)| {
        let seen = SeenObject {
            size: content.len() as u64,
            end: content[content.len().saturating_sub(16)..].to_vec(),
            is_pinned: true,
        };
        let object = Object::new(PathBuf::from(format!("mem://{at}")), seen, &session);
        Location::Remote(object).open(None).unwrap()
    });
    let open = open.collect();
    (session, open)
}

/// Reads a range in steps, and compares it with what it should be.
fn compare(source: &Source, content: &[u8], range: Range<u64>, step: usize) {
    let mut at = range.start;
    let mut buffer = vec![0; step];
    while at < range.end {
        let count = step.min(usize::try_from(range.end - at).unwrap());
        source.read_at(at, &mut buffer[..count]).unwrap();
        let from = usize::try_from(at).unwrap();
        assert!(buffer[..count] == content[from..from + count], "at {at}");
        at += count as u64;
    }
}

#[test]
fn ranges_are_joined_and_cut() {
    let found = pieces(&[0..10, 20..30, 3 * MIB..3 * MIB + 5], 8 * MIB);
    let ranges: Vec<Range<u64>> = found.iter().map(|piece| piece.range.clone()).collect();
    assert_eq!(ranges, [0..30, 3 * MIB..3 * MIB + 5]);
    assert_eq!((found[0].wanted, &found[0].ends[..]), (20, &[10, 30][..]));
    let cut = pieces(&[0..20 * MIB], 8 * MIB);
    let lengths: Vec<u64> = cut
        .iter()
        .map(|piece| piece.range.end - piece.range.start)
        .collect();
    assert_eq!(lengths.iter().sum::<u64>(), 20 * MIB);
    assert_eq!(lengths.len(), 3);
    assert!(lengths.iter().all(|length| *length <= 8 * MIB));
    assert!(pieces(&[5..5], MIB).is_empty());
}

#[test]
fn pieces_come_in_the_order_in_which_they_are_needed() {
    let far = 100 * MIB;
    let found = pieces(&[far..far + 10, 0..10], MIB);
    assert_eq!(found[0].range, far..far + 10);
    // Long ranges that are read abreast take turns.
    let found = pieces(&[0..3 * MIB, far..far + 3 * MIB], MIB);
    let starts: Vec<u64> = found.iter().map(|piece| piece.range.start / MIB).collect();
    assert_eq!(starts, [0, 100, 1, 101, 2, 102]);
}

#[test]
fn pieces_cover_all_that_is_wanted_and_no_byte_twice() {
    let mut state = 7_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    for _ in 0..200 {
        let mut at = 0;
        let mut ranges = Vec::new();
        for _ in 0..random(40) {
            at += random(3 * MIB);
            let length = random(5 * MIB);
            ranges.push(at..at + length);
            at += length;
        }
        let wanted: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        for turn in 0..ranges.len() {
            let other = usize::try_from(random(ranges.len() as u64)).unwrap();
            ranges.swap(turn, other);
        }
        let most = MIB / 4 + random(8 * MIB);
        let found = pieces(&ranges, most);
        assert!(found.iter().all(|p| p.range.end - p.range.start <= most));
        assert_eq!(found.iter().map(|piece| piece.wanted).sum::<u64>(), wanted);
        let mut spots: Vec<Range<u64>> = found.into_iter().map(|piece| piece.range).collect();
        spots.sort_by_key(|range| range.start);
        assert!(spots.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}

#[test]
fn announced_ranges_are_read_once_and_within_the_allowance() {
    let content = bytes(6 << 20, 1);
    for manner in [Manner::Answers, Manner::Forgets] {
        let (session, sources) = served(from_ref(&content), manner);
        let allowance = session.allow(Some(1 << 20));
        let ranges: Vec<Range<u64>> = (0..12).map(|at| at * MIB / 2..(at + 1) * MIB / 2).collect();
        let announced = sources[0].announce(&ranges);
        std::thread::scope(|scope| {
            for half in 0..2_usize {
                let (source, content, ranges) = (&sources[0], &content, &ranges);
                scope.spawn(move || {
                    for range in ranges.iter().skip(half).step_by(2) {
                        compare(source, content, range.clone(), 40_000);
                    }
                });
            }
        });
        let went = session.traffic();
        assert!(session.peak() <= 1 << 20, "{} bytes", session.peak());
        if manner == Manner::Answers {
            assert_eq!(went.bytes, content.len() as u64);
            assert_eq!(went.gaps, 0);
        }
        drop(announced);
        drop(allowance);
    }
}

#[test]
fn any_order_of_reads_gets_the_right_bytes() {
    let objects = [bytes(3 << 20, 2), bytes(70_000, 3), bytes(1 << 20, 4)];
    for limit in [Some(1), Some(300_000), None] {
        let (session, sources) = served(&objects, Manner::Forgets);
        let _allowance = session.allow(limit);
        let announced: Vec<_> = sources
            .iter()
            .zip(&objects)
            .map(|(source, content)| source.announce(&[0..content.len() as u64]))
            .collect();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let (sources, objects) = (&sources, &objects);
                scope.spawn(move || {
                    for turn in 0..60_u64 {
                        let at = usize::try_from((thread + turn) % 3).unwrap();
                        let size = objects[at].len() as u64;
                        let start = (turn * 7919 + thread * 104_729) % size;
                        let end = size.min(start + 1 + turn * 997);
                        compare(&sources[at], &objects[at], start..end, 9_973);
                    }
                });
            }
        });
        drop(announced);
    }
}

#[test]
fn what_goes_wrong_is_an_error_of_the_object() {
    let content = bytes(100_000, 5);
    let read = |manner| {
        let (_, sources) = served(from_ref(&content), manner);
        sources[0].read_at(0, &mut [0; 1000]).unwrap_err()
    };
    let changed = read(Manner::Changes);
    assert!(matches!(changed, Error::InputChanged { .. }));
    assert!(changed.to_string().starts_with("mem://0: "), "{changed}");
    for manner in [Manner::Fails, Manner::Hangs] {
        assert!(matches!(read(manner), Error::Io { .. }));
    }
    let short = read(Manner::IsShort).to_string();
    assert!(short.contains("99999 of 100000 bytes came"), "{short}");
    let (_, sources) = served(&[content], Manner::Answers);
    for (at, count) in [(100_000, 1), (99_999, 2), (u64::MAX, 1)] {
        let error = sources[0].read_at(at, &mut vec![0; count]).unwrap_err();
        assert!(error.to_string().contains("beyond its end"), "{error}");
    }
}

#[test]
fn what_is_announced_beyond_the_end_is_not_asked_for() {
    let content = bytes(1000, 6);
    let (session, sources) = served(from_ref(&content), Manner::Answers);
    let announced = sources[0].announce(&[0..1001, 5..u64::MAX]);
    assert_eq!(session.traffic().requests, 0);
    compare(&sources[0], &content, 0..1000, 100);
    drop(announced);
}

#[test]
fn footers_that_have_no_room_are_fetched_again() {
    let mut content = bytes(10_000, 7);
    let tail = [&3_000_u32.to_le_bytes()[..], b"PAR1"].concat();
    content.truncate(9_992);
    content.extend(tail);
    let session = Session::new(Box::new(Memory {
        objects: vec![content.clone()],
        manner: Manner::Answers,
        requests: AtomicUsize::default(),
        flying: Arc::default(),
        most: AtomicU64::default(),
        hanging: Mutex::default(),
    }));
    let seen = SeenObject {
        size: 10_000,
        end: content[5_000..].to_vec(),
        is_pinned: true,
    };
    let object = Object::new(PathBuf::from("mem://0"), seen, &session);
    let location = Location::Remote(object);
    let source = location.open(None).unwrap();
    compare(&source, &content, 6_992..10_000, 100);
    assert_eq!(session.traffic().requests, 0);
    let _allowance = session.allow(Some(8_000));
    let announced = location.announce_footer();
    assert!(announced.is_some());
    let source = location.open(None).unwrap();
    compare(&source, &content, 6_992..10_000, 100);
    assert_eq!(session.traffic().requests, 1);
}
