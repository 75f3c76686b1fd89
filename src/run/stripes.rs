//! A pour whose sheets are turned as soon as some row groups are done: the pages of a file can then
//! be given back, and need not be fetched again to be turned.

use std::slice::from_ref;

use ndarray::{ArrayViewMut2, Axis};

use crate::error::Result;
use crate::kernel::{Element, Tally};
use crate::run::crew::{Crew, Watch};
use crate::run::medians::Passes;
use crate::run::pour::Pour;
use crate::run::sheets::Sheets;
use crate::run::tasks::Walk;
use crate::run::turn::turn;

/// Bytes of the output from which a stripe is turned.
const STRIPE: usize = 64 << 20;

/// Pours all of `out`, which is in row order, and turns it.
pub fn pour_and_turn<T: Element>(
    pour: &Pour<'_, T>,
    out: ArrayViewMut2<'_, T>,
    crew: &Crew,
    watch: &mut dyn Watch,
) -> Result<Vec<Tally>> {
    let columns = out.ncols();
    let row = (columns * size_of::<T>()).max(1);
    let sheet_rows = pour.geometry.sheet_rows(columns, size_of::<T>());
    let copy = |_: usize, from: &[T], to: &mut [T]| to.copy_from_slice(from);
    let mut walk = Walk::new(pour);
    let mut tallies = vec![Tally::default(); columns];
    let (mut rest, mut first) = (out, 0);
    loop {
        let enough = STRIPE.div_ceil(row);
        let sheets = Sheets::new(rest.view_mut(), sheet_rows)?;
        let poured = pour.run(sheets, (walk, enough), crew, watch)?;
        for (tally, met) in tallies.iter_mut().zip(poured.tallies) {
            tally.add(&met);
        }
        let (stripe, below) = rest.split_at(Axis(0), poured.rows);
        let mut passes = Passes {
            account: pour.account,
            returns: &pour.returns.behind(first * row),
            threads: pour.geometry.threads,
            crew,
            watch,
        };
        if columns > 1 {
            let all = 0..columns;
            turn(stripe, (sheet_rows, from_ref(&all)), &copy, &mut passes)?;
        }
        if poured.rows < enough {
            return Ok(tallies);
        }
        (rest, first, walk) = (below, first + poured.rows, poured.walk);
    }
}
