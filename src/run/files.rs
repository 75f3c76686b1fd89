//! A load into files: drafts first, so that all names and all space are claimed before anything is
//! read; then the data, the headers, the sync, and last of all the names.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{Checkpoint, Error, Place, Result, Shortage};
use crate::output::prefault::Prefault;
use crate::output::{Draft, npy, publish};
use crate::run::destination::Sidecar;
use crate::run::load::Load;
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::types::{Dtype, Order};
use crate::workers::{Caller, Stage, Workers, drop_detached, pause};

/// Bytes that are written back between two looks at whether to go on.
const PIECE: usize = 16 << 20;

/// The file of another array beside the matrix: `train.npy` has `train.y.npy` and `train.json`.
pub fn beside(matrix: &Path, ending: &str) -> PathBuf {
    let name = matrix.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".npy").unwrap_or(&name);
    matrix.with_file_name(format!("{stem}.{ending}"))
}

/// One array on its way to a file.
struct Array {
    draft: Draft,
    mapping: Mapping,
    header: Vec<u8>,
}

impl Array {
    fn new(
        target: &Path,
        (shape, dtype, order): (&[usize], Dtype, Order),
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let header = npy::header(dtype, order, shape);
        let data: usize = shape.iter().product::<usize>() * dtype.bytes();
        let bytes = header.len() + data;
        let draft = Draft::new(target, bytes as u64, overwrite, checkpoint)?;
        let mapping = Mapping::file(draft.file(), bytes, header.len());
        Ok(Self {
            mapping: mapping.map_err(|error| unmapped(target, error))?,
            draft,
            header,
        })
    }

    /// Has the disk take the data, and then the header, which makes it a file that loads.
    fn write(&self, workers: &Workers) -> Result<()> {
        for start in (0..self.mapping.bytes()).step_by(PIECE) {
            let flushed = self.mapping.flush(start..start + PIECE);
            flushed.map_err(|e| Error::io(self.draft.target(), e))?;
            workers.done(0)?;
        }
        self.draft.sync()?;
        self.draft.write_at(&self.header, 0)
    }
}

fn unmapped(target: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::OutOfMemory => Error::from(Shortage {
            place: Place::file(target),
            ..Shortage::new(format!(
                "{}: the address space of this process has no room for the file; raise its limit, \
                 or take fewer columns",
                target.display()
            ))
        }),
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
        let watcher = RefCell::new(&mut *caller);
        let poll = |_| watcher.borrow_mut().look();
        let checkpoint = Checkpoint::new(&poll);
        let last = Draft::new(&beside(path, "json"), 0, overwrite, checkpoint)?;
        let shape = [plan.rows, plan.features.len()];
        let kind = (&shape[..], plan.options.dtype, plan.options.order);
        let mut matrix = Array::new(path, kind, overwrite, checkpoint)?;
        if plan.options.memory_limit.is_none() && fits_well(matrix.mapping.bytes()) {
            matrix.mapping.hold();
        }
        let mut arrays = Vec::with_capacity(plan.extras.len() + 1);
        for extra in &plan.extras {
            let shape = [plan.rows, extra.names.len()];
            let shape = &shape[..if extra.flat { 1 } else { 2 }];
            let target = beside(path, &format!("{}.npy", extra.role.name()));
            let kind = (shape, extra.dtype, Order::C);
            arrays.push(Array::new(&target, kind, overwrite, checkpoint)?);
        }
        arrays.push(matrix);
        if let Err(error) = self.arrays(&mut arrays, &last, sidecar, caller) {
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
        let watcher = RefCell::new(caller);
        let poll = |_| {
            pause();
            watcher.borrow_mut().look()
        };
        publish(drafts, overwrite, Checkpoint::new(&poll))
    }

    /// Fills the arrays, of which the matrix is the last, and describes them.
    fn arrays(
        &mut self,
        arrays: &mut [Array],
        last: &Draft,
        sidecar: Sidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let Some((matrix, extras)) = arrays.split_last_mut() else {
            return Ok(());
        };
        if !matrix.mapping.returns().is_some() && plan.join.is_none() {
            let workers = Workers::new(Stage::Pour, plan.rows, 0, self.elapsed());
            // All before anything is poured, so that they lie in the page cache as in the file.
            if let Some(fresh) = Prefault::of(&matrix.mapping, plan.read_bytes) {
                workers.run(plan.budget.threads, caller, || fresh.find(&workers))?;
            }
        }
        self.matrix_in(&mut matrix.mapping, None, caller)?;
        for (extra, array) in plan.extras.iter().zip(extras) {
            self.extra(extra, &mut array.mapping, caller)?;
        }
        let began = Instant::now();
        let workers = Workers::new(Stage::Write, plan.rows, plan.features.len(), self.elapsed());
        workers.run(1, caller, || {
            arrays.iter().try_for_each(|array| array.write(&workers))
        })?;
        self.report.peak_scratch = self.account.peak();
        self.report
            .seconds
            .push((Stage::Write, began.elapsed().as_secs_f64()));
        last.write_at(&sidecar(&self.report)?, 0)
    }
}
