//! Where each row of the source goes: the next row of its part, or the place that the order of the part
//! gives it.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::error::{Error, Fault, Result};
use crate::output::arrange::PartOrder;
use crate::plan::Plan;

/// The places of the rows of all parts.
#[derive(Debug)]
pub struct Places {
    parts: Vec<PartPlaces>,
}

/// The places of the rows of one part.
#[derive(Debug)]
struct PartPlaces {
    first: usize,
    rows: usize,
    /// How many were given out.
    given: usize,
    /// The place of each row, counted from the first; without it, each is where it came.
    places: Option<Scratch<u64>>,
}

impl Places {
    /// Places of all rows that a plan chooses, in these orders. What they take is leased from
    /// `account`.
    pub fn new(plan: &Plan, orders: &[PartOrder], account: &Arc<Account>) -> Result<Self> {
        let mut parts = Vec::new();
        let mut first = 0;
        for rows in plan.parts().iter().copied() {
            let own = |order: &&PartOrder| order.first == first && order.rows.all().len() == rows;
            let order = orders.iter().find(own);
            let places = order.map(|order| inverse(order.rows.all(), account));
            parts.push(PartPlaces {
                first,
                rows,
                given: 0,
                places: places.transpose().map_err(scarce)?,
            });
            first += rows;
        }
        Ok(Self { parts })
    }

    /// Places of rows that need no order, because they are only looked at.
    pub fn unordered(plan: &Plan) -> Self {
        let parts = plan.parts().iter().map(|rows| PartPlaces {
            first: 0,
            rows: *rows,
            given: 0,
            places: None,
        });
        Self {
            parts: parts.collect(),
        }
    }

    /// How many parts there are.
    pub const fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The place of the next row of a part; none after the last.
    pub fn next(&mut self, part: usize) -> Option<usize> {
        let part = &mut self.parts[part];
        let row = part.given;
        part.given += 1;
        match &part.places {
            _ if row >= part.rows => None,
            None => Some(part.first + row),
            Some(places) => {
                let place = usize::try_from(places.all()[row]).ok()?;
                Some(part.first + place)
            }
        }
    }

    /// Whether all rows were given out.
    pub fn are_all_given(&self) -> bool {
        self.parts.iter().all(|part| part.given == part.rows)
    }
}

/// For each row its place, from the row of each place.
fn inverse(order: &[u64], account: &Arc<Account>) -> Result<Scratch<u64>, Fault> {
    let mut places = Scratch::new(account);
    let own = places.fit(order.len())?;
    for (place, row) in order.iter().enumerate() {
        own[usize::try_from(*row).unwrap_or(usize::MAX)] = place as u64;
    }
    Ok(places)
}

fn scarce(fault: Fault) -> Error {
    fault.short(|needed| {
        format!(
            "to put texts in order {needed} bytes are needed at once, and less is free; raise \
             memory_limit by {needed} bytes, or leave out sort_by and shuffle"
        )
    })
}
