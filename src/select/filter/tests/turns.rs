//! Sets of ordered values against sets of small numbers.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::select::filter::turns::{Spot, Turns};

const MOST: u8 = 24;

/// The values between two ends, the second of which may be behind all.
fn plain(start: u8, after: Option<u8>) -> BTreeSet<u8> {
    (start..after.unwrap_or(MOST)).collect()
}

proptest! {
    #[test]
    fn sets_are_what_they_are_made_of(
        pairs in vec((0..MOST, prop::option::weighted(0.9, 0..MOST)), 0..9),
        invert: bool,
        low in 0..MOST,
        after in prop::option::of(0..MOST),
    ) {
        let spots = pairs.iter().map(|(start, after)| Spot { start: Some(*start), after: *after });
        let mut set: BTreeSet<u8> = BTreeSet::new();
        for (start, after) in &pairs {
            set.extend(plain(*start, *after));
        }
        let mut turns = Turns::union(spots.collect());
        if invert {
            turns = turns.complement(0);
            set = (0..MOST).filter(|value| !set.contains(value)).collect();
        }
        prop_assert!(turns.all().is_sorted_by(|a, b| a < b), "{:?}", turns);
        for value in 0..MOST {
            prop_assert_eq!(turns.contains(&value), set.contains(&value));
        }
        prop_assume!(after.is_none_or(|after| low < after));
        let asked = plain(low, after);
        prop_assert_eq!(turns.meets(&low, after.as_ref()), !asked.is_disjoint(&set));
        prop_assert_eq!(turns.covers(&low, after.as_ref()), asked.is_subset(&set));
    }
}

#[test]
fn spots_behind_all_values_are_nothing() {
    let behind = Spot::<u8> {
        start: None,
        after: None,
    };
    assert_eq!(Turns::union(vec![behind]), Turns::EMPTY);
    assert_eq!(Turns::<u8>::between(None, None), Turns::EMPTY);
    assert!(Turns::EMPTY.complement(0_u8).contains(&255));
}
