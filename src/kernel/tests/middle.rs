//! The search for the middle: whatever the data, the sample and the room, what sorting finds, and
//! in few rounds.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::kernel::isa::limit::with_each_isa;
use crate::kernel::median::middle::Middle;
use crate::kernel::median::rank::{next, nth};
use crate::kernel::median::rounds::{Answer, MiddleSearch, Sought};
use crate::kernel::tests::{Random, lengths};
use crate::kernel::{Real, naive};

/// One look with a wrong bracket, six that divide by 2048, two that keep, one above.
const MOST_ROUNDS: usize = 10;

const fn sought(keys: &[u64], room: usize) -> Sought {
    Sought::middle(keys.len() as u64, u64::MAX, room)
}

/// Searches, and returns how many rounds it took.
fn search(keys: &[u64], room: usize, sample: &[u64]) -> usize {
    let mut search = MiddleSearch::new(sought(keys, room), &mut sample.to_vec());
    for round in 1..=MOST_ROUNDS {
        let question = search.question().unwrap();
        let mut parts = keys.chunks(97).map(|part| {
            let mut answer = question.unanswered();
            question.count(part.iter().copied(), &mut answer);
            answer
        });
        let mut answer = parts.next().unwrap();
        for part in parts {
            answer.merge(&part);
        }
        search.hear(&mut answer);
        if let Some(Middle { lower, upper }) = search.found() {
            assert_eq!((lower, upper), naive::middle(keys));
            return round;
        }
    }
    panic!("not found in {MOST_ROUNDS} rounds");
}

fn keys() -> impl Strategy<Value = Vec<u64>> {
    let few = prop_oneof![0..4_u64, Just(u64::MAX), Just(1 << 63)];
    prop_oneof![
        vec(any::<u64>(), 1..400),
        vec(few, 1..400),
        vec(0..1000_u64, 1..400),
        vec(any::<u32>().prop_map(u64::from), 1..400),
        // A crowd in one spot of a wide range.
        (any::<u64>(), vec((any::<u64>(), 0..20_u32), 1..400)).prop_map(|(spot, all)| {
            let place = |(far, near): (u64, u32)| {
                if near == 0 {
                    far
                } else {
                    spot ^ u64::from(near)
                }
            };
            all.into_iter().map(place).collect()
        }),
    ]
}

proptest! {
    #[test]
    fn any_data_any_sample_any_room(keys in keys(), sample in keys(), room in 0..50_usize) {
        search(&keys, room, &[]);
        search(&keys, room, &sample);
        search(&keys, room, &keys);
    }

    #[test]
    fn values_of_all_dtypes(values in vec(any::<f64>(), 1..300), room in 0..50_usize) {
        let values: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        prop_assume!(!values.is_empty());
        let of = |key: fn(f64) -> u64| values.iter().map(|value| key(*value)).collect::<Vec<u64>>();
        for keys in [
            of(f64::key),
            of(|value| f32::nearest(value).key()),
            of(|value| half::f16::nearest(value).key()),
        ] {
            search(&keys, room, &keys);
        }
    }
}

#[test]
fn sorted_and_adversarial_columns() {
    let ascending: Vec<u64> = (0..20_000).collect();
    let descending: Vec<u64> = ascending.iter().rev().copied().collect();
    let steps: Vec<u64> = (0..20_000).map(|row| (row / 9_000) << 40).collect();
    let mut powers: Vec<u64> = (0..20_000).map(|row| 1 << (row % 64)).collect();
    powers.push(0);
    for keys in [ascending, descending, steps, powers] {
        // A sample from one end, one from all over, and one that lies.
        let all_over: Vec<u64> = keys.iter().step_by(7).copied().collect();
        for sample in [&keys[..4_000], &keys[15_000..], &all_over, &vec![7; 4_000]] {
            for room in [0, 1, 300, 100_000] {
                search(&keys, room, sample);
            }
        }
    }
}

#[test]
fn a_good_sample_makes_it_short() {
    let mut random = Random(3);
    let keys: Vec<u64> = (0..60_000).map(|_| random.next()).collect();
    let sample: Vec<u64> = keys.iter().step_by(15).copied().collect();
    assert_eq!(search(&keys, keys.len(), &sample), 1);
    assert!(search(&keys, 300, &sample) <= 3);
}

