//! The seeded permutation: each number goes to one place, and always to the same.

use crate::select::{Permutation, Purpose};

fn places(count: usize, seed: u64, purpose: Purpose) -> Vec<u64> {
    let permutation = Permutation::new(count, seed, purpose);
    (0..count as u64)
        .map(|number| permutation.place(number))
        .collect()
}

#[test]
fn every_place_is_taken_once() {
    for count in (1..300).chain([1000, 4096, 4097, 70_000]) {
        let mut places = places(count, count as u64, Purpose::Split);
        places.sort_unstable();
        assert!(places.into_iter().eq(0..count as u64), "{count}");
    }
}

#[test]
fn it_is_the_one_that_the_documentation_has() {
    let first = places(10, 0, Purpose::Sample);
    assert_eq!(first, [3, 7, 4, 8, 2, 1, 5, 0, 9, 6]);
    let second = places(10, 7, Purpose::Shuffle(0));
    assert_eq!(second, [0, 3, 6, 1, 2, 7, 4, 8, 9, 5]);
}

#[test]
fn many_places_are_those_of_each() {
    for count in [1, 2, 63, 64, 65, 1000, 1025, 65_537] {
        let permutation = Permutation::new(count, 3, Purpose::Split);
        let one = places(count, 3, Purpose::Split);
        for first in (0..count).step_by(64) {
            let together = permutation.places(first as u64);
            let end = count.min(first + 64);
            assert_eq!(
                together[..end - first],
                one[first..end],
                "{count} from {first}"
            );
        }
    }
}

#[test]
fn seeds_and_purposes_differ() {
    let one = places(1000, 1, Purpose::Sample);
    assert_ne!(one, places(1000, 2, Purpose::Sample));
    assert_ne!(one, places(1000, 1, Purpose::Split));
    let shuffled = places(1000, 1, Purpose::Shuffle(0));
    assert_ne!(shuffled, places(1000, 1, Purpose::Shuffle(1)));
}
