//! One thread of a pour.

use std::sync::Mutex;

use crate::dataset::{Columns as _, Fields};
use crate::error::{Error, Fault, Result, Shortage};
use crate::kernel::Tally;
use crate::plan::Budget;
use crate::run::pour::place::PourBuffers;
use crate::run::pour::queue::{PourQueue, PourTask};
use crate::workers::{Exclusive, Workers, lock};

/// What the threads of one stripe share.
pub struct PourShared<'s, 'a, 'o> {
    /// The tasks.
    pub queue: Mutex<PourQueue<'a, 'o>>,
    /// The fields, for messages.
    pub fields: &'a [Fields<'a>],
    /// How many columns they are in all arrays.
    pub columns: usize,
    /// The number of parts that rows go to.
    pub parts: usize,
    /// Threads, tiles and scratch.
    pub budget: Budget,
    /// The threads.
    pub workers: &'s Workers,
    /// Lends the whole account to one thread at a time.
    pub exclusive: Exclusive,
}

/// Works until no task is left, and returns the tallies of each column, one for each part.
pub fn work(shared: &PourShared<'_, '_, '_>, mut buffers: PourBuffers<'_>) -> Result<Vec<Tally>> {
    let parts = shared.parts;
    let mut tallies = vec![Tally::default(); shared.columns * parts];
    let mut own = Vec::new();
    loop {
        let next = lock(&shared.queue).next(shared.workers)?;
        let Some(mut task) = next else {
            return Ok(tallies);
        };
        let poured = shared.exclusive.run(&mut buffers, |buffers| {
            own.clear();
            own.resize(task.columns.len() * parts, Tally::default());
            shared.pour(&mut task, buffers, &mut own)
        });
        let source = &task.group.row_group.source;
        shared.workers.read(source.bytes_read());
        // Damage found in a file that has changed since it was opened is not the file's fault.
        source.verify()?;
        poured.map_err(|error| shared.too_large(error))?;
        let all = &mut tallies[task.columns.start * parts..][..own.len()];
        for (tally, own) in all.iter_mut().zip(&own) {
            tally.add(own);
        }
        task.place.give_back();
    }
}

impl PourShared<'_, '_, '_> {
    fn pour(
        &self,
        task: &mut PourTask<'_>,
        buffers: &mut PourBuffers<'_>,
        tallies: &mut [Tally],
    ) -> Result<()> {
        let group = &task.group;
        let poured = task.place.pour(group, task.field, buffers, tallies);
        poured.map_err(|fault| {
            if matches!(fault, Fault::Scarce { .. }) {
                task.place.abandon();
            }
            fault.at(group.row_group.place(self.fields.name(task.field)))
        })
    }

    /// The error for a column that needs more than the whole account.
    fn too_large(&self, error: Error) -> Error {
        let Error::Scarce { place, needed } = error else {
            return error;
        };
        let scratch = self.budget.scratch_bytes;
        let would = needed.saturating_mul(2).saturating_add(scratch);
        let what = format!(
            "{place}: one page or dictionary needs {needed} bytes at once, and the scratch of this \
             load is {scratch} bytes; raise memory_limit by {would} bytes, or write the file with \
             smaller pages"
        );
        Shortage::new(what)
            .needing(needed, scratch)
            .at(place)
            .into()
    }
}
