//! Samples, and parts by shares: what a seeded permutation says of the rank of each row among those
//! that are chosen so far. No column is read, and nothing is held but a bit or a few for each row.

use crate::error::Result;
use crate::select::parts::PartRows;
use crate::select::permutation::Permutation;
use crate::select::selection::{GroupRows, RowSelection};
use crate::workers::Team;

/// Rows of a row group, and the rank of the first one.
struct RankedGroup {
    at: usize,
    first: usize,
}

/// Where the places of a permutation end that belong to each part.
#[derive(Debug)]
pub struct Ranks {
    permutation: Permutation,
    ends: Vec<u64>,
}

impl Ranks {
    /// Rows whose place is below the first of `ends` are in the first part, and so on; others are left
    /// out.
    pub fn new(permutation: Permutation, ends: impl Iterator<Item = usize>) -> Self {
        Self {
            permutation,
            ends: ends.map(|end| end as u64).collect(),
        }
    }

    /// The number of parts.
    pub const fn parts(&self) -> usize {
        self.ends.len()
    }

    /// The rows of each row group, divided.
    pub fn divide(&self, selection: &RowSelection, team: &mut Team<'_>) -> Result<Vec<GroupRows>> {
        let mut first = 0;
        let mut items = Vec::with_capacity(selection.len());
        for at in 0..selection.len() {
            items.push(RankedGroup { at, first });
            first += selection.chosen_of(at);
        }
        let workers = team.workers;
        let mut divided = team.for_each(
            items,
            || Ok(()),
            |(), item| {
                workers.check()?;
                let rows = self.group(
                    &selection.kept(item.at),
                    selection.length(item.at),
                    item.first,
                );
                Ok((item.at, rows))
            },
        )?;
        divided.sort_unstable_by_key(|(at, _)| *at);
        Ok(divided.into_iter().map(|(_, rows)| rows).collect())
    }

    fn group(&self, kept: &[u64], rows: usize, first: usize) -> GroupRows {
        let mut parts = PartRows::none(rows, self.parts());
        let mut masks = vec![0; self.parts()];
        let mut rank = first as u64;
        for (block, kept) in kept.iter().enumerate() {
            if *kept == 0 {
                continue;
            }
            let places = self.permutation.places(rank);
            rank += u64::from(kept.count_ones());
            masks.fill(0);
            let mut left = *kept;
            for place in places.iter().take(kept.count_ones() as usize) {
                let row = left & left.wrapping_neg();
                left ^= row;
                let mut start = 0;
                for (mask, end) in masks.iter_mut().zip(&self.ends) {
                    *mask |= if (start..*end).contains(place) {
                        row
                    } else {
                        0
                    };
                    start = *end;
                }
            }
            for (part, mask) in masks.iter().enumerate() {
                parts.put(block, part, *mask);
            }
        }
        GroupRows::of(parts)
    }
}

/// How many rows a share of so many is: the nearest number, and the even one of two.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share is between 0 and 1, and of more rows than 2^53 no share is exact"
)]
pub fn share_of(share: f64, rows: usize) -> usize {
    ((share * rows as f64).round_ties_even() as usize).min(rows)
}