/// Half of the column is -inf and half is +inf, so the bracket is as wide as brackets get.
#[test]
fn a_column_of_infinities() {
    for highs in [4_000, 5_000, 5_001, 6_000] {
        let value = |row: usize| {
            if row < highs {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            }
        };
        let keys: Vec<u64> = (0..10_000).map(|row| value(row).key()).collect();
        for room in [0, 256] {
            search(&keys, room, &keys);
        }
    }
}

proptest! {
    /// Parts add up in any order, and to what one look at all keys counts.
    #[test]
    fn answers_add_up(keys in keys(), cuts in vec(0..400_usize, 0..5), room in 0..50_usize) {
        let mut search = MiddleSearch::new(sought(&keys, room), &mut []);
        while let Some(question) = search.question() {
            let of = |keys: &[u64]| {
                let mut answer = question.unanswered();
                question.count(keys.iter().copied(), &mut answer);
                answer
            };
            let mut cuts = cuts.clone();
            cuts.extend([0, keys.len()]);
            for cut in &mut cuts {
                *cut = (*cut).min(keys.len());
            }
            cuts.sort_unstable();
            let parts: Vec<_> = cuts.windows(2).map(|cut| of(&keys[cut[0]..cut[1]])).collect();
            let sum = |parts: &mut dyn Iterator<Item = &Answer>| {
                let mut sum = question.unanswered();
                for part in parts {
                    sum.merge(part);
                }
                sum.kept.sort_unstable();
                sum
            };
            let mut forward = sum(&mut parts.iter());
            prop_assert_eq!(&forward, &sum(&mut parts.iter().rev()));
            let all = of(&keys);
            prop_assert_eq!((forward.below, forward.inside, forward.above), (all.below, all.inside, all.above));
            prop_assert_eq!(&forward.bins, &all.bins);
            search.hear(&mut forward);
        }
        let Middle { lower, upper } = search.found().unwrap();
        prop_assert_eq!((lower, upper), naive::middle(&keys));
    }
}

#[test]
fn the_memory_of_a_search_is_what_it_says() {
    let own = size_of::<MiddleSearch>();
    assert_eq!(MiddleSearch::bytes(0, 1), own + 2 * 2048 * 8);
    assert_eq!(MiddleSearch::bytes(10_000, 3), own + 4 * 80_000);
}

/// Every rank, or some where there are many.
fn any_rank<T: Real + std::fmt::Debug>(values: &[T]) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by_key(|value| value.key());
    let is = |value: T, rank: usize| value.order() == sorted[rank].order();
    for rank in (0..values.len()).step_by(values.len() / 40 + 1) {
        let found = nth(&mut values.to_vec(), rank).unwrap();
        assert!(is(found, rank), "{found:?} of rank {rank} in {sorted:?}");
        if rank > 0 {
            let found = next(values, rank, sorted[rank - 1]);
            assert!(is(found, rank), "{found:?} after rank {rank} in {sorted:?}");
        }
    }
    assert!(nth(&mut values.to_vec(), values.len()).is_none());
}

fn ranks_of<T: Real + std::fmt::Debug>() {
    let mut random = Random(9);
    let ends = [
        T::NEG_INFINITY,
        T::MIN,
        T::nearest(-0.0),
        T::nearest(0.0),
        T::MAX,
        T::INFINITY,
    ];
    for length in lengths().chain([4095, 4096, 4097]) {
        let any = |random: &mut Random| loop {
            let value = T::from_key(random.next() >> (64 - 8 * size_of::<T>()));
            if !value.is_nan() {
                break value;
            }
        };
        let all: Vec<T> = (0..length).map(|_| any(&mut random)).collect();
        any_rank(&all);
        let few: Vec<T> = (0..length)
            .map(|_| ends[random.below(ends.len())])
            .collect();
        any_rank(&few);
        let near = |random: &mut Random| T::from_key(all[0].key() ^ (random.next() % 16));
        if length > 0 && all[0].key() > 16 {
            let crowd: Vec<T> = (0..length).map(|_| near(&mut random)).collect();
            any_rank(&crowd);
        }
    }
}

#[test]
fn a_value_of_any_rank_is_the_one_that_sorting_puts_there() {
    with_each_isa(|| {
        ranks_of::<half::f16>();
        ranks_of::<f32>();
        ranks_of::<f64>();
    });
}
