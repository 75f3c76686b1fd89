//! A load into files: drafts first, so that all space is reserved before anything is read; then the
//! data, the headers, the sync, and last of all the names.

use std::cell::RefCell;
use std::path::Path;

use crate::error::{Checkpoint, Error, Place, Result, Shortage};
use crate::output::npy::beside;
use crate::output::prefault::Prefault;
use crate::output::{Draft, npy, publish};
use crate::run::destination::Sidecar;
use crate::run::load::Load;
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::types::ArraySpec;
use crate::workers::{Caller, Stage, Workers, drop_detached, pause};

/// Bytes that are written back between two polls for cancellation.
const FLUSH_BYTES: usize = 16 << 20;

/// An array in the draft of a file.
struct DraftArray {
    draft: Draft,
    mapping: Mapping,
    header: Vec<u8>,
}

impl DraftArray {
    fn new(
        target: &Path,
        spec: &ArraySpec,
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let header = npy::header(spec);
        let bytes = header.len() + spec.bytes();
        let draft = Draft::new(target, bytes as u64, overwrite, checkpoint)?;
        let mapping = Mapping::file(draft.file(), bytes, header.len());
        Ok(Self {
            mapping: mapping.map_err(|error| unmapped(target, error))?,
            draft,
            header,
        })
    }

    /// Syncs the data, and then writes the header, without which no program loads the file.
    fn write(&self, workers: &Workers) -> Result<()> {
        for start in (0..self.mapping.bytes()).step_by(FLUSH_BYTES) {
            let flushed = self.mapping.flush(start..start + FLUSH_BYTES);
            flushed.map_err(|e| Error::io(self.draft.target(), e))?;
            workers.check()?;
        }
        self.draft.sync()?;
        self.draft.write_at(&self.header, 0)
    }
}

/// The error for a file that cannot be mapped.
fn unmapped(target: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::OutOfMemory => Shortage::new(format!(
            "{}: the address space of this process has no room for the file; raise its limit, or \
             take fewer columns",
            target.display()
        ))
        .at(Place::file(target))
        .into(),
        _ => Error::io(target, error),
    }
}

impl Load<'_> {
    /// Loads into `path` and the files beside it.
    pub(super) fn files(
        &mut self,
        path: &Path,
        overwrite: bool,
        sidecar: Sidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let polled = RefCell::new(&mut *caller);
        let poll = |_| polled.borrow_mut().check();
        let checkpoint = Checkpoint::new(&poll);
        let last = Draft::new(&beside(path, "json"), 0, overwrite, checkpoint)?;
        let mut matrix = DraftArray::new(path, &plan.matrix(), overwrite, checkpoint)?;
        if plan.options.memory_limit.is_none() && fits_well(matrix.mapping.bytes()) {
            matrix.mapping.hold();
        }
        let mut arrays = Vec::with_capacity(plan.extras.len() + 1);
        for extra in &plan.extras {
            let target = beside(path, &format!("{}.npy", extra.role.name()));
            let array = extra.array(plan.rows);
            arrays.push(DraftArray::new(&target, &array, overwrite, checkpoint)?);
        }
        arrays.push(matrix);
        if let Err(error) = self.fill_files(&mut arrays, &last, sidecar, caller) {
            if matches!(error, Error::Interrupted) {
                // The system waits for what is on its way to the disk; the caller should not.
                for array in &mut arrays {
                    array.draft.give_up();
                }
                drop_detached(arrays);
            }
            return Err(error);
        }
        let mut drafts: Vec<Draft> = arrays.into_iter().map(|array| array.draft).collect();
        drafts.push(last);
        let polled = RefCell::new(caller);
        let poll = |_| {
            pause();
            polled.borrow_mut().check()
        };
        publish(drafts, overwrite, Checkpoint::new(&poll))
    }

    /// Fills the arrays, of which the matrix is the last, and writes the sidecar.
    fn fill_files(
        &mut self,
        arrays: &mut [DraftArray],
        last: &Draft,
        sidecar: Sidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let Some((matrix, extras)) = arrays.split_last_mut() else {
            return Ok(());
        };
        if !matrix.mapping.release().is_some() && plan.join.is_none() {
            // All pages before anything is poured, so that the page cache has them in file order.
            if let Some(prefault) = Prefault::of(&matrix.mapping, plan.read_bytes) {
                self.stage(Stage::Pour, 0, caller, |team| {
                    let workers = team.workers;
                    team.run(|| prefault.run(workers))
                })?;
            }
        }
        let extras = extras.iter_mut().map(|array| &mut array.mapping).collect();
        self.arrays_in(&mut matrix.mapping, None, extras, caller)?;
        self.stage(Stage::Write, plan.features.len(), caller, |team| {
            let workers = team.workers;
            let write = || arrays.iter().try_for_each(|array| array.write(workers));
            workers.run(1, team.caller, write)
        })?;
        self.report.peak_scratch = self.account.peak();
        last.write_at(&sidecar(&self.report)?, 0)
    }
}
